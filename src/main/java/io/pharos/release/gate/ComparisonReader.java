package io.pharos.release.gate;

import static java.util.Objects.requireNonNull;

import io.pharos.model.StaleMarker;
import io.pharos.promql.value.RangeMatrix;
import io.pharos.release.deploy.Deployment;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// Reads the counters of both sides of a comparison.
final class ComparisonReader {
  /// How far before the deployment the baseline is looked at, to learn how its bad requests come.
  private static final Duration HISTORY = Duration.ofHours(1);

  /// How much of it there must be.
  private static final Duration LEAST_HISTORY = Duration.ofMinutes(30);

  /// How many requests must have shown where the baseline's times lie.
  private static final int LEAST_TIMED = 100;

  private static final double[] QUANTILES = {0.5, 0.9, 0.99};

  private final RawSamples raw;

  ComparisonReader(RawSamples raw) {
    this.raw = requireNonNull(raw, "raw is null");
  }

  /// The raw samples of a selector's series.
  @FunctionalInterface
  interface RawSamples {
    List<RangeMatrix.Series> read(String selector, Instant since, Instant now);
  }

  /* What was before the deployment is read once: what the evidence is tempered by must not follow
   * what it weighs. */

  /// @param since when the deployment started
  /// @param fromMillis from when on requests count
  /// @param before the last reading of this comparison
  Reading read(
      Check.Relative check,
      Deployment deployment,
      Instant since,
      long fromMillis,
      Instant now,
      Optional<Reading.Comparison> before) {
    if (!check.templates().stream().allMatch(text -> text.hasBaseline(deployment))) {
      return new Reading.Comparison(
          fromMillis, check.boundaries(), List.of(), nothing(), nothing());
    }
    Past past =
        before
            .map(reading -> new Past(reading.boundaries(), reading.dispersion()))
            .orElseGet(() -> past(check, deployment, since));
    if (check.subject() == Check.Subject.LATENCY && past.boundaries.isEmpty()) {
      return new Reading.Comparison(fromMillis, List.of(), List.of(), nothing(), nothing());
    }
    Counters candidate = Counters.read(check, Side.CANDIDATE, deployment, since, now, raw);
    Counters baseline = Counters.read(check, Side.BASELINE, deployment, since, now, raw);
    for (double boundary : past.boundaries) {
      if (candidate.lacks(boundary) || baseline.lacks(boundary)) {
        return new Reading.Unavailable(
            "the histogram has no bucket le=\"" + boundary + "\" on both sides");
      }
    }
    long sinceMillis = since.toEpochMilli();
    return new Reading.Comparison(
        fromMillis,
        past.boundaries,
        past.dispersion,
        candidate.side(past.boundaries, series -> increase(series, sinceMillis, fromMillis)),
        baseline.side(
            past.boundaries,
            baseline.isKnownAt(sinceMillis)
                ? series -> increase(series, sinceMillis, fromMillis)
                : series -> increaseSinceSeen(series, fromMillis)));
  }

  /// The newest samples of a gauge on both sides.
  Reading levels(Check.Gauge check, Deployment deployment, Instant since, Instant now) {
    if (!check.selector().hasBaseline(deployment)) {
      return new Reading.Levels(0, 0, 0, 0);
    }
    Level candidate = level(check, Side.CANDIDATE, deployment, since, now);
    Level baseline = level(check, Side.BASELINE, deployment, since, now);
    return new Reading.Levels(
        candidate.value, baseline.value, candidate.newestMillis, baseline.newestMillis);
  }

  private record Level(double value, long newestMillis) {}

  private Level level(
      Check.Gauge check, Side side, Deployment deployment, Instant since, Instant now) {
    double sum = 0;
    int series = 0;
    long newest = 0;
    for (RangeMatrix.Series each :
        raw.read(check.selector().expand(deployment, side), since, now)) {
      int last = each.size() - 1;
      if (last >= 0 && Double.isFinite(each.values()[last])) {
        sum += each.values()[last];
        series++;
        newest = Math.max(newest, each.timestamps()[last]);
      }
    }
    return new Level(series == 0 ? 0 : sum / series, newest);
  }

  private record Past(List<Double> boundaries, List<Double> dispersion) {}

  private static Reading.Side nothing() {
    return new Reading.Side(0, List.of(), 0, 0, 0, 0);
  }

  private static CounterIncrease increase(
      RangeMatrix.Series series, long sinceMillis, long fromMillis) {
    return CounterIncrease.after(sinceMillis, fromMillis, series.timestamps(), series.values());
  }

