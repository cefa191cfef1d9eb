package io.pharos.gate.judge;

import io.pharos.gate.policy.Check;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Judges whether a gauge of the candidate, such as its memory, grows without end.
///
/// A new process grows too, up to what a process of this service needs. So the check fails only if
/// the candidate is beyond the level of the baseline, which has run for longer, and still grows
/// steadily.
final class GrowthJudge {
  /// A step of the gauge counts as growth if it exceeds the baseline's step by this fraction of the
  /// baseline's level: a third of the level per hour if a step takes 10 s.
  private static final double STEP = 0.001;

  private GrowthJudge() {}

  static CheckResult judge(Check.Gauge check, CheckView view) {
    double goal = -Math.log(view.policy().alpha());
    var levels = new ArrayList<Reading.Levels>();
    long warm = Long.MAX_VALUE;
    for (Observation observation : view.observations()) {
      if (view.problem(observation).isPresent()
          || !(observation.of(check) instanceof Reading.Levels now)
          || (!levels.isEmpty() && !isNewer(now, levels.getLast()))) {
        continue;
      }
      warm = Math.min(warm, observation.atMillis() + view.policy().warmup().toMillis());
      if (observation.atMillis() < warm) {
        continue;
      }
      levels.add(now);
      double log = logEvidence(levels);
      double limit = (1 + check.margin()) * now.baseline();
      if (log >= goal && now.candidate() > limit && lasts(levels)) {
        return view.fail(
            ReasonCode.GROWTH,
            Sentence.of("%s, evidence %s.", found(levels), NumberFormatting.odds(log)),
            Evidence.of(now.candidate(), limit, List.of()));
      }
    }
    Optional<ReadingProblem> problem = view.problem(view.newest());
    if (problem.isPresent()) {
      return view.unknown(problem.get());
    }
    if (levels.size() < 2) {
      return view.unknown(
          ReasonCode.MORE_SAMPLES, Sentence.of("the candidate warms up."), Evidence.none());
    }
    Reading.Levels now = levels.getLast();
    double limit = (1 + check.margin()) * now.baseline();
    return view.pass(
        Sentence.of(
            "%s; steady growth beyond %s fails.", found(levels), NumberFormatting.number(limit)),
        Evidence.of(now.candidate(), limit, List.of()));
  }

  private static boolean isNewer(Reading.Levels now, Reading.Levels before) {
    return now.candidateMillis() > before.candidateMillis()
        && now.baselineMillis() > before.baselineMillis();
  }

  /* If a step is growth with the probability 1/2, a course of n steps with g of growth has the
   * probability 2^-n. Averaged over all probabilities it is 1 / ((n + 1) (n over g)). */
  private static double logEvidence(List<Reading.Levels> levels) {
    int n = levels.size() - 1;
    int grown = 0;
    double logChoose = 0;
    for (int i = 1; i <= n; i++) {
      Reading.Levels now = levels.get(i);
      Reading.Levels before = levels.get(i - 1);
      double step = now.candidate() - before.candidate() - (now.baseline() - before.baseline());
      grown += step > STEP * Math.abs(now.baseline()) ? 1 : 0;
    }
    for (int i = 1; i <= grown; i++) {
      logChoose += Math.log((double) (n - grown + i) / i);
    }
    return 2 * grown > n ? n * Math.log(2) - Math.log(n + 1) - logChoose : 0;
  }

  /// Returns whether the last third grew at least half as fast as the whole.
  private static boolean lasts(List<Reading.Levels> levels) {
    int n = levels.size() - 1;
    int third = n / 3;
    double all = levels.getLast().candidate() - levels.getFirst().candidate();
    double last = levels.getLast().candidate() - levels.get(n - third).candidate();
    return 2 * last * n >= all * third;
  }

  private static Sentence found(List<Reading.Levels> levels) {
    return Sentence.of(
        "the candidate grew from %s to %s, the baseline has %s",
        NumberFormatting.number(levels.getFirst().candidate()),
        NumberFormatting.number(levels.getLast().candidate()),
        NumberFormatting.number(levels.getLast().baseline()));
  }
}
