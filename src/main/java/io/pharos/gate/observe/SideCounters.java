package io.pharos.gate.observe;

import io.pharos.gate.deployment.Deployment;
import io.pharos.gate.judge.AnswerClass;
import io.pharos.gate.judge.Dispersion;
import io.pharos.gate.judge.Reading;
import io.pharos.gate.policy.Check;
import io.pharos.gate.policy.ComparisonSide;
import io.pharos.gate.policy.PolicyText;
import io.pharos.model.StaleMarker;
import io.pharos.promql.value.RangeMatrix;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The counters of one side of a comparison.
///
/// @param total counters of requests; for latency, the histogram's `+Inf` buckets
/// @param kinds the counters of bad requests by boundary; for latency, the histogram's buckets,
///   which count the good requests; for errors, one kind with the boundary 0
record SideCounters(
    Check.Relative check,
    List<RangeMatrix.Series> total,
    Map<Double, List<RangeMatrix.Series>> kinds) {
  /// Length of an interval in which bursts are measured, in milliseconds.
  private static final long BIN = 10_000;

  /// Maximum number of a histogram's buckets that are compared. The evidence is their mean, so more
  /// buckets weaken it, and a histogram of more buckets has several per doubling of the time.
  private static final int MAX_BOUNDARIES = 16;

  /// The shortest time in seconds that is compared if the policy names no times. Users do not
  /// notice shorter differences, and a new process on a busy machine has them without being worse.
  private static final double MIN_BOUNDARY = 0.025;

  /// Maximum number of routes that are compared: the busiest ones. The evidence of one route is
  /// divided by their number.
  private static final int MAX_ROUTES = 30;

  private static final List<Double> ONE_KIND = List.of(0.0);

  static SideCounters read(
      Check.Relative check, ComparisonSide side, Deployment deployment, SampleReader samples) {
    List<RangeMatrix.Series> all = allSeries(check.total(), side, deployment, samples);
    List<RangeMatrix.Series> bad = allSeries(check.bad(), side, deployment, samples);
    var kinds = new TreeMap<Double, List<RangeMatrix.Series>>();
    return switch (check.subject()) {
      case ERRORS -> {
        kinds.put(ONE_KIND.getFirst(), bad);
        yield new SideCounters(check, all, kinds);
      }
      case LATENCY -> {
        for (RangeMatrix.Series series : all) {
          kinds
              .computeIfAbsent(upperBound(series.labels().get("le")), _ -> new ArrayList<>())
              .add(series);
        }
        yield new SideCounters(
            check, kinds.getOrDefault(Double.POSITIVE_INFINITY, List.of()), kinds);
      }
      case ANSWERS -> {
        for (double boundary : AnswerClass.BOUNDARIES) {
          var worse = new ArrayList<>(bad);
          for (RangeMatrix.Series series : all) {
            if (AnswerClass.of(series.labels().get(check.statusLabel())) >= boundary) {
              worse.add(series);
            }
          }
          kinds.put(boundary, worse);
        }
        yield new SideCounters(check, Stream.concat(all.stream(), bad.stream()).toList(), kinds);
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

  boolean isEmpty() {
    return total.isEmpty();
  }

  boolean isKnownAt(long millis) {
    return total.stream().anyMatch(series -> series.timestamps()[0] <= millis);
  }

  /// Returns whether the histogram of this side has no bucket for one of the boundaries.
  boolean lacksAny(List<Double> boundaries) {
    return !isEmpty() && !kinds.keySet().containsAll(boundaries);
  }

  /// Returns the boundaries at which this side can be compared with another one.
  List<Double> boundariesWith(SideCounters other) {
    return switch (check.subject()) {
      case ERRORS -> List.of();
      case ANSWERS -> AnswerClass.BOUNDARIES;
      case LATENCY -> {
        if (!check.boundaries().isEmpty()) {
          yield check.boundaries();
        }
        List<Double> common =
            kinds.keySet().stream()
                .filter(boundary -> boundary >= MIN_BOUNDARY && Double.isFinite(boundary))
                .filter(other.kinds::containsKey)
                .toList();
        var chosen = new TreeSet<Double>();
        int count = Math.min(common.size(), MAX_BOUNDARIES);
        for (int i = 0; i < count; i++) {
          chosen.add(common.get(i * common.size() / count));
        }
        yield List.copyOf(chosen);
      }
    };
  }

  /// Returns the routes to compare with another side: those of the previous reading, then the
  /// busiest ones.
  List<String> routesWith(SideCounters other, Optional<List<Reading.Route>> before) {
    if (check.routeLabel().isEmpty()) {
      return List.of();
    }
    var busy = new HashMap<String, Double>();
    for (SideCounters side : List.of(this, other)) {
      for (RangeMatrix.Series series : side.total) {
        double requests = series.values()[series.size() - 1];
        busy.merge(side.route(series), Double.isFinite(requests) ? requests : 0, Double::sum);
      }
    }
    busy.remove(""); // counters without a route
    var routes = new LinkedHashSet<String>();
    before.ifPresent(known -> known.forEach(route -> routes.add(route.name())));
    busy.entrySet().stream()
        .sorted(
            Map.Entry.<String, Double>comparingByValue()
                .reversed()
                .thenComparing(Map.Entry.comparingByKey(Comparator.naturalOrder())))
        .forEach(
            route -> {
              if (routes.size() < MAX_ROUTES) {
                routes.add(route.getKey());
              }
            });
    return List.copyOf(routes);
  }

  private String route(RangeMatrix.Series series) {
    return check.routeLabel().isEmpty() ? "" : series.labels().get(check.routeLabel());
  }

  Reading.Side side(
      List<Double> boundaries,
      List<String> routes,
      Function<RangeMatrix.Series, CounterIncrease> increase) {
    var known = new IdentityHashMap<RangeMatrix.Series, CounterIncrease>();
    Function<RangeMatrix.Series, CounterIncrease> once =
        series -> known.computeIfAbsent(series, increase);
    Reading.Route all = counts("", boundaries, once);
    long newest = total.stream().mapToLong(each -> once.apply(each).newestMillis()).max().orElse(0);
    return new Reading.Side(
        all.total(),
        all.bad(),
        total.size(),
        known.values().stream().mapToInt(CounterIncrease::resets).max().orElse(0),
        known.values().stream().mapToInt(CounterIncrease::notNumbers).sum(),
        newest,
        routes.stream().map(route -> counts(route, boundaries, once)).toList());
  }

  private List<Double> counted(List<Double> boundaries) {
    return check.subject() == Check.Subject.ERRORS ? ONE_KIND : boundaries;
  }

  /// Counts the requests of a route; of all routes if its name is empty.
  private Reading.Route counts(
      String route,
      List<Double> boundaries,
      Function<RangeMatrix.Series, CounterIncrease> increase) {
    double requests = sum(route, total, increase);
    var bad = new ArrayList<Double>();
    for (double boundary : counted(boundaries)) {
      double counted = sum(route, kinds.getOrDefault(boundary, List.of()), increase);
      bad.add(check.subject() == Check.Subject.LATENCY ? requests - counted : counted);
    }
    return new Reading.Route(route, requests, bad);
  }

  private double sum(
      String route,
      Collection<RangeMatrix.Series> allSeries,
      Function<RangeMatrix.Series, CounterIncrease> increase) {
    return allSeries.stream()
        .filter(series -> route.isEmpty() || route(series).equals(route))
        .mapToDouble(series -> increase.apply(series).increase())
        .sum();
  }

  /// Returns whether a counter increased after a time.
  boolean hasRequests(long fromMillis, long toMillis) {
    return Arrays.stream(bins(total, fromMillis, toMillis)).anyMatch(it -> it > 0);
  }

  /// Returns how long both sides had requests after a time, from the first of this side to the last
  /// of the baseline, in milliseconds; null if the baseline had none.
  @Nullable Long besideMillis(SideCounters baseline, long fromMillis, long toMillis) {
    if (toMillis <= fromMillis) {
      return null;
    }
    double[] own = bins(total, fromMillis, toMillis);
    double[] others = bins(baseline.total, fromMillis, toMillis);
    int first = 0;
    while (first < own.length && own[first] == 0) {
      first++;
    }
    int last = others.length;
    while (last > 0 && others[last - 1] == 0) {
      last--;
    }
    return last == 0 ? null : Math.max(0, last - first) * BIN;
  }

  /// Returns the mean size of the bursts of each kind of bad request.
  List<Double> dispersion(List<Double> boundaries, long fromMillis, long toMillis) {
    double[] requests = bins(total, fromMillis, toMillis);
    var each = new ArrayList<Double>();
    for (double boundary : counted(boundaries)) {
      double[] bad = bins(kinds.getOrDefault(boundary, List.of()), fromMillis, toMillis);
      var bins = new ArrayList<Dispersion.Bin>();
      for (int i = 0; i < requests.length; i++) {
        double count = check.subject() == Check.Subject.LATENCY ? requests[i] - bad[i] : bad[i];
        bins.add(new Dispersion.Bin(requests[i], Math.clamp(count, 0, requests[i])));
      }
      each.add(Dispersion.of(bins));
    }
    return each;
  }

  /// Returns the sums of the counters' increases in each interval of [#BIN] milliseconds.
  private static double[] bins(List<RangeMatrix.Series> allSeries, long fromMillis, long toMillis) {
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
          bins[(int) ((at - fromMillis - 1) / BIN)] += value < previous ? value : value - previous;
        }
        previous = value;
      }
    }
    return bins;
  }
}
