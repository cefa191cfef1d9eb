package io.pharos.gate.judge;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import java.util.function.DoublePredicate;
import org.jspecify.annotations.Nullable;

/// Kayenta's judge by its documentation, with its defects, to compare the gate's rules with. The
/// cases of its own tests verify it and [MannWhitney].
final class Kayenta {
  private static final double SOLVER_TOLERANCE = 1e-4;

  private Kayenta() {}

  enum Class {
    PASS("Pass"),
    HIGH("High"),
    LOW("Low"),
    NODATA("Nodata"),
    NODATA_FAIL("NodataFailMetric"),
    ERROR("Error");

    final String text;

    Class(String text) {
      this.text = text;
    }
  }

  /// The configuration of one metric.
  record Metric(
      double tolerance,
      double level,
      boolean cles,
      double allowedIncrease,
      double allowedDecrease,
      double criticalIncrease,
      double criticalDecrease,
      boolean up,
      boolean down,
      boolean replaceNaN,
      boolean critical,
      boolean mustHaveData) {}

  /// The result of one metric.
  record Judged(Class found, boolean critical, double deviation, String reason) {}

  static Judged mannWhitney(double[] control, double[] experiment, Metric metric) {
    try {
      return classify(control, experiment, metric);
    } catch (ArithmeticException e) {
      return new Judged(Class.ERROR, false, 1, String.valueOf(e.getMessage()));
    }
  }

  private static Judged classify(double[] control, double[] experiment, Metric metric) {
    if (control.length == 0 || experiment.length == 0) {
      return noData(control, metric);
    }
    double[] sorted = control.clone();
    double[] other = experiment.clone();
    Arrays.sort(sorted);
    Arrays.sort(other);
    if (Arrays.equals(sorted, other) || distinct(control, experiment) == 1) {
      return new Judged(Class.PASS, false, 1, "the same values");
    }
    double effect =
        metric.cles()
            ? MannWhitney.superiority(experiment, control)
            : meanRatio(control, experiment);
    double[] x = experiment;
    double[] y = control;
    if (distinct(control) == 1 && distinct(experiment) == 1) {
      var random = new Random(1);
      x = Arrays.stream(experiment).map(v -> v + 1e-5 * v * random.nextGaussian()).toArray();
      y = Arrays.stream(control).map(v -> v + 1e-5 * v * random.nextGaussian()).toArray();
    }
    MannWhitney.Shift shift = new MannWhitney(x, y, SOLVER_TOLERANCE).shift(metric.level());
    double margin = metric.tolerance() * Math.abs(shift.estimate());
    boolean high = metric.up() && shift.low() > margin && !(effect < metric.allowedIncrease());
    boolean low = metric.down() && shift.high() < -margin && !(effect > metric.allowedDecrease());
    if (high) {
      return new Judged(
          Class.HIGH, metric.critical() && !(effect < metric.criticalIncrease()), effect, "higher");
    }
    if (low) {
      return new Judged(
          Class.LOW, metric.critical() && !(effect > metric.criticalDecrease()), effect, "lower");
    }
    return new Judged(Class.PASS, false, effect, "within the tolerance");
  }

  private static Judged noData(double[] control, Metric metric) {
    String reason = "missing data for " + (control.length == 0 ? "control" : "experiment");
    if (metric.replaceNaN()) {
      return new Judged(Class.PASS, false, 1, reason);
    }
    return metric.mustHaveData() && !metric.critical()
        ? new Judged(Class.NODATA_FAIL, false, 1, reason)
        : new Judged(Class.NODATA, metric.critical(), 1, reason);
  }

  static Class meanInequality(double[] control, double[] experiment) {
    double difference = mean(experiment) - mean(control);
    return difference > 0 ? Class.HIGH : difference < 0 ? Class.LOW : Class.PASS;
  }

  private static int distinct(double[]... all) {
    var values = new TreeSet<Double>();
    for (double[] each : all) {
      Arrays.stream(each).forEach(values::add);
    }
    return values.size();
  }

  static double[] removeNaN(double[] values) {
    return Arrays.stream(values).filter(value -> !Double.isNaN(value)).toArray();
  }

