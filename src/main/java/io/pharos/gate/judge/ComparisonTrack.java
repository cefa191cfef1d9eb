package io.pharos.gate.judge;

import io.pharos.gate.judge.AttributionEvidence.Interval;
import io.pharos.gate.policy.Check;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// The evidence of one comparison after each observation.
///
/// @param points one for each observation
record ComparisonTrack(List<Point> points) {
  ComparisonTrack {
    points = List.copyOf(points);
  }

  /// The evidence after one observation.
  ///
  /// @param logEvidence natural logarithm; 0 without data
  /// @param logBetter natural logarithm of the evidence that the candidate is better
  /// @param all the requests of all routes, at any boundary
  /// @param worst the kind of bad request with the most evidence
  /// @param routes logarithms of the evidence of each route
  record Point(
      double logEvidence, double logBetter, Interval all, Kind worst, Map<String, Double> routes) {
    /// Returns the routes on which the candidate is worse, with a false discovery rate of at most
    /// `alpha`: e-BH (Wang and Ramdas, arXiv 2009.02824). Of m routes, the k with the most evidence
    /// are worse if each has evidence of at least m / (k alpha).
    List<String> worseRoutes(double alpha) {
      List<Map.Entry<String, Double>> sorted =
          routes.entrySet().stream()
              .sorted(Map.Entry.<String, Double>comparingByValue(Comparator.reverseOrder()))
              .toList();
      for (int k = sorted.size(); k > 0; k--) {
        if (sorted.get(k - 1).getValue() >= Math.log(sorted.size() / (k * alpha))) {
          return sorted.stream().limit(k).map(Map.Entry::getKey).toList();
        }
      }
      return List.of();
    }
  }

  /// One kind of bad request.
  ///
  /// @param route empty if the requests of all routes are counted
  /// @param boundary upper bound of good request times in seconds, or the class of an answer; NaN
  ///   if failed requests are counted
  /// @param counts total counts
  /// @param degree of the root of the evidence, because bad requests come in bursts
  record Kind(String route, double boundary, Interval counts, double degree) {}

  private static final Point NO_POINT =
      new Point(
          0,
          0,
          PairedEvidence.NOTHING,
          new Kind("", Double.NaN, PairedEvidence.NOTHING, 1),
          Map.of());

  static ComparisonTrack of(Check.Comparing check, CheckView view) {
    return switch (check) {
      case Check.Relative relative -> ofCounters(relative, view);
      case Check.Paired paired -> ofPairs(paired, view);
    };
  }

  private static ComparisonTrack ofPairs(Check.Paired check, CheckView view) {
    var points = new ArrayList<Point>();
    var evidence = new PairedEvidence(check.theta0(), 1);
    for (Observation observation : view.observations()) {
      if (observation.of(check) instanceof Reading.Pairs pairs) {
        evidence.add(
            new Interval(
                pairs.pairs(), pairs.pairs(), pairs.candidateFailed(), pairs.baselineFailed()));
      }
      points.add(
          new Point(
              evidence.log(),
              evidence.logBetter(),
              evidence.sum(),
              new Kind("", Double.NaN, evidence.sum(), evidence.degree()),
              Map.of()));
    }
    return new ComparisonTrack(points);
  }

  private static ComparisonTrack ofCounters(Check.Relative check, CheckView view) {
    var points = new ArrayList<Point>();
    var beside = new Against(check.theta0());
    var dayBefore = new Against(check.theta0());
    Point point = NO_POINT;
    for (Observation observation : view.observations()) {
      if (view.isCounted(check, observation)
          && observation.of(check) instanceof Reading.Comparison now
          && !now.candidate().bad().isEmpty()
          && now.candidate().bad().size() == now.baseline().bad().size()) {
        beside.add(now, now.baseline());
        point = beside.point();
        Reading.Side day = now.dayBefore();
        if (day != null) {
          dayBefore.add(now, day);
          Point other = dayBefore.point();
          // A time of day that is always worse is not the candidate's fault.
          point = other.logEvidence() < point.logEvidence() ? other : point;
        }
      }
      points.add(point);
    }
    return new ComparisonTrack(points);
  }

  /// Identifies a kind of bad request.
  ///
  /// @param index of the boundary
  private record Key(String route, int index) {}

  /// The comparison with one baseline.
  private static final class Against {
    private final double theta0;
    private final IntervalCut<Key> cut = new IntervalCut<>();
    private final Map<Key, PairedEvidence> kinds = new HashMap<>();
    private OptionalLong from = OptionalLong.empty();
    private List<Double> boundaries = List.of();

