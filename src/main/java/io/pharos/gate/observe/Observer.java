package io.pharos.gate.observe;

import io.pharos.gate.deployment.Deployment;
import io.pharos.gate.judge.Attribution;
import io.pharos.gate.judge.CheckView;
import io.pharos.gate.judge.Observation;
import io.pharos.gate.judge.Reading;
import io.pharos.gate.policy.Check;
import io.pharos.gate.policy.ComparisonSide;
import io.pharos.gate.policy.GatePolicy;
import io.pharos.gate.policy.PolicyText;
import io.pharos.model.StaleMarker;
import io.pharos.promql.value.QueryException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Makes one reading for each check of a policy. If a source cannot answer, the reading is
/// [Reading.Unavailable], never an empty reading. Data from before the candidate's start is
/// ignored.
public record Observer(GateSources sources) {
  /// Makes the readings of all checks.
  ///
  /// @param since start of the deployment, or the earliest time that the gate considers
  /// @param earlier previous observations, in order of time
  public Observation observe(
      GatePolicy policy,
      Deployment deployment,
      Instant since,
      Instant now,
      List<Observation> earlier) {
    return new Round(policy, deployment, since, now, earlier).observe();
  }

  /// Makes one observation.
  private final class Round {
    private final GatePolicy policy;
    private final Deployment deployment;
    private final Instant since;
    private final Instant now;
    private final List<Observation> earlier;
    private final SampleReader samples;
    private CandidateStart start = CandidateStart.UNDETECTABLE;
    private @Nullable String startProblem;

    Round(
        GatePolicy policy,
        Deployment deployment,
        Instant since,
        Instant now,
        List<Observation> earlier) {
      this.policy = policy;
      this.deployment = deployment;
      this.since = since;
      this.now = now;
      this.earlier = earlier;
      this.samples = new SampleReader(sources.evaluator(), since, now);
    }

    /* In every policy, the checks that determine the candidate's start come first, so `start` is
     * set before the other checks are read. */
    Observation observe() {
      var readings = new TreeMap<String, Reading>();
      for (Check check : policy.checks()) {
        readings.put(check.id(), read(check));
      }
      var seen = new Observation(now.toEpochMilli(), readings);
      for (Check check : policy.checks()) {
        if (!CheckView.hasData(check, policy, deployment, seen)) {
          fault(check).ifPresent(fault -> readings.put(check.id(), fault));
        }
      }
      return new Observation(now.toEpochMilli(), readings);
    }

    /* Missing data of a target whose page fails is named as that. */
    private Optional<Reading> fault(Check check) {
      return switch (check) {
        case Check.Version _, Check.Restarts _, Check.Bound _, Check.Relative _, Check.Gauge _ ->
            check.templates().stream()
                .map(text -> PolicyText.matchers(text.expand(deployment)))
                .map(sources.targetFaults()::of)
                .flatMap(Optional::stream)
                .findFirst()
                .map(Reading.Unavailable::new);
        case Check.UnprovenVersion _,
            Check.Probes _,
            Check.Alerts _,
            Check.Paired _,
            Check.Budget _ ->
            Optional.empty();
      };
    }

    private Reading read(Check check) {
      try {
        return switch (check) {
          case Check.UnprovenVersion _ -> new Reading.Unproven();
          case Check.Version version -> versions(version);
          case Check.Restarts restarts -> processes(restarts);
          case Check.Probes probes -> probes(probes);
          case Check.Alerts alerts -> alerts(alerts);
          case Check.Bound bound -> ifObserved(() -> counts(bound));
          case Check.Relative relative -> ifObserved(() -> comparison(relative));
          case Check.Paired paired -> ifObserved(() -> pairs(paired));
          case Check.Gauge gauge -> ifObserved(() -> comparisons().levels(gauge));
          case Check.Budget budget ->
              new BudgetReader(sources.evaluator())
                  .read(
                      budget,
                      deployment,
                      since,
                      now,
                      last(budget, Reading.Budget.class, _ -> true));
        };
      } catch (QueryException e) {
        return unavailable(check, e.kind().errorType() + ": " + e.reason());
      } catch (RuntimeException e) {
        // A failure of one source must not affect the checks that read other sources.
        return unavailable(check, "the source failed: " + e);
      }
    }

    private Reading unavailable(Check check, String reason) {
      if (check instanceof Check.Version || check instanceof Check.Restarts) {
        startProblem = "the start of the candidate is unknown: " + reason;
      }
      return new Reading.Unavailable(reason);
    }

