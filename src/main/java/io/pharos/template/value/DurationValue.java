package io.pharos.template.value;

import static io.pharos.template.value.TemplateObject.method;

import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Go's time.Duration: nanoseconds, printed as `1h2m3.5s`.
public record DurationValue(long nanos) implements TemplateObject {
  private static final long SECOND = 1_000_000_000L;

  /// Converts a duration. A duration of more than about 292 years becomes the longest possible one.
  public static DurationValue of(Duration duration) {
    try {
      return new DurationValue(duration.toNanos());
    } catch (ArithmeticException _) {
      // Go also limits the result instead of overflowing.
      return new DurationValue(duration.isNegative() ? Long.MIN_VALUE : Long.MAX_VALUE);
    }
  }

  double seconds() {
    return in(SECOND);
  }

  private double in(long unit) {
    long whole = nanos / unit;
    return whole + (nanos % unit) / (double) unit;
  }

  @Override
  public String typeName() {
    return "time.Duration";
  }

  @Override
  public Shape shape() {
    return new Printed(toString(), nanos != 0);
  }

  @Override
  public Optional<Member> member(String name) {
    return switch (name) {
      case "Hours" -> method(name, () -> in(3600 * SECOND));
      case "Minutes" -> method(name, () -> in(60 * SECOND));
      case "Seconds" -> method(name, () -> seconds());
      case "Milliseconds" -> method(name, () -> nanos / 1_000_000);
      case "Microseconds" -> method(name, () -> nanos / 1_000);
      case "Nanoseconds" -> method(name, () -> nanos);
      case "Abs" -> method(name, () -> new DurationValue(Math.abs(nanos)));
      case "Round" -> method(name, 1, arguments -> round(arguments.duration(0).nanos()));
      case "Truncate" -> method(name, 1, arguments -> truncate(arguments.duration(0).nanos()));
      case "String" -> method(name, () -> toString());
      default -> Optional.empty();
    };
  }

  private @Nullable Object truncate(long unit) {
    return unit <= 0 ? this : new DurationValue(nanos - nanos % unit);
  }

  private @Nullable Object round(long unit) {
    if (unit <= 0) {
      return this;
    }
    long rest = Math.abs(nanos % unit);
    long down = Math.abs(nanos) - rest;
    long rounded = rest * 2 >= unit ? down + unit : down;
    return new DurationValue(nanos < 0 ? -rounded : rounded);
  }

  @Override
  public String toString() {
    if (nanos == 0) {
      return "0s";
    }
    String sign = nanos < 0 ? "-" : "";
    long rest = Math.abs(nanos);
    if (rest < SECOND) {
      return sign + belowSecond(rest);
    }
    long hours = rest / (3600 * SECOND);
    long minutes = rest / (60 * SECOND) % 60;
    String seconds = decimal(rest % (60 * SECOND), 9) + "s";
    return sign
        + (hours > 0 ? hours + "h" : "")
        + (hours > 0 || minutes > 0 ? minutes + "m" : "")
        + seconds;
  }

  private static String belowSecond(long rest) {
    if (rest >= 1_000_000) {
      return decimal(rest, 6) + "ms";
    }
    return rest >= 1_000 ? decimal(rest, 3) + "µs" : rest + "ns";
  }

  private static String decimal(long value, int places) {
    return java.math.BigDecimal.valueOf(value, places).stripTrailingZeros().toPlainString();
  }
}
