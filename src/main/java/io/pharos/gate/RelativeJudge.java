package io.pharos.gate;

import io.pharos.gate.deployment.Deployment;
import io.pharos.model.PromDuration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Judges the checks that compare the candidate with the baseline beside it.
///
/// All blocking comparisons of a policy share one alpha: the gate's evidence is the mean of theirs,
/// and those that have at least the mean fail. One that does not block is judged alone.
final class RelativeJudge {
  private RelativeJudge() {}

  static CheckResult judge(Check.Comparing check, CheckView view) {
    List<ComparisonTrack> family = new ArrayList<>();
    ComparisonTrack own = ComparisonTrack.of(check, view);
    family.add(own);
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
    for (int i = 0; i < own.points().size(); i++) {
      int at = i;
      double[] all =
          family.stream().mapToDouble(each -> each.points().get(at).logEvidence()).toArray();
      double mean = LogSpace.mean(all);
      ComparisonTrack.Point point = own.points().get(i);
      if (mean >= goal && point.logEvidence() >= mean) {
        return view.fail(
            check.code(),
            "%s; the evidence that it is more than %s times worse is %s%s, %s fails the check."
                .formatted(
                    sample(check, point),
                    NumberFormatting.number(check.theta0()),
                    NumberFormatting.odds(point.logEvidence()),
                    all.length == 1
                        ? ""
                        : ", the mean of %d comparisons %s"
                            .formatted(all.length, NumberFormatting.odds(mean)),
                    NumberFormatting.odds(goal)),
            evidence(check, view, own, point, null, null));
      }
    }
    return standing(check, view, own, goal);
  }

  private static CheckResult standing(
      Check.Comparing check, CheckView view, ComparisonTrack own, double goal) {
    Optional<ReadingProblem> trouble = view.trouble(view.newest());
    if (trouble.isPresent()) {
      return view.unknown(
          trouble.get().code(),
          trouble.get().text() + ".",
          Evidence.none().withQueries(queries(check, view)));
    }
    ComparisonTrack.Point point = own.points().getLast();
    AttributionEvidence.Interval counts = point.counts();
    if (counts.candidate() == 0 || counts.baseline() == 0) {
      boolean candidate = counts.candidate() == 0;
      return view.unknown(
          candidate ? ReasonCode.NO_TRAFFIC : ReasonCode.NO_BASELINE,
          "0 requests reached the %s, so nothing can be compared; %d on each side are required."
              .formatted(candidate ? "candidate" : "baseline", check.minRequests()),
          evidence(check, view, own, point, (long) check.minRequests(), null));
    }
    String found =
        "%s; the evidence that it is more than %s times worse is %s, %s fails the check"
            .formatted(
                sample(check, point),
                NumberFormatting.number(check.theta0()),
                NumberFormatting.odds(point.logEvidence()),
                NumberFormatting.odds(goal));
    long needed = check.minRequests() - Math.min(counts.candidate(), counts.baseline());
    if (needed <= 0) {
      return view.pass(found + ".", evidence(check, view, own, point, null, null));
    }
    Long eta = etaSeconds(view, needed, counts);
    return view.unknown(
        ReasonCode.MORE_REQUESTS,
        found
            + ": it passes with %d more requests on each side%s."
                .formatted(
                    needed,
                    eta == null
                        ? ""
                        : ", in about " + PromDuration.format(eta * 1000) + " at the present rate"),
        evidence(check, view, own, point, needed, eta));
  }

  /* At the rate of the whole time: what is counted is what came since the first observation. */
  private static @Nullable Long etaSeconds(
      CheckView view, long needed, AttributionEvidence.Interval counts) {
    long elapsed = view.newest().atMillis() - view.since().toEpochMilli();
    long fewest = Math.min(counts.candidate(), counts.baseline());
    return elapsed <= 0 || fewest == 0 ? null : Math.ceilDiv(needed * elapsed, fewest * 1000);
  }

  private static Evidence evidence(
      Check.Comparing check,
      CheckView view,
      ComparisonTrack own,
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
        own.dispersion() > 1
            ? List.of(
                "bad requests come up to %s at a time, so that the evidence counts as its %s. root"
                    .formatted(
                        NumberFormatting.number(own.dispersion()),
                        NumberFormatting.number(own.dispersion())))
            : List.of(),
        queries(check, view));
  }

  private static List<String> queries(Check.Comparing check, CheckView view) {
    if (!(check instanceof Check.Relative)) {
      return List.of();
    }
    Deployment deployment = view.deployment();
    Instant at = Instant.ofEpochMilli(view.newest().atMillis());
    return Stream.of(ComparisonSide.values())
        .flatMap(side -> check.templates().stream().map(text -> text.expand(deployment, side)))
        .map(selector -> SampleReader.query(selector, view.since(), at))
        .toList();
  }

  private static String sample(Check.Comparing check, ComparisonTrack.Point point) {
    AttributionEvidence.Interval counts = point.counts();
    String what =
        check.verb() + (Double.isNaN(point.boundary()) ? "" : " (over " + point.boundary() + " s)");
    return "%d of %d requests %s on the candidate (%s), %d of %d on the baseline (%s)"
        .formatted(
            counts.candidateErrors(),
            counts.candidate(),
            what,
            NumberFormatting.percent(fraction(counts.candidateErrors(), counts.candidate())),
            counts.baselineErrors(),
            counts.baseline(),
            NumberFormatting.percent(fraction(counts.baselineErrors(), counts.baseline())));
  }

  private static double fraction(long part, long whole) {
    return whole == 0 ? 0 : (double) part / whole;
  }
}
