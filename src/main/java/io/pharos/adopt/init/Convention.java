package io.pharos.adopt.init;

import io.pharos.config.yaml.YamlFile;
import io.pharos.config.yaml.YamlMap;
import io.pharos.config.yaml.YamlValue;
import java.util.List;
import java.util.Optional;

/// The names that a library gives to its request metrics. `conventions.yml` lists all conventions
/// and explains each key.
///
/// @param status labels that may contain the status of a request; empty if no label does
/// @param errors a regular expression for the status of failed requests; empty if it is an HTTP
///   status
/// @param examples the status of a good and of a failed request; empty if it is an HTTP status
/// @param leaveOut matchers that exclude requests that users did not make, or that are counted
///   twice
/// @param onlyWith a metric that must also be on the page; empty if none is required
/// @param durations names of histograms without `_bucket`, in the order of preference
/// @param unit unit of the durations; empty if the histogram's name contains it
/// @param advice how to enable a histogram; may be empty
public record Convention(
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

  public Convention {
    status = List.copyOf(status);
    examples = List.copyOf(examples);
    leaveOut = List.copyOf(leaveOut);
    durations = List.copyOf(durations);
    if (errors.isEmpty() != examples.isEmpty() || !(examples.isEmpty() || examples.size() == 2)) {
      throw new IllegalArgumentException(
          name + ": expected both errors and two examples, or neither");
    }
  }

  /// The unit of the values of a histogram.
  public enum TimeUnit {
    SECONDS(1),
    MILLISECONDS(1000);

    private final double perSecond;

    TimeUnit(double perSecond) {
      this.perSecond = perSecond;
    }

    /// Returns the number of these units in a second.
    public double perSecond() {
      return perSecond;
    }

    /// Returns the unit that a metric's name contains; empty if it contains none.
    static Optional<TimeUnit> ofName(String metric) {
      if (metric.matches(".*(_ms|Ms|MS|_msecs|[mM]illis([sS]econds)?|[mM]illi[sS]econds)")) {
        return Optional.of(MILLISECONDS);
      }
      return metric.contains("econds") ? Optional.of(SECONDS) : Optional.empty();
    }
  }

  /// Returns all conventions, in the order of preference.
  public static List<Convention> all() {
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

  /// Returns the regular expression that the status of failed requests matches.
  public String failed() {
    return errors.isEmpty() ? "5.." : errors;
  }

  /// Returns the unit of a histogram of this convention; seconds if nothing says it.
  public TimeUnit unitOf(String histogram) {
    return unit.or(() -> TimeUnit.ofName(histogram)).orElse(TimeUnit.SECONDS);
  }

  private static TimeUnit unit(YamlValue value) {
    return switch (value.asString()) {
      case "seconds" -> TimeUnit.SECONDS;
      case "milliseconds" -> TimeUnit.MILLISECONDS;
      default -> throw value.error("expected seconds or milliseconds");
    };
  }
}
