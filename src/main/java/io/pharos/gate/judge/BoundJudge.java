package io.pharos.gate.judge;

import io.pharos.gate.deployment.Deployment;
import io.pharos.gate.policy.Check;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Judges the checks that compare a fraction of bad requests with a fixed bound.
final class BoundJudge {
  /// Minimum number of observations with new bad requests before a check can fail: the errors of
  /// one burst are not independent.
  private static final int MIN_DISTINCT = 3;

  private BoundJudge() {}

  /// The candidate counts as worse only if its bad fraction exceeds this factor times the
  /// baseline's, so that a small difference does not fail a release.
  private static final double MARGIN = 1.25;

  static CheckResult judge(Check.Bound check, CheckView view) {
    List<String> queries = queries(check, view);
    var sides = new SideBySide(MARGIN);
    boolean isShared = false;
    long mostTotal = 0;
    long mostBad = 0;
    int distinct = 0;
    boolean decreased = false;
    for (Observation observation : view.observations()) {
      if (!view.isCounted(check, observation)
          || !(observation.of(check) instanceof Reading.Counts counts)) {
        continue;
      }
      long total = Math.round(counts.total());
      long bad = Math.round(counts.bad());
      decreased = total < mostTotal || bad < mostBad;
      distinct += bad > mostBad ? 1 : 0;
      mostTotal = Math.max(mostTotal, total);
      mostBad = Math.max(mostBad, bad);
      sides.add(counts);
      double logAbove = BoundEvidence.logAbove(check.pMax(), total, bad);
      isShared = false;
      if (!decreased && distinct >= MIN_DISTINCT && logAbove >= Math.log(BoundEvidence.FAIL_AT)) {
        isShared = !isCause(check, sides);
        if (!isShared) {
          return view.fail(
              code(check.subject()),
              Sentence.of(
                  "%s%s; the bound is %s, evidence %s, fails at %s.",
                  sample(check, total, bad),
                  onBaseline(counts),
                  NumberFormatting.percent(check.pMax()),
                  NumberFormatting.odds(logAbove),
                  NumberFormatting.odds(Math.log(BoundEvidence.FAIL_AT))),
              evidence(check, total, bad, logAbove, null, null, queries));
        }
      }
    }
    Optional<ReadingProblem> problem = view.problem(view.newest());
    if (problem.isPresent()) {
      return view.unknown(problem.get(), queries);
    }
    if (decreased) {
      return view.unknown(
          ReasonCode.TELEMETRY,
          Sentence.of(
              "the counts are lower than the earlier %d bad of %d requests, so samples were lost.",
              mostBad, mostTotal),
          Evidence.none().withQueries(queries));
    }
    if (isShared && view.newest().of(check) instanceof Reading.Counts counts) {
      return view.unknown(
          ReasonCode.SHARED,
          Sentence.of(
              "%s%s. The baseline is as bad; passes when both recover.",
              sample(check, mostTotal, mostBad), onBaseline(counts)),
          evidence(check, mostTotal, mostBad, 0, null, null, queries));
    }
    return weigh(check, view, mostTotal, mostBad, queries);
  }

  /// Returns whether the candidate causes the bad requests: it is worse than the baseline, or it is
  /// above the bound while the baseline has no traffic.
  private static boolean isCause(Check.Bound check, SideBySide sides) {
    double enough = Math.log(BoundEvidence.FAIL_AT);
    return sides.paired().log() >= enough
        || (sides.aloneDistinct() >= MIN_DISTINCT
            && BoundEvidence.logAbove(check.pMax(), sides.alone(), sides.aloneBad()) >= enough);
  }

  private static Sentence onBaseline(Reading.Counts counts) {
    Reading.Counts baseline = counts.baseline();
    return baseline == null || baseline.total() < 1
        ? Sentence.of("")
        : Sentence.of(
            ", on the baseline %d of %d (%s)",
            Math.round(baseline.bad()),
            Math.round(baseline.total()),
            NumberFormatting.percent(baseline.bad() / baseline.total()));
  }

