package io.pharos.release.gate;

import static java.util.Objects.requireNonNull;

import io.pharos.model.LabelMatcher;
import io.pharos.model.PromDuration;
import io.pharos.model.StaleMarker;
import io.pharos.promql.value.Evaluator;
import io.pharos.promql.value.QueryException;
import io.pharos.promql.value.RangeMatrix;
import io.pharos.release.deploy.Deployment;
import io.pharos.release.deploy.MatcherList;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;

/// Asks every source that a policy's checks need, once. What a source can't say becomes
/// [Reading.Unavailable], never an empty answer.
final class Observer {
  /// How far before the deployment a counter's last value is looked for.
  private static final Duration LOOKBACK = Duration.ofMinutes(5);

  /// How far into the future samples are looked for, so that a clock ahead is seen as such and not
  /// as missing data.
  private static final Duration LOOKAHEAD = Duration.ofMinutes(1);

  /// The most series that one selector may match.
  private static final int MAX_SERIES = 10_000;

  private final Evaluator evaluator;
  private final FiringAlerts firingAlerts;
  private final CandidateProbes candidateProbes;
  private final PairedProbes pairedProbes;
  private final BudgetReader budgets;
  private final ComparisonReader comparisons = new ComparisonReader(this::raw);

  Observer(GateSources sources) {
    this(
        sources.evaluator(),
        sources.firingAlerts(),
        sources.candidateProbes(),
        sources.pairedProbes());
  }

  private Observer(
      Evaluator evaluator,
      FiringAlerts firingAlerts,
      CandidateProbes candidateProbes,
      PairedProbes pairedProbes) {
    this.budgets = new BudgetReader(evaluator);
    this.pairedProbes = requireNonNull(pairedProbes, "pairedProbes is null");
    this.evaluator = requireNonNull(evaluator, "evaluator is null");
    this.firingAlerts = requireNonNull(firingAlerts, "firingAlerts is null");
    this.candidateProbes = requireNonNull(candidateProbes, "candidateProbes is null");
  }

  /// @param since when the deployment started, as far as the gate looks back
  /// @param earlier what was observed before
  Observation observe(
      GatePolicy policy,
      Deployment deployment,
      Instant since,
      Instant now,
      List<Observation> earlier) {
    var readings = new TreeMap<String, Reading>();
    long servingSince = since.toEpochMilli();
    for (Check check : policy.checks()) {
      Reading reading = read(check, policy, deployment, since, servingSince, now, earlier);
      readings.put(check.id(), reading);
      if (reading instanceof Reading.Versions versions) {
        servingSince = firstSeen(versions, deployment.version(), servingSince);
      }
    }
    return new Observation(now.toEpochMilli(), readings);
  }

  /// When the announced version was first seen; `otherwise` if it was not.
  private static long firstSeen(Reading.Versions versions, String version, long otherwise) {
    return versions.instances().stream()
        .filter(instance -> instance.version().equals(version) && instance.samples() > 0)
        .mapToLong(Reading.Instance::firstMillis)
        .min()
        .orElse(otherwise);
  }

  private Reading read(
      Check check,
      GatePolicy policy,
      Deployment deployment,
      Instant since,
      long servingSince,
      Instant now,
      List<Observation> earlier) {
    try {
      return switch (check) {
        case Check.Version version -> versions(version, deployment, since, now);
        case Check.Probes probes -> probes(probes, policy, deployment, since, now);
        case Check.Alerts alerts -> alerts(alerts, deployment, now);
        case Check.Bound bound ->
            switch (bound.subject()) {
              case ERRORS -> counts(bound, deployment, since, since.toEpochMilli(), now);
              case LATENCY ->
                  counts(bound, deployment, since, servingSince + policy.warmup().toMillis(), now);
            };
        case Check.Relative relative ->
            comparisons.read(
                relative,
                deployment,
                since,
                switch (relative.subject()) {
                  case ERRORS -> since.toEpochMilli();
                  case LATENCY -> servingSince + policy.warmup().toMillis();
                },
                now,
                last(relative, earlier));
        case Check.Paired paired -> pairs(paired, policy, deployment, now);
        case Check.Gauge gauge -> comparisons.levels(gauge, deployment, since, now);
        case Check.Budget budget ->
            budgets.read(budget, deployment, since, now, lastBudget(budget, earlier));
      };
    } catch (QueryException e) {
      return new Reading.Unavailable(e.kind().errorType() + ": " + e.reason());
    } catch (RuntimeException e) {
      // A source that breaks is trouble with telemetry; it must not take the other checks along.
      return new Reading.Unavailable("the source broke: " + e);
    }
  }

