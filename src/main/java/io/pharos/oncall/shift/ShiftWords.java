package io.pharos.oncall.shift;

import io.pharos.model.Labels;
import io.pharos.oncall.schedule.DutyShift;
import io.pharos.oncall.schedule.Rotation;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/// The words of the message at the begin of a shift, with times in the person's zone.
///
/// @param now times of another year have the year
record ShiftWords(ZoneId zone, Instant now) {
  /* Ends further away are cut, see Rotation#stretch. */
  private static final Duration FAR = Rotation.HORIZON.minusDays(1);

  /// Returns the annotations of a shift.
  Labels annotations(ShiftStart start, DutyShift shift) {
    boolean isEndless = shift.until().isAfter(now.plus(FAR));
    String rotation = start.rotation();
    String english = isEndless ? "" : " until " + english(shift.until());
    String chinese = isEndless ? "" : "，至 " + chinese(shift.until());
    boolean isFirst = start.previous().isEmpty();
    return Labels.of("title", "You are on call for " + rotation + english).toBuilder()
        .set("title_zh", "你正在为 " + rotation + " 值班" + chinese)
        .set(
            "summary",
            "Your shift began on %s (%s). %s"
                .formatted(
                    english(start.begin()),
                    zoneName(),
                    isFirst ? "Nobody had it before you." : start.previous() + " had it before."))
        .set(
            "summary_zh",
            "你的班次开始于 %s（%s）。%s"
                .formatted(
                    chinese(start.begin()),
                    zoneName(),
                    isFirst ? "此前无人值班。" : "此前由 " + start.previous() + " 值班。"))
        .build();
  }

  private String zoneName() {
    return zone.equals(ZoneOffset.UTC) ? "UTC" : zone.getId();
  }

  private String english(Instant at) {
    return text(at, "EEE d MMM HH:mm", "EEE d MMM yyyy HH:mm", Locale.ENGLISH);
  }

  private String chinese(Instant at) {
    return text(at, "M月d日EEE HH:mm", "yyyy年M月d日EEE HH:mm", Locale.CHINA);
  }

  private String text(Instant at, String usual, String withYear, Locale locale) {
    ZonedDateTime local = at.atZone(zone);
    boolean isThisYear = local.getYear() == now.atZone(zone).getYear();
    return DateTimeFormatter.ofPattern(isThisYear ? usual : withYear, locale).format(local);
  }
}
