package io.pharos.gate.observe;

import io.pharos.gate.deployment.Deployment;
import io.pharos.gate.judge.Dispersion;
import io.pharos.gate.judge.Reading;
import io.pharos.gate.policy.Check;
import io.pharos.gate.policy.ComparisonSide;
import io.pharos.gate.policy.PolicyText;
import io.pharos.model.StaleMarker;
import io.pharos.promql.value.Evaluator;
import io.pharos.promql.value.RangeMatrix;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.function.Function;

/// Reads the counters and gauges of both sides of a comparison.
///
/// @param samples reads samples since the deployment started
/// @param start when the candidate was first observed
record ComparisonReader(
    Evaluator evaluator, SampleReader samples, Deployment deployment, CandidateStart start) {
  /// How long before the deployment the measurement of the baseline's bursts of bad requests
  /// begins.
  private static final Duration HISTORY = Duration.ofHours(1);

  /// The bursts are unknown if the baseline's oldest sample is from less than this before the
  /// deployment.
  private static final Duration MIN_HISTORY = Duration.ofMinutes(30);

  /// Minimum number of requests before the deployment; with fewer, no boundaries are chosen.
  private static final int MIN_TIMED = 100;

  private static final double[] QUANTILES = {0.5, 0.9, 0.99};

  /* Data from before the deployment is read once, because the divisor of the evidence must not
   * depend on the data that is judged. */

  /// Reads a comparison.
  ///
  /// @param fromMillis time since which requests count, Unix milliseconds
  /// @param before the previous reading of this comparison
  Reading read(Check.Relative check, long fromMillis, Optional<Reading.Comparison> before) {
    if (!check.templates().stream().allMatch(text -> text.hasBaseline(deployment))) {
      return new Reading.Comparison(
          fromMillis, check.boundaries(), List.of(), emptySide(), emptySide());
    }
    Past past =
        before
            .map(reading -> new Past(reading.boundaries(), reading.dispersion()))
            .orElseGet(() -> past(check));
    if (check.subject() == Check.Subject.LATENCY && past.boundaries.isEmpty()) {
      return new Reading.Comparison(fromMillis, List.of(), List.of(), emptySide(), emptySide());
    }
    Counters candidate = Counters.read(check, ComparisonSide.CANDIDATE, deployment, samples);
    Counters baseline = Counters.read(check, ComparisonSide.BASELINE, deployment, samples);
    for (double boundary : past.boundaries) {
      if (candidate.lacks(boundary) || baseline.lacks(boundary)) {
        return new Reading.Unavailable(
            "on at least one side, the histogram lacks the bucket le=\"" + boundary + "\"");
      }
    }
    long sinceMillis = samples.since().toEpochMilli();
    boolean isKnown = baseline.isKnownAt(sinceMillis);
    return new Reading.Comparison(
        fromMillis,
        past.boundaries,
        past.dispersion,
        candidate.side(past.boundaries, series -> ofCandidate(series, sinceMillis, fromMillis)),
        baseline.side(
            past.boundaries, series -> ofBaseline(series, isKnown, sinceMillis, fromMillis)));
  }

  /// Reads the mean of a gauge's newest samples on each side.
  Reading levels(Check.Gauge check) {
    if (!check.selector().hasBaseline(deployment)) {
      return new Reading.Levels(0, 0, 0, 0);
    }
    Level candidate = level(check, ComparisonSide.CANDIDATE);
    Level baseline = level(check, ComparisonSide.BASELINE);
    return new Reading.Levels(
        candidate.value, baseline.value, candidate.newestMillis, baseline.newestMillis);
  }

  private record Level(double value, long newestMillis) {}

  private Level level(Check.Gauge check, ComparisonSide side) {
    double sum = 0;
    int series = 0;
    long newest = 0;
    for (SampleReader.Series each : samples.read(check.selector().expand(deployment, side))) {
      int last = each.values().length - 1;
      if (!each.gone() && Double.isFinite(each.values()[last])) {
        sum += each.values()[last];
        series++;
        newest = Math.max(newest, each.times()[last]);
      }
    }
    return new Level(series == 0 ? 0 : sum / series, newest);
  }

  private record Past(List<Double> boundaries, List<Double> dispersion) {}

  private static Reading.Side emptySide() {
    return new Reading.Side(0, List.of(), 0, 0, 0, 0);
  }

  private CounterIncrease ofCandidate(
      RangeMatrix.Series series, long sinceMillis, long fromMillis) {
    OptionalLong born = start.born(series.labels());
    return CounterIncrease.after(
        sinceMillis,
        born.isPresent() ? fromMillis : Math.max(fromMillis, start.first(sinceMillis)),
        born,
        series.timestamps(),
        series.values());
  }

  /* The baseline also ran before the deployment. If it has no samples from then, the first value of
   * each counter is used as the value at the start of the deployment. */
  private CounterIncrease ofBaseline(
      RangeMatrix.Series series, boolean isKnown, long sinceMillis, long fromMillis) {
    long from = Math.max(fromMillis, start.first(sinceMillis));
    long first = isKnown ? sinceMillis : series.timestamps()[0];
    return CounterIncrease.after(
        first, Math.max(from, first), OptionalLong.empty(), series.timestamps(), series.values());
  }

  private Past past(Check.Relative check) {
    Instant since = samples.since();
    Instant from = since.minus(HISTORY);
    Counters counters =
        Counters.read(
            check, ComparisonSide.BASELINE, deployment, new SampleReader(evaluator, from, since));
    List<Double> boundaries =
        check.boundaries().isEmpty() && check.subject() == Check.Subject.LATENCY
            ? counters.nearest(from.toEpochMilli(), since.toEpochMilli())
            : check.boundaries();
    boolean isKnown =
        counters.oldestMillis() <= since.minus(MIN_HISTORY).toEpochMilli()
            && boundaries.stream().noneMatch(counters::lacks);
    return new Past(
        boundaries,
        isKnown
            ? counters.dispersion(boundaries, from.toEpochMilli(), since.toEpochMilli())
            : List.of());
  }

  /// The counters of one side.
  ///
  /// @param total counters of requests; for latency, the histogram's `+Inf` buckets
  /// @param bad counters of failed requests
  /// @param buckets the histogram's buckets by upper bound
  private record Counters(
      List<RangeMatrix.Series> total,
      List<RangeMatrix.Series> bad,
      Map<Double, List<RangeMatrix.Series>> buckets) {
    /// Length of an interval in milliseconds.
    private static final long BIN = 10_000;

    static Counters read(
        Check.Relative check, ComparisonSide side, Deployment deployment, SampleReader samples) {
      List<RangeMatrix.Series> total = allSeries(check.total(), side, deployment, samples);
      return switch (check.subject()) {
        case ERRORS ->
            new Counters(total, allSeries(check.bad(), side, deployment, samples), new TreeMap<>());
        case LATENCY -> {
          var buckets = new TreeMap<Double, List<RangeMatrix.Series>>();
          for (RangeMatrix.Series series : total) {
            buckets
                .computeIfAbsent(upperBound(series.labels().get("le")), _ -> new ArrayList<>())
                .add(series);
          }
          yield new Counters(
              buckets.getOrDefault(Double.POSITIVE_INFINITY, List.of()), List.of(), buckets);
        }
      };
    }

    private static List<RangeMatrix.Series> allSeries(
        List<PolicyText> selectors,
        ComparisonSide side,
        Deployment deployment,
        SampleReader samples) {
      return selectors.stream()
          .flatMap(selector -> samples.raw(selector.expand(deployment, side)).stream())
          .toList();
    }

    private static double upperBound(String le) {
      try {
        return le.equals("+Inf") ? Double.POSITIVE_INFINITY : Double.parseDouble(le);
      } catch (NumberFormatException _) {
        return Double.NaN; // not a bucket
      }
    }

    boolean lacks(double boundary) {
      return !total.isEmpty() && !buckets.containsKey(boundary);
    }

    boolean isKnownAt(long millis) {
      return total.stream().anyMatch(series -> series.timestamps()[0] <= millis);
    }

    long oldestMillis() {
      return total.stream()
          .mapToLong(series -> series.timestamps()[0])
          .min()
          .orElse(Long.MAX_VALUE);
    }

    Reading.Side side(
        List<Double> boundaries, Function<RangeMatrix.Series, CounterIncrease> increase) {
      var requests = sum(total, increase);
      var kinds = new ArrayList<Sum>();
      var badCounts = new ArrayList<Double>();
      if (boundaries.isEmpty()) {
        kinds.add(sum(bad, increase));
        badCounts.add(kinds.getFirst().increase);
      }
      for (double boundary : boundaries) {
        Sum good = sum(buckets.getOrDefault(boundary, List.of()), increase);
        kinds.add(good);
        badCounts.add(requests.increase - good.increase);
      }
      return new Reading.Side(
          requests.increase,
          badCounts,
          total.size(),
          Math.max(requests.resets, kinds.stream().mapToInt(sum -> sum.resets).max().orElse(0)),
          requests.notNumbers + kinds.stream().mapToInt(sum -> sum.notNumbers).sum(),
          requests.newestMillis);
    }

    private static final class Sum {
      double increase;
      int resets;
      int notNumbers;
      long newestMillis;
    }

    private static Sum sum(
        Collection<RangeMatrix.Series> allSeries,
        Function<RangeMatrix.Series, CounterIncrease> increase) {
      var sum = new Sum();
      for (RangeMatrix.Series series : allSeries) {
        CounterIncrease one = increase.apply(series);
        sum.increase += one.increase();
        sum.resets += one.resets();
        sum.notNumbers += one.notNumbers();
        sum.newestMillis = Math.max(sum.newestMillis, one.newestMillis());
      }
      return sum;
    }

    /// Returns the boundaries that are nearest to the 50th, 90th and 99th percentile of the request
    /// times; none if there were too few requests.
    List<Double> nearest(long fromMillis, long toMillis) {
      double requests = sum(total, fromMillis, toMillis);
      if (requests < MIN_TIMED) {
        return List.of();
      }
      var fractions = new TreeMap<Double, Double>();
      buckets.forEach(
          (boundary, series) -> {
            if (Double.isFinite(boundary)) {
              fractions.put(boundary, sum(series, fromMillis, toMillis) / requests);
            }
          });
      var chosen = new java.util.TreeSet<Double>();
      for (double quantile : QUANTILES) {
        fractions.entrySet().stream()
            .min(java.util.Comparator.comparingDouble(e -> Math.abs(e.getValue() - quantile)))
            .ifPresent(entry -> chosen.add(entry.getKey()));
      }
      return List.copyOf(chosen);
    }

    private static double sum(List<RangeMatrix.Series> allSeries, long fromMillis, long toMillis) {
      double sum = 0;
      for (double bin : bins(allSeries, fromMillis, toMillis)) {
        sum += bin;
      }
      return sum;
    }

    List<Double> dispersion(List<Double> boundaries, long fromMillis, long toMillis) {
      double[] requests = bins(total, fromMillis, toMillis);
      if (boundaries.isEmpty()) {
        return List.of(dispersion(requests, bins(bad, fromMillis, toMillis)));
      }
      var each = new ArrayList<Double>();
      for (double boundary : boundaries) {
        double[] slow = requests.clone();
        double[] good = bins(buckets.getOrDefault(boundary, List.of()), fromMillis, toMillis);
        for (int i = 0; i < slow.length; i++) {
          slow[i] -= good[i];
        }
        each.add(dispersion(requests, slow));
      }
      return each;
    }

    private static double dispersion(double[] requests, double[] bad) {
      var bins = new ArrayList<Dispersion.Bin>();
      for (int i = 0; i < requests.length; i++) {
        bins.add(new Dispersion.Bin(requests[i], Math.clamp(bad[i], 0, requests[i])));
      }
      return Dispersion.of(bins);
    }

    /// Returns the sums of the counters' increases in each interval of [#BIN] milliseconds.
    private static double[] bins(
        List<RangeMatrix.Series> allSeries, long fromMillis, long toMillis) {
      var bins = new double[(int) Math.ceilDiv(toMillis - fromMillis, BIN)];
      for (RangeMatrix.Series series : allSeries) {
        double previous = Double.NaN;
        for (int i = 0; i < series.size(); i++) {
          double value = series.values()[i];
          long at = series.timestamps()[i];
          if (StaleMarker.is(value) || !Double.isFinite(value)) {
            continue;
          }
          if (!Double.isNaN(previous) && at > fromMillis && at <= toMillis) {
            bins[(int) ((at - fromMillis - 1) / BIN)] +=
                value < previous ? value : value - previous;
          }
          previous = value;
        }
      }
      return bins;
    }
  }
}