    private Reading versions(Check.Version check) {
      long sinceMillis = since.toEpochMilli();
      var instances = new ArrayList<Reading.Instance>();
      var seen = new HashMap<CandidateStart.Target, Long>();
      for (SampleReader.Series series : samples.read(check.selector().expand(deployment))) {
        boolean before = false;
        long first = 0;
        long last = 0;
        int count = 0;
        for (int i = 0; i < series.times().length; i++) {
          if (StaleMarker.is(series.values()[i])) {
            continue;
          }
          if (series.times()[i] <= sinceMillis) {
            before = true;
          } else {
            last = series.times()[i];
            first = count++ == 0 ? last : first;
          }
        }
        if (count > 0) {
          String version = series.labels().get(check.label());
          instances.add(
              new Reading.Instance(
                  series.labels().toString(),
                  version,
                  first,
                  last,
                  count,
                  series.gone(),
                  series.labels().get(check.shaLabel()),
                  series.labels().get(check.digestLabel())));
          if (version.equals(deployment.version())) {
            seen.merge(CandidateStart.Target.of(series.labels()), before ? 0 : first, Math::min);
          }
        }
      }
      start = new CandidateStart(true, seen);
      return new Reading.Versions(instances);
    }

    private Reading processes(Check.Restarts check) {
      var processes = new ArrayList<Reading.Process>();
      var seen = new HashMap<CandidateStart.Target, Long>();
      for (SampleReader.Series series : samples.read(check.selector().expand(deployment))) {
        ProcessStarts.of(since.toEpochMilli(), series.times(), series.values())
            .ifPresent(
                starts -> {
                  processes.add(
                      new Reading.Process(
                          series.labels().withoutMetricName().toString(),
                          starts.startedMillis(),
                          starts.isNew(),
                          starts.restarts(),
                          starts.lastMillis(),
                          series.gone()));
                  if (starts.isNew()) {
                    seen.merge(
                        CandidateStart.Target.of(series.labels()), starts.seenMillis(), Math::min);
                  }
                });
      }
      start = start.refinedBy(seen);
      return new Reading.Processes(processes, baselineStarts(check));
    }

    private @Nullable Integer baselineStarts(Check.Restarts check) {
      return check.selector().hasBaseline(deployment)
          ? samples.read(check.selector().expand(deployment, ComparisonSide.BASELINE)).stream()
              .map(one -> ProcessStarts.of(since.toEpochMilli(), one.times(), one.values()))
              .mapToInt(starts -> starts.map(ProcessStarts::count).orElse(0))
              .max()
              .orElse(0)
          : null;
    }

    private Reading probes(Check.Probes check) {
      List<String> names = names(check, ComparisonSide.CANDIDATE);
      List<String> others =
          check.names().stream().allMatch(name -> name.hasBaseline(deployment))
              ? names(check, ComparisonSide.BASELINE)
              : List.of();
      return switch (sources.candidateProbes().read(names, since, now)) {
        case CandidateProbes.Answer.Unknown(String reason) -> new Reading.Unavailable(reason);
        case CandidateProbes.Answer.Known(var results) -> {
          long from = start.first(since.toEpochMilli());
          var baseline = ProbeRows.of(baselineProbes(others), policy.maxAge());
          var rows = ProbeRows.of(results, policy.maxAge());
          yield new Reading.Probes(
              start.isAwaited() ? rows.before(baseline) : rows.since(from, baseline),
              from,
              baseline.since(since.toEpochMilli(), ProbeRows.NONE));
        }
      };
    }

    private List<String> names(Check.Probes check, ComparisonSide side) {
      return check.names().stream().map(name -> name.expandPlain(deployment, side)).toList();
    }

    /* The baseline's probes only serve for comparison: if they are unknown, there is no baseline. */
    private List<CandidateProbes.Result> baselineProbes(List<String> names) {
      return switch (sources.candidateProbes().read(names, since, now)) {
        case CandidateProbes.Answer.Unknown _ -> List.of();
        case CandidateProbes.Answer.Known(var results) -> results;
      };
    }

    private Reading alerts(Check.Alerts check) {
      var attribution = new Attribution(policy, deployment, start.instances());
      var answer = sources.firingAlerts().read(now, labels -> attribution.mayCount(check, labels));
      return switch (answer) {
        case FiringAlerts.Answer.Unknown(String reason) -> new Reading.Unavailable(reason);
        case FiringAlerts.Answer.Known(int rules, Instant evaluatedAt, var alerts) ->
            new Reading.Alerts(
                rules,
                evaluatedAt.toEpochMilli(),
                alerts.stream()
                    .filter(alert -> attribution.counts(check, alert.labels()))
                    .map(
                        alert ->
                            new Reading.ActiveAlert(
                                alert.labels().toMap(),
                                alert.activeAt().toEpochMilli(),
                                alert.firing(),
                                alert.silenced(),
                                attribution.attribute(alert.labels())))
                    .toList(),
                start.isAwaited() ? Long.MAX_VALUE : start.first(since.toEpochMilli()));
      };
    }