  /* A baseline of which nothing was seen before the deployment has run all the same: what its
   * counters begin with is its past. */
  private static CounterIncrease increaseSinceSeen(RangeMatrix.Series series, long fromMillis) {
    long first = series.size() == 0 ? 0 : series.timestamps()[0];
    return increase(series, first, Math.max(first, fromMillis));
  }

  private Past past(Check.Relative check, Deployment deployment, Instant since) {
    Instant from = since.minus(HISTORY);
    Counters counters = Counters.read(check, Side.BASELINE, deployment, from, since, raw);
    List<Double> boundaries =
        check.boundaries().isEmpty() && check.subject() == Check.Subject.LATENCY
            ? counters.nearest(from.toEpochMilli(), since.toEpochMilli())
            : check.boundaries();
    boolean knows =
        counters.oldestMillis() <= since.minus(LEAST_HISTORY).toEpochMilli()
            && boundaries.stream().noneMatch(counters::lacks);
    return new Past(
        boundaries,
        knows
            ? counters.dispersion(boundaries, from.toEpochMilli(), since.toEpochMilli())
            : List.of());
  }

  /// The counters of one side.
  ///
  /// @param total of requests; for latency the histogram's last buckets
  /// @param bad of failed requests
  /// @param buckets of the histogram by their upper bounds
  private record Counters(
      List<RangeMatrix.Series> total,
      List<RangeMatrix.Series> bad,
      Map<Double, List<RangeMatrix.Series>> buckets) {
    private static final long BIN = 10_000;

    static Counters read(
        Check.Relative check,
        Side side,
        Deployment deployment,
        Instant since,
        Instant now,
        RawSamples raw) {
      List<RangeMatrix.Series> total = all(check.total(), side, deployment, since, now, raw);
      return switch (check.subject()) {
        case ERRORS ->
            new Counters(
                total, all(check.bad(), side, deployment, since, now, raw), new TreeMap<>());
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

    private static List<RangeMatrix.Series> all(
        List<PolicyText> selectors,
        Side side,
        Deployment deployment,
        Instant since,
        Instant now,
        RawSamples raw) {
      return selectors.stream()
          .flatMap(selector -> raw.read(selector.expand(deployment, side), since, now).stream())
          .toList();
    }

    private static double upperBound(String le) {
      try {
        return le.equals("+Inf") ? Double.POSITIVE_INFINITY : Double.parseDouble(le);
      } catch (NumberFormatException _) {
        return Double.NaN; // not a bucket; nobody asks for it
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

    /// An increase of one counter.
    interface Increase {
      CounterIncrease of(RangeMatrix.Series series);
    }

    Reading.Side side(List<Double> boundaries, Increase increase) {
      var requests = sum(total, increase);
      var kinds = new ArrayList<Sum>();
      var worse = new ArrayList<Double>();
      if (boundaries.isEmpty()) {
        kinds.add(sum(bad, increase));
        worse.add(kinds.getFirst().increase);
      }
      for (double boundary : boundaries) {
        Sum good = sum(buckets.getOrDefault(boundary, List.of()), increase);
        kinds.add(good);
        worse.add(requests.increase - good.increase);
      }
      return new Reading.Side(
          requests.increase,
          worse,
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

    private static Sum sum(Collection<RangeMatrix.Series> all, Increase increase) {
      var sum = new Sum();
      for (RangeMatrix.Series series : all) {
        CounterIncrease one = increase.of(series);
        sum.increase += one.increase();
        sum.resets += one.resets();
        sum.notNumbers += one.notNumbers();
        sum.newestMillis = Math.max(sum.newestMillis, one.newestMillis());
      }
      return sum;
    }

    /// The boundaries that lie nearest to the median, the 90th and the 99th percentile of a time;
    /// none where too few requests came.
    List<Double> nearest(long fromMillis, long toMillis) {
      double requests = sum(total, fromMillis, toMillis);
      if (requests < LEAST_TIMED) {
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

    private static double sum(List<RangeMatrix.Series> all, long fromMillis, long toMillis) {
      double sum = 0;
      for (double bin : bins(all, fromMillis, toMillis)) {
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

    /// The increases of some counters together, by intervals.
    private static double[] bins(List<RangeMatrix.Series> all, long fromMillis, long toMillis) {
      var bins = new double[(int) Math.ceilDiv(toMillis - fromMillis, BIN)];
      for (RangeMatrix.Series series : all) {
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