    Against(double theta0) {
      this.theta0 = theta0;
    }

    void add(Reading.Comparison now, Reading.Side baseline) {
      boundaries = now.boundaries();
      var reached =
          new IntervalCut.Reached<>(
              now.candidate().newestMillis(),
              OptionalLong.of(baseline.newestMillis()),
              counts(now.candidate(), baseline));
      if (from.isPresent() && from.getAsLong() != now.fromMillis()) {
        cut.restart(reached);
      } else {
        cut.end(reached)
            .forEach(
                (key, interval) ->
                    kinds
                        .computeIfAbsent(key, _ -> new PairedEvidence(theta0, before(now, key)))
                        .add(interval));
      }
      from = OptionalLong.of(now.fromMillis());
    }

    private static double before(Reading.Comparison now, Key key) {
      return now.dispersion().isEmpty() ? Dispersion.UNKNOWN : now.dispersion().get(key.index());
    }

    private static Map<Key, Interval> counts(Reading.Side candidate, Reading.Side baseline) {
      var counts = new HashMap<Key, Interval>();
      put(counts, route(candidate), route(baseline));
      var others = new HashMap<String, Reading.Route>();
      routes(baseline).forEach(route -> others.put(route.name(), route));
      for (Reading.Route route : routes(candidate)) {
        put(counts, route, others.get(route.name()));
      }
      return counts;
    }

    private static Reading.Route route(Reading.Side side) {
      return new Reading.Route("", side.total(), side.bad());
    }

    private static List<Reading.Route> routes(Reading.Side side) {
      List<Reading.Route> routes = side.routes();
      return routes == null ? List.of() : routes;
    }

    private static void put(
        Map<Key, Interval> counts, Reading.Route candidate, Reading.@Nullable Route baseline) {
      for (int i = 0; i < candidate.bad().size(); i++) {
        counts.put(
            new Key(candidate.name(), i),
            new Interval(
                Math.round(candidate.total()),
                baseline == null ? 0 : Math.round(baseline.total()),
                Math.round(candidate.bad().get(i)),
                baseline == null ? 0 : Math.round(baseline.bad().get(i))));
      }
    }

    /* The mean of evidence is evidence. A fault of all routes and a fault of one route get half of
     * the weight each. */
    Point point() {
      if (kinds.isEmpty()) {
        return NO_POINT;
      }
      var logs = new TreeMap<String, List<Double>>();
      kinds.forEach(
          (key, evidence) ->
              logs.computeIfAbsent(key.route(), _ -> new ArrayList<>()).add(evidence.log()));
      var routes = new TreeMap<String, Double>();
      logs.forEach((route, each) -> routes.put(route, mean(each)));
      Double all = routes.remove("");
      double overall = all == null ? 0 : all;
      double log =
          routes.isEmpty() ? overall : LogSpace.mean(overall, mean(List.copyOf(routes.values())));
      PairedEvidence total = kinds.get(new Key("", 0));
      return total == null ? NO_POINT : new Point(log, better(), total.sum(), worst(), routes);
    }

    private double better() {
      return LogSpace.mean(
          kinds.entrySet().stream()
              .filter(each -> each.getKey().route().isEmpty())
              .mapToDouble(each -> each.getValue().logBetter())
              .toArray());
    }

    /* A fault of all routes is shown as one, even if the evidence of the busiest route is a little
     * stronger; of equal evidence, the worst class or the longest time is shown. */
    private Kind worst() {
      Map.Entry<Key, PairedEvidence> worst =
          Collections.max(
              kinds.entrySet(),
              Comparator.<Map.Entry<Key, PairedEvidence>>comparingDouble(
                      each ->
                          Math.max(0, each.getValue().log())
                              * (each.getKey().route().isEmpty() ? 2 : 1))
                  .thenComparing(each -> each.getKey().route(), Comparator.reverseOrder())
                  .thenComparingInt(each -> each.getKey().index()));
      Key key = worst.getKey();
      PairedEvidence evidence = worst.getValue();
      return new Kind(key.route(), boundary(key), evidence.sum(), evidence.degree());
    }

    private double boundary(Key key) {
      return boundaries.isEmpty() ? Double.NaN : boundaries.get(key.index());
    }

    private static double mean(List<Double> logs) {
      return LogSpace.mean(logs.stream().mapToDouble(Double::doubleValue).toArray());
    }
  }
}
