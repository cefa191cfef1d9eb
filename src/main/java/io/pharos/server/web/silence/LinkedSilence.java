package io.pharos.server.web.silence;

import io.pharos.access.LinkSignatures.Permit;
import io.pharos.alerting.silence.Silence;
import io.pharos.model.LabelMatcher;
import io.pharos.model.MatcherParser;
import io.pharos.model.Quoted;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// The only silence that a signed link in a message can create. A second submission of the link's
/// form changes this silence instead of creating another.
///
/// @param permit the matchers, delivery and expiry of the link
/// @param zone time zone of the people who read the messages
record LinkedSilence(Permit permit, ZoneId zone) {
  private static final String DELIVERY = "pharos_delivery";
  private static final String MORNING = "morning";
  private static final LocalTime MORNING_TIME = LocalTime.of(9, 0);
  private static final int MAX_NAME = 100;
  private static final int MAX_COMMENT = 1000;
  private static final Map<String, Duration> TIMES =
      Map.of("1h", Duration.ofHours(1), "4h", Duration.ofHours(4));
  private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("HH:mm");
  private static final DateTimeFormatter DAY_AND_TIME =
      DateTimeFormatter.ofPattern("EEE HH:mm", Locale.ENGLISH);
  private static final DateTimeFormatter DATE_AND_TIME =
      DateTimeFormatter.ofPattern("d MMM yyyy HH:mm", Locale.ENGLISH);

  /// A duration that a link permits.
  ///
  /// @param value value of the duration in the form
  /// @param label text of the button
  record Choice(String value, String label) {}

  /// Returns the durations that a link permits. The longest lasts until 9:00, and is shorter than
  /// 25 hours.
  static List<Choice> choices(Instant now, ZoneId zone) {
    ZonedDateTime here = now.atZone(zone);
    ZonedDateTime morning = morning(here);
    boolean today = morning.toLocalDate().equals(here.toLocalDate());
    return List.of(
        new Choice("1h", "1 hour"),
        new Choice("4h", "4 hours"),
        new Choice(
            MORNING,
            "Until %s %s (%s)"
                .formatted(
                    morning.format(TIME), today ? "today" : "tomorrow", name(morning.getZone()))));
  }

  /// Returns the next 9:00 that is at least an hour ahead.
  private static ZonedDateTime morning(ZonedDateTime now) {
    ZonedDateTime today = now.with(MORNING_TIME);
    return now.plusHours(1).isAfter(today) ? today.plusDays(1) : today;
  }

  List<LabelMatcher> matchers() {
    return permit.matchers().stream().map(MatcherParser::parseMatcher).toList();
  }

  /// Returns the silence to store. If the link's previous silence is active, this is the same
  /// silence with the new end, author and comment. Otherwise it is a new silence.
  ///
  /// @param silences the stored silences
  /// @param duration value of a [Choice]
  /// @param author name of the person, for the silence's author; may be empty
  /// @param comment reason of the silence; may be empty
  /// @throws IllegalArgumentException if a value is invalid
  Silence silence(
      List<Silence> silences, String duration, String author, String comment, Instant now) {
    if (author.length() > MAX_NAME || comment.length() > MAX_COMMENT) {
      throw new IllegalArgumentException(
          "expected a name of at most %s characters and a reason of at most %s"
              .formatted(MAX_NAME, MAX_COMMENT));
    }
    Optional<Silence> before = active(silences, now);
    String link = "the link of delivery " + permit.delivery();
    return new Silence(
        before.map(Silence::id).orElse(""),
        matchers(),
        before.map(Silence::startsAt).orElse(now),
        end(duration, now),
        now,
        author.isEmpty() ? link : author + ", by " + link,
        (comment.isEmpty() ? "Silenced from a message" : comment) + " (by " + link + ")",
        Map.of(DELIVERY, permit.delivery()));
  }

  private Instant end(String duration, Instant now) {
    if (duration.equals(MORNING)) {
      return morning(now.atZone(zone)).toInstant();
    }
    Duration time = TIMES.get(duration);
    if (time == null) {
      throw new IllegalArgumentException(
          "expected 1h, 4h or " + MORNING + " as the duration, found " + Quoted.of(duration));
    }
    return now.plus(time);
  }

  /// Returns the active silence that this link created; empty if there is none.
  private Optional<Silence> active(List<Silence> silences, Instant now) {
    List<LabelMatcher> matchers = matchers();
    return silences.stream()
        .filter(silence -> silence.state(now) == Silence.State.ACTIVE)
        .filter(silence -> permit.delivery().equals(silence.annotations().get(DELIVERY)))
        .filter(silence -> silence.matchers().equals(matchers))
        .findFirst();
  }

  /// Returns a sentence with the end of the link's silence; empty if no such silence is active.
  String done(List<Silence> silences, Instant now) {
    return active(silences, now)
        .map(silence -> "Silenced until " + text(silence.endsAt().atZone(zone)) + ".")
        .orElse("");
  }

  private static String text(ZonedDateTime time) {
    return time.format(DAY_AND_TIME) + " (" + name(time.getZone()) + ")";
  }

  /// Returns the name of a time zone for people.
  static String name(ZoneId zone) {
    return zone.equals(ZoneOffset.UTC) ? "UTC" : zone.getId();
  }

  /// Returns the message for a link that expired.
  ///
  /// @param expiry when the link expired
  static String expired(Instant expiry, ZoneId zone) {
    return "This link expired at %s (%s). Log in with a token instead."
        .formatted(expiry.atZone(zone).format(DATE_AND_TIME), name(zone));
  }
}
