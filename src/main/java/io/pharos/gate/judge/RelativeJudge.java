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

/// Judges the checks that compare the candidate with the baseline beside it, or with the previous
/// release at earlier times.
///
/// All blocking comparisons of a policy share one alpha: if the mean of their evidence reaches
/// 1/alpha, each comparison whose evidence is at least the mean fails. A comparison that does not
/// block is judged alone.
final class RelativeJudge {
  /// With this evidence or more, a check does not pass: a reader of the data would wait for more.
  /// Like the evidence of a failure, it is multiplied by the number of comparisons.
  private static final double SUSPECT_LOG = Math.log(10);

  private RelativeJudge() {}

  static CheckResult judge(Check.Comparing check, CheckView view) {
    List<ComparisonTrack> family = new ArrayList<>();
    ComparisonTrack track = view.track(check);
    family.add(track);
    if (check.blocking()) {
      for (Check other : view.policy().checks()) {
        if (other instanceof Check.Comparing comparing
            && comparing.blocking()
            && !comparing.id().equals(check.id())) {
          family.add(view.track(comparing));
        }
      }
    }
    double share = Math.log(family.size());
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
            found(check, view, point, goal + share) + ".",
            evidence(check, view, point, null, null));
      }
    }
    return judgeNewest(check, view, track, share);
  }

  private static CheckResult judgeNewest(
      Check.Comparing check, CheckView view, ComparisonTrack track, double share) {
    Optional<ReadingProblem> problem = view.problem(view.newest());
    if (problem.isPresent()) {
      return view.unknown(
          problem.get().code(),
          problem.get().text() + ".",
          Evidence.none().withQueries(queries(check, view)));
    }
    ComparisonTrack.Point point = track.points().getLast();
    AttributionEvidence.Interval counts = point.all();
    if (counts.candidate() == 0 || counts.baseline() == 0) {
      boolean candidate = counts.candidate() == 0;
      return view.unknown(
          candidate ? ReasonCode.NO_TRAFFIC : ReasonCode.NO_BASELINE,
          "no request reached the %s, so nothing can be compared; %d on each side are required."
              .formatted(candidate ? "candidate" : "baseline", check.minRequests()),
          evidence(check, view, point, (long) check.minRequests(), null));
    }
    String found = found(check, view, point, share - Math.log(view.policy().alpha()));
    if (point.logEvidence() >= SUSPECT_LOG + share) {
      return view.unknown(
          ReasonCode.SUSPECT,
          "%s; passes below %s.".formatted(found, NumberFormatting.odds(SUSPECT_LOG + share)),
          evidence(check, view, point, null, null));
    }
    long needed = check.minRequests() - Math.min(counts.candidate(), counts.baseline());
    if (needed <= 0) {
      return view.pass(found + ".", evidence(check, view, point, null, null));
    }
    Long eta = etaSeconds(view, needed, counts);
    return view.unknown(
        ReasonCode.MORE_REQUESTS,
        "%s; passes after %d more on each side%s."
            .formatted(sample(check, view, point), needed, NumberFormatting.eta(eta)),
        evidence(check, view, point, needed, eta));
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
      ComparisonTrack.Point point,
      @Nullable Long needed,
      @Nullable Long eta) {
    AttributionEvidence.Interval counts = point.worst().counts();
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
        notes(view, point),
        queries(check, view));
  }

  private static List<String> notes(CheckView view, ComparisonTrack.Point point) {
    var notes = new ArrayList<String>();
    if (point.worst().degree() > 1) {
      notes.add(
          "bad requests come in bursts, so the evidence is reduced to its root of degree %s"
              .formatted(NumberFormatting.number(point.worst().degree())));
    }
    List<String> routes = point.worseRoutes(view.policy().alpha());
    if (!routes.isEmpty()) {
      notes.add("worse on the routes " + String.join(", ", routes));
    }
    return notes;
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
            case ANSWERS -> ReasonCode.ANSWERS_VS_BASELINE;
          };
    };
  }

  private static String found(
      Check.Comparing check, CheckView view, ComparisonTrack.Point point, double failsAt) {
    return "%s; evidence %s, fails at %s"
        .formatted(
            sample(check, view, point),
            NumberFormatting.odds(point.logEvidence()),
            NumberFormatting.odds(failsAt));
  }

  private static String sample(Check.Comparing check, CheckView view, ComparisonTrack.Point point) {
    ComparisonTrack.Kind worst = point.worst();
    AttributionEvidence.Interval counts = worst.counts();
    return "%s%d of %d requests %s (%s), %s %d of %d (%s)"
        .formatted(
            worst.route().isEmpty() ? "" : "on %s ".formatted(worst.route()),
            counts.candidateErrors(),
            counts.candidate(),
            verb(check, worst.boundary()),
            NumberFormatting.percent(fraction(counts.candidateErrors(), counts.candidate())),
            check instanceof Check.Relative relative && relative.isInPlace(view.deployment())
                ? "earlier"
                : "on the baseline",
            counts.baselineErrors(),
            counts.baseline(),
            NumberFormatting.percent(fraction(counts.baselineErrors(), counts.baseline())));
  }

  private static String verb(Check.Comparing check, double boundary) {
    if (check instanceof Check.Relative relative && !Double.isNaN(boundary)) {
      return switch (relative.subject()) {
        case ANSWERS -> AnswerClass.text(boundary);
        case LATENCY -> "took over " + NumberFormatting.number(boundary) + " s";
        case ERRORS -> check.verb();
      };
    }
    return check.verb();
  }

  private static double fraction(long part, long whole) {
    return whole == 0 ? 0 : (double) part / whole;
  }
}
