package io.pharos.dashboards;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/// Formats numbers with the units of Grafana's field options.
final class Units {
  /// A formatted number.
  ///
  /// @param suffix its unit; may be empty
  record Shown(String text, String suffix) {
    @Override
    public String toString() {
      return suffix.isEmpty() || suffix.equals("%") || suffix.equals("°C")
          ? text + suffix
          : text + " " + suffix;
    }
  }

  /// A scale: numbers are divided by the divisor before the suffix is appended.
  record Scale(double divisor, String suffix) {}

  private record Step(double size, String suffix) {}

  private static final List<Step> SECONDS =
      List.of(
          new Step(1e-9, "ns"),
          new Step(1e-6, "µs"),
          new Step(1e-3, "ms"),
          new Step(1, "s"),
          new Step(60, "min"),
          new Step(3600, "h"),
          new Step(86_400, "d"),
          new Step(604_800, "weeks"),
          new Step(31_536_000, "years"));
  private static final List<String> SI = List.of("", "k", "M", "G", "T", "P");
  private static final List<String> IEC = List.of("", "Ki", "Mi", "Gi", "Ti", "Pi");

  /// Suffixes of units for counted things.
  private static final Map<String, String> COUNTED =
      Map.ofEntries(
          Map.entry("reqps", "req/s"),
          Map.entry("ops", "ops/s"),
          Map.entry("rps", "rd/s"),
          Map.entry("wps", "wr/s"),
          Map.entry("iops", "io/s"),
          Map.entry("cps", "c/s"),
          Map.entry("eps", "evt/s"),
          Map.entry("mps", "msg/s"),
          Map.entry("opm", "ops/min"),
          Map.entry("reqpm", "req/min"));

  /// Units with SI prefixes.
  private static final Map<String, Step> PREFIXED =
      Map.ofEntries(
          Map.entry("decbytes", new Step(1, "B")),
          Map.entry("decbits", new Step(1, "b")),
          Map.entry("Bps", new Step(1, "B/s")),
          Map.entry("bps", new Step(1, "b/s")),
          Map.entry("pps", new Step(1, "p/s")),
          Map.entry("hertz", new Step(1, "Hz")),
          Map.entry("mhertz", new Step(1e6, "Hz")),
          Map.entry("watt", new Step(1, "W")),
          Map.entry("kwatt", new Step(1e3, "W")),
          Map.entry("watth", new Step(1, "Wh")),
          Map.entry("kwatth", new Step(1e3, "Wh")),
          Map.entry("joule", new Step(1, "J")),
          Map.entry("volt", new Step(1, "V")),
          Map.entry("amp", new Step(1, "A")));

  /// Units with IEC prefixes (powers of 1024).
  private static final Map<String, Step> BINARY =
      Map.ofEntries(
          Map.entry("bytes", new Step(1, "B")),
          Map.entry("bits", new Step(1, "b")),
          Map.entry("kbytes", new Step(1024, "B")),
          Map.entry("mbytes", new Step(1024.0 * 1024, "B")),
          Map.entry("gbytes", new Step(1024.0 * 1024 * 1024, "B")),
          Map.entry("binBps", new Step(1, "B/s")),
          Map.entry("binbps", new Step(1, "b/s")));

  private static final Map<String, Double> DURATIONS =
      Map.ofEntries(
          Map.entry("ns", 1e-9),
          Map.entry("µs", 1e-6),
          Map.entry("ms", 1e-3),
          Map.entry("s", 1.0),
          Map.entry("m", 60.0),
          Map.entry("h", 3600.0),
          Map.entry("d", 86_400.0),
          Map.entry("dtdurations", 1.0),
          Map.entry("dtdurationms", 1e-3),
          Map.entry("clocks", 1.0));

  private Units() {}

  /// Formats a value. If `decimals` is empty, the number is rounded to three significant digits,
  /// but all digits before the decimal point stay.
  static Shown shown(double value, String unit, OptionalInt decimals) {
    if (Double.isNaN(value)) {
      return new Shown("NaN", "");
    }
    if (Double.isInfinite(value)) {
      return new Shown(value > 0 ? "∞" : "-∞", "");
    }
    return switch (unit) {
      case "dateTimeAsIso", "dateTimeAsIsoNoDateIfToday", "dateTimeFromNow", "dateTimeAsSystem" ->
          new Shown(
              Instant.ofEpochMilli((long) value).toString().replace('T', ' ').substring(0, 19), "");
      case "bool" -> new Shown(value == 0 ? "False" : "True", "");
      case "bool_yes_no" -> new Shown(value == 0 ? "No" : "Yes", "");
      case "bool_on_off" -> new Shown(value == 0 ? "Off" : "On", "");
      default -> {
        Scale scale = scale(Math.abs(value), unit);
        yield new Shown(number(value / scale.divisor(), decimals), scale.suffix());
      }
    };
  }

  /// Returns the scale for numbers whose largest absolute value is `size`.
  static Scale scale(double size, String unit) {
    Double seconds = DURATIONS.get(unit);
    if (seconds != null) {
      return duration(size, seconds);
    }
    Step prefixed = PREFIXED.get(unit);
    if (prefixed != null) {
      return prefixed(size, prefixed, SI, 1000);
    }
    Step binary = BINARY.get(unit);
    if (binary != null) {
      return prefixed(size, binary, IEC, 1024);
    }
    String counted = COUNTED.get(unit);
    if (counted != null) {
      return prefixed(size, new Step(1, " " + counted), List.of("", "K", "M", "B"), 1000);
    }
    return switch (unit) {
      case "", "none", "string", "locale" -> new Scale(1, "");
      case "short" -> prefixed(size, new Step(1, ""), List.of("", "K", "Mil", "Bil", "Tri"), 1000);
      case "percent" -> new Scale(1, "%");
      case "percentunit" -> new Scale(0.01, "%");
      case "celsius" -> new Scale(1, "°C");
      case "rotrpm" -> new Scale(1, "rpm");
      case "lux" -> new Scale(1, "lx");
      default -> new Scale(1, unit.startsWith("suffix:") ? unit.substring(7).strip() : unit);
    };
  }

  private static Scale duration(double size, double seconds) {
    Step best = SECONDS.get(3);
    if (size > 0) {
      best = SECONDS.getFirst();
      for (Step step : SECONDS) {
        if (size * seconds >= step.size()) {
          best = step;
        }
      }
    }
    return new Scale(best.size() / seconds, best.suffix());
  }

  private static Scale prefixed(double size, Step unit, List<String> prefixes, int base) {
    double divisor = 1;
    int index = 0;
    while (index + 1 < prefixes.size() && size * unit.size() / divisor >= base) {
      divisor *= base;
      index++;
    }
    return new Scale(divisor / unit.size(), (prefixes.get(index) + unit.suffix()).strip());
  }

  private static String number(double value, OptionalInt decimals) {
    if (decimals.isPresent()) {
      return BigDecimal.valueOf(value)
          .setScale(Math.clamp(decimals.getAsInt(), 0, 10), RoundingMode.HALF_UP)
          .toPlainString();
    }
    BigDecimal exact = BigDecimal.valueOf(value);
    int digits = Math.max(3, exact.precision() - exact.scale());
    BigDecimal rounded = exact.round(new MathContext(digits, RoundingMode.HALF_UP));
    return rounded.signum() == 0 ? "0" : rounded.stripTrailingZeros().toPlainString();
  }
}
