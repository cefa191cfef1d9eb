package io.pharos.oncall.schedule;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import io.pharos.trouble.StoreUnavailableException;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;

/// Measures the next gap of each rotation that must have none, with the overrides of people. An
/// alert announces it.
public final class GapWatch {
  /// How often [#measure] must be called.
  public static final Duration INTERVAL = Duration.ofMinutes(1);

  private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm");

  /* Ends further away are cut, see Rotation#duty. */
  private static final Duration FAR = Rotation.HORIZON.minusDays(1);

  private final OnCallSchedule schedule;
  private final MultiGauge gaps;

  /// Creates a watch that knows nothing before [#measure].
  public GapWatch(OnCallSchedule schedule, MeterRegistry registry) {
    this.schedule = schedule;
    this.gaps =
        MultiGauge.builder("pharos_oncall_gap")
            .description(
                "Whether nobody is on call at some time within 14 days; from and until are in the rotation's zone.")
            .register(registry);
  }

  /// Measures all rotations anew. If the store does not answer, the values stay.
  public void measure(Instant now) {
    List<DutyOverride> overrides;
    try {
      overrides = schedule.counting();
    } catch (StoreUnavailableException _) { // other jobs report it
      return;
    }
    var rows = new ArrayList<MultiGauge.Row<?>>();
    for (Rotation rotation : schedule.plan().rotations()) {
      if (!rotation.allowsGaps()) {
        rows.add(row(rotation, overrides, now));
      }
    }
    gaps.register(rows, true);
  }

  private static MultiGauge.Row<?> row(
      Rotation rotation, List<DutyOverride> overrides, Instant now) {
    List<DutyShift> found = rotation.gaps(now, now.plus(PlanCheck.AHEAD), overrides);
    if (found.isEmpty()) {
      return MultiGauge.Row.of(tags(rotation, "", ""), 0);
    }
    // The whole gap: its ends must not move with the time of the search.
    Instant begin = rotation.duty(found.getFirst().from(), overrides).now().from();
    Instant end = rotation.duty(begin, overrides).now().until();
    boolean isOld = begin.isBefore(now.minus(FAR));
    boolean isEndless = end.isAfter(begin.plus(FAR));
    return MultiGauge.Row.of(
        tags(
            rotation,
            isOld ? "long ago" : text(begin, rotation),
            isEndless ? "further notice" : text(end, rotation)),
        1);
  }

  private static Tags tags(Rotation rotation, String from, String until) {
    return Tags.of("rotation", rotation.name(), "from", from, "until", until);
  }

  private static String text(Instant at, Rotation rotation) {
    return TIME.format(at.atZone(rotation.zone()));
  }
}
