package io.pharos.adopt.init;

import io.pharos.config.yaml.YamlFile;
import io.pharos.config.yaml.YamlMap;
import io.pharos.config.yaml.YamlValue;
import java.util.List;
import java.util.Optional;

/// A library's names for request metrics. `conventions.yml` lists all and explains each key.
///
/// @param status labels that may have the status; empty for none
/// @param errors a regular expression of failures; empty for HTTP statuses
/// @param examples a good and a failed status; empty for HTTP statuses
/// @param onlyWith a metric that must be on the page too; empty for none
/// @param durations histograms, the best first, without `_bucket`
/// @param unit of the durations; empty when their names say it
/// @param advice how to enable a histogram; may be empty
record Convention(
    String name,
    String requests,
    List<String> status,
    String errors,
    List<String> examples,
    List<String> leaveOut,
    String onlyWith,
    List<String> durations,
    Optional<TimeUnit> unit,
    String advice) {

  Convention {
    status = List.copyOf(status);
    examples = List.copyOf(examples);
    leaveOut = List.copyOf(leaveOut);
    durations = List.copyOf(durations);
    if (errors.isEmpty() != examples.isEmpty() || !(examples.isEmpty() || examples.size() == 2)) {
      throw new IllegalArgumentException(
          name + ": expected both errors and two examples, or neither");
    }
  }

  /// The unit of a histogram.
  enum TimeUnit {
    SECONDS(1),
    MILLISECONDS(1000);

    private final double perSecond;

    TimeUnit(double perSecond) {
      this.perSecond = perSecond;
    }

    /// Units per second.
    double perSecond() {
      return perSecond;
    }

    /// The unit at the end of a metric's name.
    static Optional<TimeUnit> ofName(String metric) {
      if (metric.endsWith("_milliseconds") || metric.endsWith("_ms") || metric.endsWith("_msecs")) {
        return Optional.of(MILLISECONDS);
      }
      return metric.contains("seconds") ? Optional.of(SECONDS) : Optional.empty();
    }
  }

  /// All conventions, in the order of preference.
  static List<Convention> all() {
    YamlMap map = YamlFile.parse("conventions.yml", ServiceFiles.resource("conventions.yml"));
    return map.finished(map.list("conventions", Convention::read));
  }

  private static Convention read(YamlValue value) {
    YamlMap map = value.asMap();
    return map.finished(
        new Convention(
            map.require("name").asString(),
            map.require("requests").asString(),
            map.strings("status"),
            map.string("errors", ""),
            map.strings("examples"),
            map.strings("leave_out"),
            map.string("only_with", ""),
            map.strings("durations"),
            map.get("unit").map(Convention::unit),
            map.string("advice", "")));
  }

  private static TimeUnit unit(YamlValue value) {
    return switch (value.asString()) {
      case "seconds" -> TimeUnit.SECONDS;
      case "milliseconds" -> TimeUnit.MILLISECONDS;
      default -> throw value.error("expected seconds or milliseconds");
    };
  }
}