  private static Optional<Reading.Budget> lastBudget(
      Check.Budget check, List<Observation> earlier) {
    for (Observation observation : earlier.reversed()) {
      if (observation.of(check) instanceof Reading.Budget reading) {
        return Optional.of(reading);
      }
    }
    return Optional.empty();
  }

  private Reading pairs(Check.Paired check, GatePolicy policy, Deployment deployment, Instant now) {
    String candidate = check.probe().expandPlain(deployment, Side.CANDIDATE);
    if (!check.probe().hasBaseline(deployment)) {
      return new Reading.Pairs(candidate, "", 0, 0, 0, 0, "", 0);
    }
    String baseline = check.probe().expandPlain(deployment, Side.BASELINE);
    var pair =
        new PairedProbes.Pair(
            deployment.key() + " " + check.id(), candidate, baseline, check.rate());
    PairedProbes.Taken taken = pairedProbes.take(pair, now, policy.maxGap());
    String reason = taken.reason();
    return new Reading.Pairs(
        candidate,
        baseline,
        taken.pairs(),
        taken.candidateFailed(),
        taken.baselineFailed(),
        taken.unknown(),
        reason == null ? "" : reason,
        taken.newestMillis());
  }

  /// What a comparison found before, if anything that its past is known by.
  private static Optional<Reading.Comparison> last(
      Check.Relative check, List<Observation> earlier) {
    for (Observation observation : earlier.reversed()) {
      if (observation.of(check) instanceof Reading.Comparison reading
          && (check.subject() == Check.Subject.ERRORS || !reading.boundaries().isEmpty())) {
        return Optional.of(reading);
      }
    }
    return Optional.empty();
  }

  private Reading versions(Check.Version check, Deployment deployment, Instant since, Instant now) {
    long sinceMillis = since.toEpochMilli();
    var instances = new ArrayList<Reading.Instance>();
    for (RangeMatrix.Series series : raw(check.selector().expand(deployment), since, now)) {
      long first = 0;
      long last = 0;
      int samples = 0;
      for (int i = 0; i < series.size(); i++) {
        if (series.timestamps()[i] > sinceMillis && !StaleMarker.is(series.values()[i])) {
          last = series.timestamps()[i];
          first = samples++ == 0 ? last : first;
        }
      }
      if (samples > 0) {
        String version = series.labels().get(check.label());
        instances.add(
            new Reading.Instance(series.labels().toString(), version, first, last, samples));
      }
    }
    return new Reading.Versions(instances);
  }

  private Reading probes(
      Check.Probes check, GatePolicy policy, Deployment deployment, Instant since, Instant now) {
    List<String> names =
        check.names().stream().map(template -> template.expandPlain(deployment)).toList();
    return switch (candidateProbes.read(names, since, now)) {
      case CandidateProbes.Answer.Unknown(String reason) -> new Reading.Unavailable(reason);
      case CandidateProbes.Answer.Known(var results) ->
          new Reading.Probes(
              results.stream().map(result -> run(result, policy.maxAge().toMillis())).toList());
    };
  }

  /// The last row of equal results. A gap in time ends a row: nobody knows what happened in it.
  private static Reading.Probe run(CandidateProbes.Result result, long maxGapMillis) {
    int ok = 0;
    int failed = 0;
    long firstOk = 0;
    long runSince = 0;
    long last = 0;
    for (int i = 0; i < result.times().size(); i++) {
      long time = result.times().get(i);
      if (i > 0 && time - last > maxGapMillis) {
        ok = 0;
        failed = 0;
      }
      last = time;
      if (result.ok().get(i)) {
        runSince = ok == 0 ? last : runSince;
        firstOk = firstOk == 0 ? last : firstOk;
        ok++;
        failed = 0;
      } else {
        runSince = failed == 0 ? last : runSince;
        failed++;
        ok = 0;
      }
    }
    return new Reading.Probe(result.name(), ok, failed, firstOk, runSince, last);
  }

