package io.pharos.gate.judge;

import io.pharos.gate.deployment.Deployment;
import io.pharos.gate.policy.Check;
import io.pharos.gate.policy.GatePolicy;
import io.pharos.promql.ast.BinaryOp;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// What the observations of a gate show of one check: columns of values, one for each observation,
/// with the numbers that they are compared with. For people: no verdict uses it.
///
/// @param title what the values are
/// @param bounds numbers that the values are compared with; may be empty
public record EvidenceCourse(String title, List<Line> lines, List<Bound> bounds) {
  private static final String CANDIDATE = "new version";
  private static final String BASELINE = "baseline";
  private static final double PERCENT = 100;

  public EvidenceCourse {
    lines = List.copyOf(lines);
    bounds = List.copyOf(bounds);
  }

  /// One column.
  ///
  /// @param isLimit whether the values are a limit for the other lines
  /// @param values NaN where the observation had no data
  public record Line(String name, boolean isLimit, double[] values) {
    /// Whether any observation had data.
    boolean hasData() {
      return Arrays.stream(values).anyMatch(value -> !Double.isNaN(value));
    }
  }

  /// A number that values are compared with.
  ///
  /// @param op `>` or `<` if values beyond it count against the release, `>=` if they count for it
  public record Bound(BinaryOp op, double value) {}

  /// Returns the courses of all checks of a gate by the id of the check. A course without any data
  /// is left out.
  ///
  /// @param since the earliest time that the gate considers
  /// @param observations in order of time
  public static Map<String, List<EvidenceCourse>> of(
      GatePolicy policy, Deployment deployment, Instant since, List<Observation> observations) {
    var tracks = new HashMap<String, ComparisonTrack>();
    var courses = new TreeMap<String, List<EvidenceCourse>>();
    for (Check check : policy.checks()) {
      var view = new CheckView(check, policy, deployment, since, observations, tracks);
      courses.put(
          check.id(),
          observations.isEmpty()
              ? List.of()
              : of(view).stream()
                  .filter(course -> course.lines.stream().anyMatch(Line::hasData))
                  .toList());
    }
    return courses;
  }

  private static List<EvidenceCourse> of(CheckView view) {
    return switch (view.check()) {
      case Check.UnprovenVersion _ -> List.of();
      case Check.Version version -> List.of(versions(version, view));
      case Check.Restarts restarts -> List.of(restarts(restarts, view));
      case Check.Probes probes -> List.of(probes(probes, view));
      case Check.Alerts _ -> List.of(alerts(view));
      case Check.Bound bound -> List.of(rates(bound, view));
      case Check.Comparing comparing -> compared(comparing, view);
      case Check.Gauge gauge -> List.of(levels(gauge, view));
      case Check.Budget _ -> List.of(burns(view));
    };
  }

  /// Returns one line with a value for each observation whose reading is of a kind.
  private static <R extends Reading> Line line(
      String name, CheckView view, Class<R> kind, ToDoubleFunction<R> value) {
    return new Line(
        name,
        false,
        view.observations().stream()
            .map(observation -> observation.of(view.check()))
            .mapToDouble(
                reading ->
                    kind.isInstance(reading) ? value.applyAsDouble(kind.cast(reading)) : Double.NaN)
            .toArray());
  }

  private static EvidenceCourse versions(Check.Version check, CheckView view) {
    return new EvidenceCourse(
        "Instances that run the announced version",
        List.of(
            line(
                CANDIDATE,
                view,
                Reading.Versions.class,
                reading ->
                    reading.instances().stream()
                        .filter(it -> !it.gone())
                        .filter(it -> it.version().equals(view.deployment().version()))
                        .count())),
        List.of(new Bound(BinaryOp.GREATER_OR_EQUAL, check.instances())));
  }

  private static EvidenceCourse restarts(Check.Restarts check, CheckView view) {
    return new EvidenceCourse(
        "Restarts of one process",
        List.of(
            line(
                CANDIDATE,
                view,
                Reading.Processes.class,
                reading ->
                    reading.processes().stream()
                        .mapToInt(Reading.Process::restarts)
                        .max()
                        .orElse(0)),
            line(
                BASELINE,
                view,
                Reading.Processes.class,
                reading -> {
                  Integer starts = reading.baselineStarts();
                  return starts == null ? Double.NaN : starts;
                })),
        List.of(new Bound(BinaryOp.GREATER, check.max())));
  }

  private static EvidenceCourse probes(Check.Probes check, CheckView view) {
    var names = new LinkedHashSet<String>();
    for (Observation observation : view.observations()) {
      if (observation.of(check) instanceof Reading.Probes reading) {
        reading.probes().forEach(probe -> names.add(probe.name()));
      }
    }
    return new EvidenceCourse(
        "Successes in a row, failures in a row below zero",
        names.stream()
            .map(
                name ->
                    line(
                        name,
                        view,
                        Reading.Probes.class,
                        reading ->
                            reading.probes().stream()
                                .filter(probe -> probe.name().equals(name))
                                .mapToDouble(it -> it.ok() > 0 ? it.ok() : -it.failed())
                                .findFirst()
                                .orElse(Double.NaN)))
            .toList(),
        List.of(
            new Bound(BinaryOp.GREATER_OR_EQUAL, check.consecutiveOk()),
            new Bound(BinaryOp.LESS_OR_EQUAL, -check.consecutiveFailed())));
  }

