package io.pharos.gate.judge;

import io.pharos.gate.deployment.Deployment;
import io.pharos.gate.policy.Check;
import io.pharos.gate.policy.ComparisonSide;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Judges the checks that compare the candidate with the baseline beside it.
///
/// All blocking comparisons of a policy share one alpha: if the mean of their evidence reaches
/// 1/alpha, each comparison whose evidence is at least the mean fails. A comparison that does not
/// block is judged alone.
final class RelativeJudge {
  private RelativeJudge() {}

  static CheckResult judge(Check.Comparing check, CheckView view) {
    List<ComparisonTrack> family = new ArrayList<>();
    ComparisonTrack track = ComparisonTrack.of(check, view);
    family.add(track);
    if (check.blocking()) {
      for (Check other : view.policy().checks()) {
        if (other instanceof Check.Comparing comparing
            && comparing.blocking()
            && !comparing.id().equals(check.id())) {
          family.add(ComparisonTrack.of(comparing, view));
        }
      }
    }
    double goal = -Math.log(view.policy().alpha());
    for (int i = 0; i < track.points().size(); i++) {
      int index = i;
      double[] logs =
          family.stream().mapToDouble(each -> each.points().get(index).logEvidence()).toArray();
      double mean = LogSpace.mean(logs);
      ComparisonTrack.Point point = track.points().get(i);
      if (mean >= goal && point.logEvidence() >= mean) {
        return view.fail(
            code(check),
            "%s; the evidence that the candidate is more than %s times worse is %s%s; the check fails at %s."
                .formatted(
                    sample(check, point),
                    NumberFormatting.number(check.theta0()),
                    NumberFormatting.odds(point.logEvidence()),
                    logs.length == 1
                        ? ""
                        : " (%d comparisons have a mean of %s)"
                            .formatted(logs.length, NumberFormatting.odds(mean)),
                    NumberFormatting.odds(goal)),
            evidence(check, view, track, point, null, null));
      }
    }
    return judgeNewest(check, view, track, goal);
  }

  private static CheckResult judgeNewest(
      Check.Comparing check, CheckView view, ComparisonTrack track, double goal) {
    Optional<ReadingProblem> problem = view.problem(view.newest());
    if (problem.isPresent()) {
      return view.unknown(
          problem.get().code(),
          problem.get().text() + ".",
          Evidence.none().withQueries(queries(check, view)));
    }
    ComparisonTrack.Point point = track.points().getLast();
    AttributionEvidence.Interval counts = point.counts();
    if (counts.candidate() == 0 || counts.baseline() == 0) {
      boolean candidate = counts.candidate() == 0;
      return view.unknown(
          candidate ? ReasonCode.NO_TRAFFIC : ReasonCode.NO_BASELINE,
          "0 requests reached the %s, so nothing can be compared; %d on each side are required."
              .formatted(candidate ? "candidate" : "baseline", check.minRequests()),
          evidence(check, view, track, point, (long) check.minRequests(), null));
    }
    String found =
        "%s; the evidence that the candidate is more than %s times worse is %s; the check fails at %s"
            .formatted(
                sample(check, point),
                NumberFormatting.number(check.theta0()),
                NumberFormatting.odds(point.logEvidence()),
                NumberFormatting.odds(goal));
    long needed = check.minRequests() - Math.min(counts.candidate(), counts.baseline());
    if (needed <= 0) {
      return view.pass(found + ".", evidence(check, view, track, point, null, null));
    }
    Long eta = etaSeconds(view, needed, counts);
    return view.unknown(
        ReasonCode.MORE_REQUESTS,
        found
            + ". It passes after %d more requests on each side%s."
                .formatted(needed, NumberFormatting.eta(eta)),
        evidence(check, view, track, point, needed, eta));
  }

  /* Computed from the mean rate of requests since the first observation. */
  private static @Nullable Long etaSeconds(
      CheckView view, long needed, AttributionEvidence.Interval counts) {
    long elapsed = view.newest().atMillis() - view.since().toEpochMilli();
    long fewest = Math.min(counts.candidate(), counts.baseline());
    return elapsed <= 0 || fewest == 0 ? null : Math.ceilDiv(needed * elapsed, fewest * 1000);
  }

  private static Evidence evidence(
      Check.Comparing check,
      CheckView view,
      ComparisonTrack track,
      ComparisonTrack.Point point,
      @Nullable Long needed,
      @Nullable Long eta) {
    AttributionEvidence.Interval counts = point.counts();
    return new Evidence(
        fraction(counts.candidateErrors(), counts.candidate()),
        check.theta0() * fraction(counts.baselineErrors(), counts.baseline()),
        counts.candidate(),
        counts.candidateErrors(),
        counts.baseline(),
        counts.baselineErrors(),
        Math.exp(Math.min(point.logEvidence(), 700)),
        needed,
        eta,
        track.dispersion() > 1
            ? List.of(
                "bad requests come in bursts of up to %s requests, so the evidence is reduced to its root of degree %s"
                    .formatted(
                        NumberFormatting.number(track.dispersion()),
                        NumberFormatting.number(track.dispersion())))
            : List.of(),
        queries(check, view));
  }

  private static List<String> queries(Check.Comparing check, CheckView view) {
    if (!(check instanceof Check.Relative)) {
      return List.of();
    }
    Deployment deployment = view.deployment();
    Instant now = Instant.ofEpochMilli(view.newest().atMillis());
    return Stream.of(ComparisonSide.values())
        .flatMap(side -> check.templates().stream().map(text -> text.expand(deployment, side)))
        .map(selector -> Observation.rangeQuery(selector, view.since(), now))
        .toList();
  }

  private static ReasonCode code(Check.Comparing check) {
    return switch (check) {
      case Check.Paired _ -> ReasonCode.PAIRED_PROBES;
      case Check.Relative relative ->
          switch (relative.subject()) {
            case ERRORS -> ReasonCode.ERRORS_VS_BASELINE;
            case LATENCY -> ReasonCode.LATENCY_VS_BASELINE;
          };
    };
  }

  private static String sample(Check.Comparing check, ComparisonTrack.Point point) {
    AttributionEvidence.Interval counts = point.counts();
    String verb =
        check.verb() + (Double.isNaN(point.boundary()) ? "" : " (over " + point.boundary() + " s)");
    return "%d of %d requests %s on the candidate (%s), %d of %d on the baseline (%s)"
        .formatted(
            counts.candidateErrors(),
            counts.candidate(),
            verb,
            NumberFormatting.percent(fraction(counts.candidateErrors(), counts.candidate())),
            counts.baselineErrors(),
            counts.baseline(),
            NumberFormatting.percent(fraction(counts.baselineErrors(), counts.baseline())));
  }

  private static double fraction(long part, long whole) {
    return whole == 0 ? 0 : (double) part / whole;
  }
}