  static double[] replaceNaN(double[] values, double by) {
    return Arrays.stream(values).map(value -> Double.isNaN(value) ? by : value).toArray();
  }

  static double mean(double[] values) {
    return Arrays.stream(values).average().orElse(0);
  }

  static double deviation(double[] values) {
    double mean = mean(values);
    double squares = Arrays.stream(values).map(value -> (value - mean) * (value - mean)).sum();
    return values.length < 2 ? 0 : Math.sqrt(squares / (values.length - 1));
  }

  static double meanRatio(double[] control, double[] experiment) {
    double ratio = mean(experiment) / mean(control);
    return mean(control) == 0 || mean(experiment) == 0 ? Double.NaN : ratio;
  }

  static double cohenD(double[] control, double[] experiment) {
    double one = deviation(control);
    double other = deviation(experiment);
    return Math.abs(mean(experiment) - mean(control)) / Math.sqrt((one * one + other * other) / 2);
  }

  /// R's quantile of type 7.
  ///
  /// @param p in percent
  static double percentile(double[] values, double p) {
    double[] sorted = removeNaN(values);
    Arrays.sort(sorted);
    if (sorted.length == 0) {
      return 0;
    }
    double at = p / 100 * (sorted.length - 1);
    int below = (int) Math.floor(at);
    int above = Math.min(sorted.length - 1, below + 1);
    return sorted[below] + (at - below) * (sorted[above] - sorted[below]);
  }

  static DoublePredicate kSigma(double[] values, double k) {
    double mean = mean(values);
    double sigma = deviation(values);
    return value -> Math.abs(value - mean) > k * sigma;
  }

  static DoublePredicate iqr(double[] values, double factor, boolean lessSensitive) {
    double lower = percentile(values, 25);
    double upper = percentile(values, 75);
    double reach = factor * (upper - lower);
    double low = lessSensitive ? Math.min(percentile(values, 1), lower - reach) : lower - reach;
    double high = lessSensitive ? Math.max(percentile(values, 99), upper + reach) : upper + reach;
    return value -> value < low || value > high;
  }

  /// One metric's result beside the groups that it counts in.
  record Scored(Class found, boolean critical, List<String> groups) {}

  /// The scores of a run.
  record Scores(double summary, List<Double> groups) {}

  static Scores score(List<Scored> metrics, Map<String, Double> weights) {
    var groups = new LinkedHashMap<String, List<Scored>>();
    for (Scored metric : metrics) {
      metric
          .groups()
          .forEach(group -> groups.computeIfAbsent(group, _ -> new ArrayList<>()).add(metric));
    }
    var scores = new LinkedHashMap<String, Double>();
    groups.forEach((name, all) -> scores.put(name, group(all)));
    List<Double> shown =
        groups.values().stream()
            .map(all -> all.stream().allMatch(it -> it.found() == Class.NODATA) ? 0 : group(all))
            .sorted()
            .toList();
    boolean critical = metrics.stream().anyMatch(it -> it.critical() && it.found() != Class.PASS);
    long missing = metrics.stream().filter(it -> it.found() == Class.NODATA).count();
    if (critical || 2 * missing >= metrics.size()) {
      return new Scores(0, shown);
    }
    double given = weights.values().stream().mapToDouble(Double::doubleValue).sum();
    long others = scores.keySet().stream().filter(name -> !weights.containsKey(name)).count();
    double summary = 0;
    for (var entry : scores.entrySet()) {
      double weight = weights.getOrDefault(entry.getKey(), (100 - given) / Math.max(1, others));
      summary += entry.getValue() * weight / 100;
    }
    return new Scores(Math.round(summary * 100) / 100.0, shown);
  }

  private static double group(List<Scored> metrics) {
    long passed = metrics.stream().filter(it -> it.found() == Class.PASS).count();
    long counted =
        metrics.stream()
            .filter(it -> it.found() != Class.NODATA && it.found() != Class.ERROR)
            .count();
    return counted == 0 ? 100 : 100.0 * passed / counted;
  }

  static boolean passes(double score, @Nullable Double marginal, @Nullable Double pass) {
    return score >= (pass != null ? pass : marginal != null ? marginal : 0);
  }
}