  private static EvidenceCourse alerts(CheckView view) {
    return new EvidenceCourse(
        "Firing alerts",
        List.of(
            line(
                CANDIDATE,
                view,
                Reading.Alerts.class,
                reading -> firing(reading, AlertAttribution.CANDIDATE)),
            line(
                "its service",
                view,
                Reading.Alerts.class,
                reading ->
                    firing(reading, AlertAttribution.SERVICE)
                        + firing(reading, AlertAttribution.SHARED))),
        List.of(new Bound(BinaryOp.GREATER, 0)));
  }

  private static long firing(Reading.Alerts reading, AlertAttribution whose) {
    return reading.alerts().stream()
        .filter(alert -> alert.firing() && alert.whose() == whose)
        .count();
  }

  private static EvidenceCourse rates(Check.Bound check, CheckView view) {
    return new EvidenceCourse(
        "Requests that " + check.subject().verb() + ", in percent",
        List.of(
            line(CANDIDATE, view, Reading.Counts.class, it -> percent(it.bad(), it.total())),
            line(
                BASELINE,
                view,
                Reading.Counts.class,
                it -> {
                  Reading.Counts other = it.baseline();
                  return other == null ? Double.NaN : percent(other.bad(), other.total());
                })),
        List.of(new Bound(BinaryOp.GREATER, check.pMax() * PERCENT)));
  }

  private static double percent(double bad, double total) {
    return total > 0 ? bad / total * PERCENT : Double.NaN;
  }

  /// The rates of the kind of bad request with the most evidence, and the evidence itself.
  private static List<EvidenceCourse> compared(Check.Comparing check, CheckView view) {
    ComparisonTrack track = view.track(check);
    ComparisonTrack.Kind worst = track.points().getLast().worst();
    double[] evidence =
        track.points().stream()
            .mapToDouble(
                point ->
                    point.all().candidate() == 0
                        ? Double.NaN
                        : Math.max(0, point.logEvidence() / Math.log(10)))
            .toArray();
    long family =
        !check.blocking()
            ? 1
            : view.policy().checks().stream()
                .filter(it -> it instanceof Check.Comparing && it.blocking())
                .count();
    List<Line> rates = rates(check, view, worst);
    return List.of(
        new EvidenceCourse(
            "Requests%s that %s, in percent"
                .formatted(
                    worst.route().isEmpty() ? "" : " on " + worst.route(),
                    RelativeJudge.verb(check, worst.boundary())),
            rates,
            List.of()),
        new EvidenceCourse(
            "Evidence that the new version is worse, in powers of ten",
            List.of(new Line("evidence", false, evidence)),
            List.of(
                new Bound(BinaryOp.GREATER_OR_EQUAL, Math.log10(family / view.policy().alpha())))));
  }

  private static List<Line> rates(
      Check.Comparing check, CheckView view, ComparisonTrack.Kind worst) {
    int size = view.observations().size();
    var candidate = new double[size];
    var baseline = new double[size];
    var sums = new double[3];
    for (int i = 0; i < size; i++) {
      candidate[i] = Double.NaN;
      baseline[i] = Double.NaN;
      switch (view.observations().get(i).of(check)) {
        case Reading.Comparison reading -> {
          int boundary = Math.max(0, reading.boundaries().indexOf(worst.boundary()));
          candidate[i] = percent(reading.candidate(), worst.route(), boundary);
          baseline[i] = percent(reading.baseline(), worst.route(), boundary);
        }
        case Reading.Pairs reading -> {
          sums[0] += reading.pairs();
          sums[1] += reading.candidateFailed();
          sums[2] += reading.baselineFailed();
          candidate[i] = percent(sums[1], sums[0]);
          baseline[i] = percent(sums[2], sums[0]);
        }
        case Reading.Unavailable _,
            Reading.Awaited _,
            Reading.Unproven _,
            Reading.Versions _,
            Reading.Processes _,
            Reading.Probes _,
            Reading.Alerts _,
            Reading.Counts _,
            Reading.Levels _,
            Reading.Budget _ -> {}
      }
    }
    double[] tolerated =
        Arrays.stream(baseline).map(rate -> Math.min(PERCENT, rate * check.theta0())).toArray();
    return List.of(
        new Line(CANDIDATE, false, candidate),
        new Line(BASELINE, false, baseline),
        new Line("tolerated", true, tolerated));
  }

