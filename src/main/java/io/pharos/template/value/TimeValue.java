package io.pharos.template.value;

import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.Optional;

/// Go's time.Time: an instant in a time zone.
public record TimeValue(ZonedDateTime time) implements TemplateObject {
  /// Go's zero time, 1 January of year 1.
  public static final TimeValue ZERO =
      new TimeValue(ZonedDateTime.of(1, 1, 1, 0, 0, 0, 0, ZoneOffset.UTC));

  /// Creates a time in UTC.
  public static TimeValue of(Instant instant) {
    return new TimeValue(instant.atZone(ZoneOffset.UTC));
  }

  /// Creates a time with the given offset.
  public static TimeValue of(OffsetDateTime time) {
    return new TimeValue(time.toZonedDateTime());
  }

  /// Whether this is Go's zero time.
  public boolean isZero() {
    return time.toInstant().equals(ZERO.time().toInstant());
  }

  /// The instant.
  public Instant instant() {
    return time.toInstant();
  }

  /// Converts to a time zone.
  public TimeValue in(ZoneId zone) {
    return new TimeValue(time.withZoneSameInstant(zone));
  }

  /// Formats the time in one of Go's layouts.
  public String format(String layout) {
    return GoLayout.format(layout, time);
  }

  @Override
  public String typeName() {
    return "time.Time";
  }

  @Override
  public Shape shape() {
    return new Printed(toString(), true);
  }

  @Override
  public Optional<Member> member(String name) {
    return switch (name) {
      case "Format" -> TemplateObject.method(name, 1, arguments -> format(arguments.string(0)));
      case "Unix" -> TemplateObject.method(name, 0, _ -> time.toEpochSecond());
      case "UnixMilli" -> TemplateObject.method(name, 0, _ -> time.toInstant().toEpochMilli());
      case "UnixNano" ->
          TemplateObject.method(
              name, 0, _ -> time.toEpochSecond() * 1_000_000_000L + time.getNano());
      case "UTC" -> TemplateObject.method(name, 0, _ -> in(ZoneOffset.UTC));
      case "Local" -> TemplateObject.method(name, 0, _ -> in(ZoneId.systemDefault()));
      case "IsZero" -> TemplateObject.method(name, 0, _ -> isZero());
      case "Year" -> TemplateObject.method(name, 0, _ -> (long) time.getYear());
      case "Month" ->
          TemplateObject.method(
              name,
              0,
              _ ->
                  new NamedNumber(
                      "time.Month", time.getMonthValue(), GoLayout.format("January", time)));
      case "Weekday" ->
          TemplateObject.method(
              name,
              0,
              _ ->
                  new NamedNumber(
                      "time.Weekday",
                      time.getDayOfWeek().getValue() % 7,
                      GoLayout.format("Monday", time)));
      case "Day" -> TemplateObject.method(name, 0, _ -> (long) time.getDayOfMonth());
      case "YearDay" -> TemplateObject.method(name, 0, _ -> (long) time.getDayOfYear());
      case "Hour" -> TemplateObject.method(name, 0, _ -> (long) time.getHour());
      case "Minute" -> TemplateObject.method(name, 0, _ -> (long) time.getMinute());
      case "Second" -> TemplateObject.method(name, 0, _ -> (long) time.getSecond());
      case "Nanosecond" -> TemplateObject.method(name, 0, _ -> (long) time.getNano());
      case "Add" ->
          TemplateObject.method(name, 1, a -> new TimeValue(time.plusNanos(a.duration(0).nanos())));
      case "AddDate" ->
          TemplateObject.method(
              name,
              3,
              a ->
                  new TimeValue(
                      time.plusYears(a.integer(0))
                          .plusMonths(a.integer(1))
                          .plusDays(a.integer(2))));
      case "Sub" ->
          TemplateObject.method(
              name,
              1,
              a -> DurationValue.of(Duration.between(a.time(0).time().toInstant(), instant())));
      case "After" -> TemplateObject.method(name, 1, a -> instant().isAfter(a.time(0).instant()));
      case "Before" -> TemplateObject.method(name, 1, a -> instant().isBefore(a.time(0).instant()));
      case "Equal" -> TemplateObject.method(name, 1, a -> instant().equals(a.time(0).instant()));
      case "String" -> TemplateObject.method(name, 0, _ -> toString());
      default -> Optional.empty();
    };
  }

  @Override
  public String toString() {
    return format("2006-01-02 15:04:05.999999999 -0700 MST");
  }
}
