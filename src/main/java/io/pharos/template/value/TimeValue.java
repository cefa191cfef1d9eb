package io.pharos.template.value;

import static io.pharos.template.value.TemplateObject.method;

import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Optional;

/// Go's time.Time: an instant with a time zone.
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

  /// Returns whether this is Go's zero time.
  public boolean isZero() {
    return time.toInstant().equals(ZERO.time().toInstant());
  }

  /// Returns the instant.
  public Instant instant() {
    return time.toInstant();
  }

  /// Returns the same instant in another time zone.
  public TimeValue in(ZoneId zone) {
    return new TimeValue(time.withZoneSameInstant(zone));
  }

  /// Formats the time in one of Go's layouts.
  public String format(String layout) {
    return GoLayout.format(layout, time);
  }

  /// Formats the time as JSON, in RFC 3339 with as many digits of the second as needed.
  String rfc3339() {
    // The JDK's format is the same and faster, except for these.
    return time.getYear() < 0
            || time.getYear() > 9999
            || time.getOffset().getTotalSeconds() % 60 != 0
        ? format("2006-01-02T15:04:05.999999999Z07:00")
        : DateTimeFormatter.ISO_OFFSET_DATE_TIME.format(time);
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
      case "Format" -> method(name, 1, arguments -> format(arguments.string(0)));
      case "Unix" -> method(name, () -> time.toEpochSecond());
      case "UnixMilli" -> method(name, () -> time.toInstant().toEpochMilli());
      case "UnixNano" -> method(name, () -> 1_000_000_000L * time.toEpochSecond() + time.getNano());
      case "UTC" -> method(name, () -> in(ZoneOffset.UTC));
      case "Local" -> method(name, () -> in(ZoneId.systemDefault()));
      case "IsZero" -> method(name, () -> isZero());
      case "Year" -> method(name, () -> (long) time.getYear());
      case "Month" -> method(name, () -> named("time.Month", time.getMonthValue(), "January"));
      case "Weekday" ->
          method(name, () -> named("time.Weekday", time.getDayOfWeek().getValue() % 7, "Monday"));
      case "Day" -> method(name, () -> (long) time.getDayOfMonth());
      case "YearDay" -> method(name, () -> (long) time.getDayOfYear());
      case "Hour" -> method(name, () -> (long) time.getHour());
      case "Minute" -> method(name, () -> (long) time.getMinute());
      case "Second" -> method(name, () -> (long) time.getSecond());
      case "Nanosecond" -> method(name, () -> (long) time.getNano());
      case "Add" -> method(name, 1, a -> new TimeValue(time.plusNanos(a.duration(0).nanos())));
      case "AddDate" -> method(name, 3, a -> plus(a.integer(0), a.integer(1), a.integer(2)));
      case "Sub" ->
          method(name, 1, a -> DurationValue.of(Duration.between(a.time(0).instant(), instant())));
      case "After" -> method(name, 1, a -> instant().isAfter(a.time(0).instant()));
      case "Before" -> method(name, 1, a -> instant().isBefore(a.time(0).instant()));
      case "Equal" -> method(name, 1, a -> instant().equals(a.time(0).instant()));
      case "String" -> method(name, () -> toString());
      default -> Optional.empty();
    };
  }

  private NamedNumber named(String typeName, long number, String layout) {
    return new NamedNumber(typeName, number, format(layout));
  }

  private TimeValue plus(long years, long months, long days) {
    return new TimeValue(time.plusYears(years).plusMonths(months).plusDays(days));
  }

  @Override
  public String toString() {
    return format("2006-01-02 15:04:05.999999999 -0700 MST");
  }

  /// A number with a name, such as Go's months and weekdays.
  ///
  /// @param typeName name of the Go type, such as `time.Month`
  record NamedNumber(String typeName, long number, String name) implements TemplateObject {
    @Override
    public Optional<Member> member(String member) {
      return member.equals("String") ? method(member, () -> name) : Optional.empty();
    }

    @Override
    public Shape shape() {
      return new Printed(name, number != 0);
    }

    @Override
    public Optional<String> printed() {
      return Optional.of(name);
    }
  }
}