  private static CheckResult weigh(
      Check.Bound check, CheckView view, long total, long bad, List<String> queries) {
    double logBelow = BoundEvidence.logBelow(check.pMax(), total, bad);
    long needed = BoundEvidence.needed(check.pMax(), total, bad);
    if (total == 0
        && view.newest().of(check) instanceof Reading.Counts counts
        && counts.fromMillis() > view.newest().atMillis()) {
      return view.unknown(
          ReasonCode.STARTING,
          Sentence.of(
              "the candidate warms up until %s; passes after %d good requests from then on (the bound is %s).",
              Sentence.time(counts.fromMillis()), needed, NumberFormatting.percent(check.pMax())),
          evidence(check, total, bad, logBelow, needed, null, queries));
    }
    if (total == 0) {
      CheckResult none =
          view.unknown(
              ReasonCode.NO_TRAFFIC,
              Sentence.of(
                  "no request has reached the candidate: send it traffic; passes after %d good requests (the bound is %s).",
                  needed, NumberFormatting.percent(check.pMax())),
              evidence(check, total, bad, logBelow, needed, null, queries));
      return view.untouched(view.newest(check, Reading.Counts.class).fromMillis(), needed, none);
    }
    Sentence found =
        Sentence.of(
            "%s; the bound is %s, evidence %s, passes at %s",
            sample(check, total, bad),
            NumberFormatting.percent(check.pMax()),
            NumberFormatting.odds(logBelow),
            NumberFormatting.odds(Math.log(BoundEvidence.PASS_AT)));
    if (needed == 0) {
      return view.pass(
          Sentence.of("%s.", found), evidence(check, total, bad, logBelow, null, null, queries));
    }
    Long eta = etaSeconds(check, view, total, needed);
    CheckResult more =
        view.unknown(
            ReasonCode.MORE_REQUESTS,
            Sentence.of(
                "%s and after %d more good ones%s.",
                found, needed, Sentence.of(NumberFormatting.eta(eta))),
            evidence(check, total, bad, logBelow, needed, eta, queries));
    long grewMillis = grewMillis(check, view, total);
    return view.isOld(grewMillis) ? view.untouched(grewMillis, needed, more) : more;
  }

  /// Returns the time of the first observation with all requests.
  private static long grewMillis(Check.Bound check, CheckView view, long total) {
    return view.observations().stream()
        .filter(observation -> view.isCounted(check, observation))
        .filter(
            observation ->
                observation.of(check) instanceof Reading.Counts counts
                    && Math.round(counts.total()) >= total)
        .mapToLong(Observation::atMillis)
        .findFirst()
        .orElseThrow();
  }

  private static @Nullable Long etaSeconds(
      Check.Bound check, CheckView view, long total, long needed) {
    if (!(view.newest().of(check) instanceof Reading.Counts counts)) {
      return null;
    }
    long elapsed = view.newest().atMillis() - counts.fromMillis();
    if (elapsed <= 0 || total == 0) {
      return null;
    }
    return Math.ceilDiv(needed * elapsed, total * 1000);
  }

  private static Evidence evidence(
      Check.Bound check,
      long total,
      long bad,
      double log,
      @Nullable Long needed,
      @Nullable Long eta,
      List<String> queries) {
    double fraction = total == 0 ? 0 : (double) bad / total;
    return new Evidence(
        fraction,
        check.pMax(),
        total,
        bad,
        null,
        null,
        Math.exp(Math.min(log, 700)),
        needed,
        eta,
        List.of(),
        queries);
  }

  private static List<String> queries(Check.Bound check, CheckView view) {
    Deployment deployment = view.deployment();
    Instant now = Instant.ofEpochMilli(view.newest().atMillis());
    return Stream.of(check.total(), check.bad(), check.good())
        .flatMap(List::stream)
        .map(selector -> Observation.rangeQuery(selector.expand(deployment), view.since(), now))
        .toList();
  }

  private static ReasonCode code(Check.Subject subject) {
    return switch (subject) {
      case ERRORS -> ReasonCode.ERROR_BOUND;
      case LATENCY -> ReasonCode.LATENCY_BOUND;
      case ANSWERS -> throw new IllegalStateException("answers have no bound");
    };
  }

  private static Sentence sample(Check.Bound check, long total, long bad) {
    return Sentence.of(
        "%d of %d requests %s (%s)",
        bad, total, check.subject().verb(), NumberFormatting.percent((double) bad / total));
  }
}