  private static double percent(Reading.Side side, String route, int boundary) {
    List<Reading.Route> routes = side.routes();
    if (route.isEmpty() || routes == null) {
      return boundary < side.bad().size()
          ? percent(side.bad().get(boundary), side.total())
          : Double.NaN;
    }
    return routes.stream()
        .filter(it -> it.name().equals(route) && boundary < it.bad().size())
        .mapToDouble(it -> percent(it.bad().get(boundary), it.total()))
        .findFirst()
        .orElse(Double.NaN);
  }

  private static EvidenceCourse levels(Check.Gauge check, CheckView view) {
    var lines = new ArrayList<Line>();
    Line baseline =
        line(
            BASELINE,
            view,
            Reading.Levels.class,
            it -> it.baselineMillis() == 0 ? Double.NaN : it.baseline());
    lines.add(
        line(
            CANDIDATE,
            view,
            Reading.Levels.class,
            it -> it.candidateMillis() == 0 ? Double.NaN : it.candidate()));
    lines.add(baseline);
    if (check.direction() != Check.Direction.DECREASE) {
      lines.add(beyond(baseline, 1 + check.margin()));
    }
    if (check.direction() != Check.Direction.INCREASE) {
      lines.add(beyond(baseline, 1 - check.margin()));
    }
    return new EvidenceCourse("Level of the gauge", lines, List.of());
  }

  private static Line beyond(Line baseline, double factor) {
    return new Line(
        "tolerated", true, Arrays.stream(baseline.values).map(it -> it * factor).toArray());
  }

  private static EvidenceCourse burns(CheckView view) {
    return new EvidenceCourse(
        "Burn rate as a part of the rate that is too fast",
        List.of(
            line(
                "error budget",
                view,
                Reading.Budget.class,
                reading ->
                    reading.burns().stream()
                        .mapToDouble(burn -> burn.slower() / burn.factor())
                        .max()
                        .orElse(Double.NaN))),
        List.of(new Bound(BinaryOp.GREATER_OR_EQUAL, 1)));
  }

  /// The bad requests of both sides on one route, of one class. For people: no verdict uses it.
  ///
  /// @param route empty if the requests of all routes are counted
  /// @param what what the bad requests did, such as `failed` or `took over 0.5 s`
  public record ComparedRate(
      String route, String what, long total, long bad, long baselineTotal, long baselineBad) {
    /// Returns the rates of a comparison's reading: each class of all routes, then each route with
    /// the class in which it differs most from the baseline, the greatest difference first.
    public static List<ComparedRate> of(Check.Relative check, Reading.Comparison reading) {
      List<Double> boundaries =
          reading.boundaries().isEmpty() ? List.of(Double.NaN) : reading.boundaries();
      Reading.Side candidate = reading.candidate();
      Reading.Side baseline = reading.baseline();
      var rates = new ArrayList<ComparedRate>();
      for (int i = 0; i < Math.min(boundaries.size(), candidate.bad().size()); i++) {
        rates.add(
            of(
                RelativeJudge.verb(check, boundaries.get(i)),
                new Reading.Route("", candidate.total(), candidate.bad()),
                new Reading.Route("", baseline.total(), baseline.bad()),
                i));
      }
      Map<String, Reading.Route> others = new HashMap<>();
      routes(baseline).forEach(route -> others.put(route.name(), route));
      routes(candidate).stream()
          .flatMap(
              route ->
                  IntStream.range(0, Math.min(boundaries.size(), route.bad().size()))
                      .mapToObj(
                          i ->
                              of(
                                  RelativeJudge.verb(check, boundaries.get(i)),
                                  route,
                                  others.get(route.name()),
                                  i))
                      .max(Comparator.comparingDouble(ComparedRate::difference))
                      .stream())
          .sorted(
              Comparator.comparingDouble(ComparedRate::difference)
                  .reversed()
                  .thenComparing(ComparedRate::route))
          .forEach(rates::add);
      return rates;
    }

    private static List<Reading.Route> routes(Reading.Side side) {
      List<Reading.Route> routes = side.routes();
      return routes == null ? List.of() : routes;
    }

    private static ComparedRate of(
        String what, Reading.Route candidate, Reading.@Nullable Route baseline, int index) {
      return new ComparedRate(
          candidate.name(),
          what,
          Math.round(candidate.total()),
          Math.round(candidate.bad().get(index)),
          baseline == null ? 0 : Math.round(baseline.total()),
          baseline == null || index >= baseline.bad().size()
              ? 0
              : Math.round(baseline.bad().get(index)));
    }

    /// Whether the candidate's rate is more than `theta0` times the baseline's.
    public boolean isWorse(double theta0) {
      return total > 0
          && baselineTotal > 0
          && rate(bad, total) > theta0 * rate(baselineBad, baselineTotal);
    }

    /// Returns by how much the candidate's rate exceeds the baseline's.
    double difference() {
      return rate(bad, total) - rate(baselineBad, baselineTotal);
    }

    private static double rate(long bad, long total) {
      return total == 0 ? 0 : (double) bad / total;
    }
  }
}