    /// Makes a reading if the candidate has been observed.
    private Reading ifObserved(Supplier<Reading> reading) {
      if (startProblem != null) {
        return new Reading.Unavailable(startProblem);
      }
      return start.isAwaited() ? new Reading.Awaited() : reading.get();
    }

    /// Returns the time since which requests count. For a check of latency, they count only after
    /// the warm-up.
    private long from(Check.Subject subject) {
      return switch (subject) {
        case ERRORS, ANSWERS -> since.toEpochMilli();
        case LATENCY -> start.first(since.toEpochMilli()) + policy.warmup().toMillis();
      };
    }

    private ComparisonReader comparisons() {
      return new ComparisonReader(sources.evaluator(), samples, deployment, start);
    }

    private Reading comparison(Check.Relative check) {
      return comparisons()
          .read(
              check,
              from(check.subject()),
              last(
                  check,
                  Reading.Comparison.class,
                  reading ->
                      check.subject() != Check.Subject.LATENCY || !reading.boundaries().isEmpty()));
    }

    private Reading pairs(Check.Paired check) {
      String candidate = check.probe().expandPlain(deployment, ComparisonSide.CANDIDATE);
      if (!check.probe().hasBaseline(deployment)) {
        return new Reading.Pairs(candidate, "", 0, 0, 0, 0, "", 0);
      }
      String baseline = check.probe().expandPlain(deployment, ComparisonSide.BASELINE);
      var pair =
          new PairedProbes.Pair(
              deployment.key() + " " + check.id(), candidate, baseline, check.rate());
      PairedProbes.Counts counts = sources.pairedProbes().takeCounts(pair, now, policy.maxGap());
      String reason = counts.reason();
      return new Reading.Pairs(
          candidate,
          baseline,
          counts.pairs(),
          counts.candidateFailed(),
          counts.baselineFailed(),
          counts.unknown(),
          reason == null ? "" : reason,
          counts.newestMillis());
    }

    /// Returns the newest earlier reading of a check that meets a condition.
    private <T extends Reading> Optional<T> last(
        Check check, Class<T> kind, Predicate<T> condition) {
      return earlier.reversed().stream()
          .map(observation -> observation.of(check))
          .filter(kind::isInstance)
          .map(kind::cast)
          .filter(condition)
          .findFirst();
    }

    private Reading counts(Check.Bound check) {
      long from = from(check.subject());
      boolean hasBaseline =
          check.templates().stream().allMatch(text -> text.hasBaseline(deployment));
      return counts(
          check,
          ComparisonSide.CANDIDATE,
          from,
          hasBaseline ? counts(check, ComparisonSide.BASELINE, from, null) : null);
    }

    private Reading.Counts counts(
        Check.Bound check,
        ComparisonSide side,
        long fromMillis,
        Reading.@Nullable Counts baseline) {
      var total = sum(check.total(), side, fromMillis);
      boolean countsGood = !check.good().isEmpty();
      var goodOrBad = sum(countsGood ? check.good() : check.bad(), side, fromMillis);
      return new Reading.Counts(
          fromMillis,
          total.increase,
          countsGood ? total.increase - goodOrBad.increase : goodOrBad.increase,
          total.series,
          countsGood ? goodOrBad.series : -1,
          Math.max(total.resets, goodOrBad.resets),
          total.notNumbers + goodOrBad.notNumbers,
          total.newestMillis,
          total.series > 0 && total.gone == total.series,
          baseline);
    }

    /// Sums over the counters of one side.
    private static final class Sum {
      double increase;
      int series;
      int gone;
      int resets;
      int notNumbers;
      long newestMillis;
    }

    private Sum sum(List<PolicyText> selectors, ComparisonSide side, long fromMillis) {
      var sum = new Sum();
      for (PolicyText selector : selectors) {
        for (SampleReader.Series series : samples.read(selector.expand(deployment, side))) {
          OptionalLong born =
              side == ComparisonSide.CANDIDATE ? start.born(series.labels()) : OptionalLong.empty();
          long from =
              born.isPresent()
                  ? fromMillis
                  : Math.max(fromMillis, start.first(since.toEpochMilli()));
          var increase =
              CounterIncrease.after(
                  since.toEpochMilli(), from, born, series.times(), series.values());
          sum.increase += increase.increase();
          sum.series++;
          sum.gone += series.gone() ? 1 : 0;
          sum.resets += increase.resets();
          sum.notNumbers += increase.notNumbers();
          sum.newestMillis = Math.max(sum.newestMillis, increase.newestMillis());
        }
      }
      return sum;
    }
  }
}
