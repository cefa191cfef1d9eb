package io.pharos.gate.judge;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.Nightly;
import io.pharos.gate.judge.SimulatedRelease.End;
import io.pharos.gate.judge.SimulatedRelease.Load;
import io.pharos.gate.judge.SimulatedRelease.Loads;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Simulated releases: comparisons seldom fail a release that is not worse, and detect one that is.
/// Each build simulates a few, the nightly run thousands.
@Tag("slow")
class EvidenceSimulationTest {
  private static final int RELEASES = Nightly.rounds(300, 3000);

  private static List<End> run(long seed, Loads loads) {
    var simulated = new SimulatedRelease(seed);
    var ends = new ArrayList<End>();
    for (int i = 0; i < RELEASES; i++) {
      ends.add(simulated.run(loads));
    }
    return ends;
  }

  private static double failed(List<End> ends) {
    return ends.stream().filter(End::failed).count() / (double) ends.size();
  }

  private static String shown(List<End> ends) {
    List<End> found = ends.stream().filter(End::failed).toList();
    return "FAIL %.3f, median %.0f s, %.0f errors, %.0f of %.0f requests"
        .formatted(
            failed(ends),
            median(found.stream().mapToDouble(End::seconds).toArray()),
            median(found.stream().mapToDouble(End::candidateErrors).toArray()),
            median(found.stream().mapToDouble(End::candidateRequests).toArray()),
            median(found.stream().mapToDouble(End::requests).toArray()));
  }

  static double median(double[] values) {
    java.util.Arrays.sort(values);
    return values.length == 0 ? Double.NaN : values[values.length / 2];
  }

  private static void report(String name, List<End> ends) {
    System.out.println(name + ": " + shown(ends)); // docs/format/gates.md has them
  }

  @ParameterizedTest
  @CsvSource({"1, 1", "0.1, 0.9", "0.5, 4.5", "50, 50"})
  void noDifference_anyMixOfTraffic_failsOneInAHundredAtMost(double candidate, double baseline) {
    for (double bad : new double[] {0.005, 0.05}) {
      List<End> ends = run(1, _ -> Load.of(candidate, baseline, bad, bad));
      report("no difference, %s+%s, %s".formatted(candidate, baseline, bad), ends);
      assertThat(failed(ends)).isLessThanOrEqualTo(0.01);
    }
  }

  @ParameterizedTest
  @ValueSource(doubles = {0.005, 0.05})
  void noDifference_weightsRampAndBothSidesFail_failsOneInAHundredAtMost(double bad) {
    double[] weights = {0.05, 0.25, 0.5};
    List<End> ends =
        run(
            2,
            look -> {
              double weight = weights[look / 60];
              double level = look >= 70 && look < 82 ? 0.3 : bad;
              return Load.of(2 * weight, 2 * (1 - weight), level, level);
            });
    report("ramp and shared outage, " + bad, ends);
    assertThat(failed(ends)).isLessThanOrEqualTo(0.01);
  }

  @ParameterizedTest
  @ValueSource(doubles = {2, 5})
  void noDifference_errorsInBursts_failsOneInAHundredAtMost(double burst) {
    List<End> ends = run(3, _ -> new Load(1, 1, List.of(0.005), List.of(0.005), burst));
    report("bursts of " + burst, ends);
    assertThat(failed(ends)).isLessThanOrEqualTo(0.01);
    List<End> worse = run(4, _ -> new Load(5, 5, List.of(0.05), List.of(0.005), burst));
    report("bursts of " + burst + ", ten times worse", worse);
    assertThat(failed(worse)).isGreaterThanOrEqualTo(0.9);
  }

  /// The lower bound of the table: the probability of detection within half an hour, minus the
  /// sampling error.
  @ParameterizedTest
  @CsvSource({
    "0.05, 0.005, 1, 1, 1.00",
    "0.5, 0.005, 0.1, 0.9, 1.00",
    "0.1, 0.005, 0.1, 0.9, 1.00",
    "0.02, 0.005, 0.5, 4.5, 0.69",
    "0.01, 0.005, 1, 1, 0.03",
    "0.01, 0.001, 2, 2, 0.96",
    "0.03, 0.001, 2, 2, 1.00"
  })
  void worse_isFoundAsOftenAsTheTableSays(
      double bad, double baselineBad, double candidate, double baseline, double power) {
    List<End> ends = run(5, _ -> Load.of(candidate, baseline, bad, baselineBad));
    report("%s vs %s, %s+%s".formatted(bad, baselineBad, candidate, baseline), ends);
    assertThat(failed(ends)).isGreaterThanOrEqualTo(power - slack(power));
  }

  private static double slack(double power) {
    return 0.01 + 3 * Math.sqrt(power * (1 - power) / RELEASES);
  }

  /// Times are lognormal; boundaries lie at the baseline's median, 90th and 99th percentile.
  @ParameterizedTest
  @CsvSource({"1.3, 0.95", "1.5, 1.00", "2, 1.00"})
  void slowerByAFactor_isFoundAsOftenAsTheTableSays(double factor, double power) {
    double sigma = 0.5;
    double[] quantiles = {0.5, 0.9, 0.99};
    double[] z = {0, 1.2815515655446004, 2.3263478740408408};
    var baseline = new ArrayList<Double>();
    var candidate = new ArrayList<Double>();
    for (int i = 0; i < z.length; i++) {
      baseline.add(1 - quantiles[i]);
      candidate.add(1 - normal(z[i] - Math.log(factor) / sigma));
    }
    List<End> ends = run(6, _ -> new Load(1, 1, candidate, baseline, 1));
    report("slower by " + factor, ends);
    assertThat(failed(ends)).isGreaterThanOrEqualTo(power - slack(power));
  }

  @ParameterizedTest
  @CsvSource({"0.03, 0.87", "0.10, 1.00"})
  void someRequestsTenTimesSlower_areFoundAsOftenAsTheTableSays(double share, double power) {
    var baseline = List.of(0.5, 0.1, 0.01);
    var candidate = new ArrayList<Double>();
    for (double slow : baseline) {
      candidate.add(slow + share * (1 - slow));
    }
    List<End> ends = run(7, _ -> new Load(1, 1, candidate, baseline, 1));
    report(share + " of requests ten times slower", ends);
    assertThat(failed(ends)).isGreaterThanOrEqualTo(power - slack(power));
  }

  /// The normal distribution, by Zelen and Severo's formula.
  private static double normal(double x) {
    double t = 1 / (1 + 0.2316419 * Math.abs(x));
    double tail =
        Math.exp(-x * x / 2)
            / Math.sqrt(2 * Math.PI)
            * t
            * (0.319381530
                + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
    return x > 0 ? 1 - tail : tail;
  }
}
