package io.pharos.gate.judge;

import io.pharos.gate.policy.Check;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// Compares a gauge of the candidate with the baseline's by the Mann-Whitney test. The result is
/// only advice, because repeated tests of correlated values prove nothing.
final class GaugeJudge {
  /// Minimum number of independent values on each side.
  private static final int MIN_VALUES = 8;

  /// Confidence level of the difference.
  private static final double LEVEL = 0.98;

  /// Accuracy of the difference, relative to the baseline's median.
  private static final double TOLERANCE = 1e-6;

  private GaugeJudge() {}

  static CheckResult judge(Check.Gauge check, CheckView view) {
    Optional<ReadingProblem> problem = view.problem(view.newest());
    if (problem.isPresent()) {
      return view.unknown(problem.get());
    }
    var candidate = new ArrayList<Double>();
    var baseline = new ArrayList<Double>();
    long newest = 0;
    for (Observation observation : view.observations()) {
      if (view.problem(observation).isEmpty()
          && observation.of(check) instanceof Reading.Levels levels
          && Math.min(levels.candidateMillis(), levels.baselineMillis()) > newest) {
        newest = Math.max(levels.candidateMillis(), levels.baselineMillis());
        candidate.add(levels.candidate());
        baseline.add(levels.baseline());
      }
    }
    return weigh(check, view, thinned(candidate), thinned(baseline));
  }

  private static CheckResult weigh(
      Check.Gauge check, CheckView view, double[] candidate, double[] baseline) {
    int fewest = Math.min(candidate.length, baseline.length);
    if (fewest < MIN_VALUES) {
      return view.unknown(
          ReasonCode.MORE_SAMPLES,
          Sentence.of(
              "there are %d independent values of each side, %d are required.", fewest, MIN_VALUES),
          Evidence.of(fewest, MIN_VALUES, List.of()));
    }
    double level = Math.abs(median(baseline));
    double margin = check.margin() * level;
    Optional<MannWhitney.Shift> shift = shift(candidate, baseline, level);
    double superiority = MannWhitney.superiority(candidate, baseline);
    boolean higher = shift.isPresent() && shift.get().low() > margin;
    boolean lower = shift.isPresent() && shift.get().high() < -margin;
    boolean worse =
        switch (check.direction()) {
          case INCREASE -> higher;
          case DECREASE -> lower;
          case EITHER -> higher || lower;
        };
    Sentence found =
        Sentence.of(
            "the candidate's median is %s, the baseline's %s%s;",
            NumberFormatting.number(median(candidate)),
            NumberFormatting.number(median(baseline)),
            Sentence.optional(", higher in %s of pairs", NumberFormatting.percent(superiority)));
    Sentence interval =
        shift
            .map(
                difference ->
                    Sentence.of(
                        " difference %s to %s, %s is allowed",
                        NumberFormatting.number(difference.low()),
                        NumberFormatting.number(difference.high()),
                        NumberFormatting.number(margin)))
            .orElse(Sentence.of(" all values are equal"));
    var evidence = Evidence.of(median(candidate), median(baseline) + margin, List.of());
    var text = Sentence.of("%s%s.", found, interval);
    return worse ? view.fail(ReasonCode.GAUGE, text, evidence) : view.pass(text, evidence);
  }

  private static Optional<MannWhitney.Shift> shift(
      double[] candidate, double[] baseline, double level) {
    try {
      double unit = level == 0 ? 1 : level;
      return Optional.of(new MannWhitney(candidate, baseline, unit * TOLERANCE).shift(LEVEL));
    } catch (ArithmeticException _) {
      return Optional.empty(); // all values are tied: no difference
    }
  }

  /// Selects evenly spaced values. Their number is the effective number of independent values,
  /// which is n (1 - r) / (1 + r) if r is the correlation of each value with the next value.
  static double[] thinned(List<Double> values) {
    int n = values.size();
    double mean = values.stream().mapToDouble(Double::doubleValue).average().orElse(0);
    double squares = 0;
    double products = 0;
    for (int i = 0; i < n; i++) {
      squares += (values.get(i) - mean) * (values.get(i) - mean);
      products += i == 0 ? 0 : (values.get(i) - mean) * (values.get(i - 1) - mean);
    }
    double r = squares == 0 ? 0 : Math.clamp(products / squares, 0, 0.99);
    int kept = (int) Math.floor(n * (1 - r) / (1 + r));
    var thin = new double[kept];
    for (int i = 0; i < kept; i++) {
      thin[i] = values.get((int) ((long) i * n / kept));
    }
    return thin;
  }

  private static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }
}