  private Reading alerts(Check.Alerts check, Deployment deployment, Instant now) {
    return switch (firingAlerts.read(now)) {
      case FiringAlerts.Answer.Unknown(String reason) -> new Reading.Unavailable(reason);
      case FiringAlerts.Answer.Known(int rules, Instant evaluatedAt, var alerts) ->
          new Reading.Alerts(
              rules,
              evaluatedAt.toEpochMilli(),
              alerts.stream()
                  .filter(alert -> counts(check, deployment, alert))
                  .map(
                      alert ->
                          new Reading.ActiveAlert(
                              alert.labels().toMap(),
                              alert.activeAt().toEpochMilli(),
                              alert.firing(),
                              alert.silenced()))
                  .toList());
    };
  }

  private static boolean counts(
      Check.Alerts check, Deployment deployment, FiringAlerts.Active alert) {
    boolean severe =
        check.severities().isEmpty() || check.severities().contains(alert.labels().get("severity"));
    return severe
        && check.matchers().stream()
            .allMatch(template -> allMatch(MatcherList.parse(template.expand(deployment)), alert))
        && check.ignore().stream().noneMatch(matchers -> allMatch(matchers, alert));
  }

  private static boolean allMatch(List<LabelMatcher> matchers, FiringAlerts.Active alert) {
    return matchers.stream().allMatch(matcher -> matcher.matches(alert.labels()));
  }

  private Reading counts(
      Check.Bound check, Deployment deployment, Instant since, long fromMillis, Instant now) {
    var total = sum(check.total(), deployment, since, fromMillis, now);
    boolean countsGood = !check.good().isEmpty();
    var other = sum(countsGood ? check.good() : check.bad(), deployment, since, fromMillis, now);
    return new Reading.Counts(
        fromMillis,
        total.increase,
        countsGood ? total.increase - other.increase : other.increase,
        total.series,
        countsGood ? other.series : -1,
        Math.max(total.resets, other.resets),
        total.notNumbers + other.notNumbers,
        total.newestMillis);
  }

  /// The increases of many counters together.
  private static final class Sum {
    double increase;
    int series;
    int resets;
    int notNumbers;
    long newestMillis;
  }

  private Sum sum(
      List<PolicyText> selectors,
      Deployment deployment,
      Instant since,
      long fromMillis,
      Instant now) {
    var sum = new Sum();
    for (PolicyText selector : selectors) {
      for (RangeMatrix.Series series : raw(selector.expand(deployment), since, now)) {
        var increase =
            CounterIncrease.after(
                since.toEpochMilli(), fromMillis, series.timestamps(), series.values());
        sum.increase += increase.increase();
        sum.series++;
        sum.resets += increase.resets();
        sum.notNumbers += increase.notNumbers();
        sum.newestMillis = Math.max(sum.newestMillis, increase.newestMillis());
      }
    }
    return sum;
  }

  private List<RangeMatrix.Series> raw(String selector, Instant since, Instant now) {
    long atMillis = now.plus(LOOKAHEAD).toEpochMilli();
    String expression = query(selector, since, now);
    var value = evaluator.instant(expression, atMillis).value();
    if (!(value instanceof RangeMatrix matrix)) {
      throw new QueryException(
          QueryException.Kind.EXECUTION,
          expression + " is a " + value.typeName() + ", expected a matrix");
    }
    if (matrix.series().size() > MAX_SERIES) {
      throw new QueryException(
          QueryException.Kind.EXECUTION,
          expression
              + " has "
              + matrix.series().size()
              + " series, expected at most "
              + MAX_SERIES);
    }
    return matrix.series();
  }

  /// The expression that a selector's raw samples are read with.
  static String query(String selector, Instant since, Instant now) {
    long window = now.plus(LOOKAHEAD).toEpochMilli() - since.minus(LOOKBACK).toEpochMilli();
    return selector + "[" + PromDuration.format(Math.max(1, window)) + "]";
  }
}
