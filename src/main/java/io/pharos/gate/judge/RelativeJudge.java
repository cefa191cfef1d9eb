package io.pharos.gate.judge;

import io.pharos.gate.deployment.Deployment;
import io.pharos.gate.policy.Check;
import io.pharos.gate.policy.ComparisonSide;
import io.pharos.model.PromDuration;
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
            Sentence.of("%s.", found(check, view, point, goal + share)),
            evidence(check, view, point, null, null));
      }
    }
    return judgeNewest(check, view, track, share);
  }

  private static CheckResult judgeNewest(
      Check.Comparing check, CheckView view, ComparisonTrack track, double share) {
    Optional<ReadingProblem> problem = view.problem(view.newest());
    ComparisonTrack.Point point = track.points().getLast();
    if (problem.isPresent()) {
      return Optional.of(point)
          .filter(_ -> problem.get().code() == ReasonCode.NO_BASELINE)
          .flatMap(it -> alone(check, view, it))
          .orElseGet(() -> view.unknown(problem.get(), queries(check, view)));
    }
    AttributionEvidence.Interval counts = point.all();
    if (counts.candidate() == 0 || counts.baseline() == 0) {
      boolean candidate = counts.candidate() == 0;
      CheckResult none =
          view.unknown(
              candidate ? ReasonCode.NO_TRAFFIC : ReasonCode.NO_BASELINE,
              Sentence.of(
                  "no request reached the %s, so nothing can be compared; %d on each side are required.",
                  candidate ? "candidate" : "baseline", check.minRequests()),
              evidence(check, view, point, (long) check.minRequests(), null));
      return candidate && view.newest().of(check) instanceof Reading.Comparison comparison
          ? view.untouched(comparison.fromMillis(), check.minRequests(), none)
          : alone(check, view, point).orElse(none);
    }
    Sentence found = found(check, view, point, share - Math.log(view.policy().alpha()));
    if (point.logEvidence() >= SUSPECT_LOG + share) {
      return view.unknown(
          ReasonCode.SUSPECT,
          Sentence.of("%s; passes below %s.", found, NumberFormatting.odds(SUSPECT_LOG + share)),
          evidence(check, view, point, null, null));
    }
    Optional<CheckResult> alone = alone(check, view, point);
    if (alone.isPresent()) {
      return alone.get();
    }
    long needed = check.minRequests() - Math.min(counts.candidate(), counts.baseline());
    if (needed <= 0) {
      return view.pass(Sentence.of("%s.", found), evidence(check, view, point, null, null));
    }
    Long eta = etaSeconds(view, needed, counts);
    return view.unknown(
        ReasonCode.MORE_REQUESTS,
        Sentence.of(
            "%s; passes after %d more on each side%s.",
            sample(check, view, point), needed, Sentence.of(NumberFormatting.eta(eta))),
        evidence(check, view, point, needed, eta));
  }

  /* A baseline that had requests only before the candidate proves nothing. A part of the soak is
   * enough, because a check of latency does not count the warm-up. */
  private static Optional<CheckResult> alone(
      Check.Comparing check, CheckView view, ComparisonTrack.Point point) {
    long needed = view.policy().minSoak().dividedBy(2).toMillis();
    return view.newest().of(check) instanceof Reading.Comparison(_, _, _, _, _, _, Long beside)
            && beside != null
            && beside < needed
        ? Optional.of(
            view.unknown(
                ReasonCode.NOT_COMPARED,
                Sentence.of(
                    "both sides had requests together for %s of %s: give the baseline traffic too, after the announcement.",
                    PromDuration.format(beside), PromDuration.format(needed)),
                evidence(check, view, point, null, null)))
        : Optional.empty();
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

  private static Sentence found(
      Check.Comparing check, CheckView view, ComparisonTrack.Point point, double failsAt) {
    return Sentence.of(
        "%s; evidence %s%s",
        sample(check, view, point),
        NumberFormatting.odds(point.logEvidence()),
        Sentence.optional(", fails at %s", NumberFormatting.odds(failsAt)));
  }

  private static Sentence sample(
      Check.Comparing check, CheckView view, ComparisonTrack.Point point) {
    ComparisonTrack.Kind worst = point.worst();
    AttributionEvidence.Interval counts = worst.counts();
    return Sentence.of(
        "%s%d of %d requests %s%s, %s %d of %d%s",
        worst.route().isEmpty() ? "" : Sentence.of("on %s ", worst.route()),
        counts.candidateErrors(),
        counts.candidate(),
        Sentence.of(verb(check, worst.boundary())),
        percent(counts.candidateErrors(), counts.candidate()),
        check instanceof Check.Relative relative && relative.isInPlace(view.deployment())
            ? "earlier"
            : "on the baseline",
        counts.baselineErrors(),
        counts.baseline(),
        percent(counts.baselineErrors(), counts.baseline()));
  }

  /// Returns what bad requests of a kind did, such as `took over 0.5 s`.
  static String verb(Check.Comparing check, double boundary) {
    if (check instanceof Check.Relative relative && !Double.isNaN(boundary)) {
      return switch (relative.subject()) {
        case ANSWERS -> AnswerClass.text(boundary);
        case LATENCY -> "took over " + NumberFormatting.number(boundary) + " s";
        case ERRORS -> check.verb();
      };
    }
    return check.verb();
  }

  private static Sentence percent(long part, long whole) {
    return Sentence.optional(" (%s)", NumberFormatting.percent(fraction(part, whole)));
  }

  private static double fraction(long part, long whole) {
    return whole == 0 ? 0 : (double) part / whole;
  }
}
