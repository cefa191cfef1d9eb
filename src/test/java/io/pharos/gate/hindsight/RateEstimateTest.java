package io.pharos.gate.hindsight;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import io.pharos.gate.GateRig;
import io.pharos.gate.judge.CheckReport;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Against SciPy 1.17: `beta.ppf` for the intervals, `integrate.quad` of `beta.pdf * beta.cdf` for
/// the probability.
class RateEstimateTest {
  @ParameterizedTest
  @CsvSource({
    "0, 65, 0, 65, 0, 0.0551716343188, 0, 0.0551716343188, 0.5",
    "4, 100, 0, 100, 0.0110044939862, 0.0992571567127, 0, 0.0362166926452, 0.9702930073",
    "5, 100, 0, 100, 0.0164318791821, 0.112834911105, 0, 0.0362166926452, 0.985523496",
    "2, 20, 1, 180, 0.0123485271703, 0.316982714019, 0.000140644597423, 0.0305633410081,"
        + " 0.9963358242",
    "15, 240, 1, 236, 0.0353994004518, 0.10098983578, 0.000107273093221, 0.0233812568933,"
        + " 0.9998756143",
    "0, 1000, 10, 1000, 0, 0.00368208389687, 0.00480551069105, 0.0183132430551, 0.0004749806527",
    "100, 100, 0, 1, 0.963783307355, 1, 0, 0.975, 0.9998096326",
    "31, 1000, 6, 1000, 0.0211581719702, 0.0437150850062, 0.00220498248515, 0.013013423271,"
        + " 0.9999897108",
    "20000, 400000, 19500, 400000, 0.0493266054754, 0.0506799226697, 0.0480846719303,"
        + " 0.0494218745418, 0.9950639415",
    "1, 1, 1, 1, 0.025, 1, 0.025, 1, 0.5",
    "500, 10000, 480, 10000, 0.0458099421988, 0.0544545270284, 0.0438924267559,"
        + " 0.0523732962287, 0.7436957865"
  })
  void estimate_isThatOfSciPy(
      long bad,
      long total,
      long baselineBad,
      long baselineTotal,
      double low,
      double high,
      double baselineLow,
      double baselineHigh,
      double worse) {
    RateEstimate estimate =
        RateEstimate.of(List.of(check(total, bad, baselineTotal, baselineBad))).getFirst();
    assertThat(estimate.candidate().low()).isEqualTo(low, offset(1e-9));
    assertThat(estimate.candidate().high()).isEqualTo(high, offset(1e-9));
    assertThat(estimate.baseline().low()).isEqualTo(baselineLow, offset(1e-9));
    assertThat(estimate.baseline().high()).isEqualTo(baselineHigh, offset(1e-9));
    assertThat(estimate.worse()).isEqualTo(worse, offset(1e-8));
  }

  private static CheckReport check(Long total, Long bad, Long baselineTotal, Long baselineBad) {
    var some = GateRig.check(new GateRig().openedAndSeen(), "error_bound");
    return new CheckReport(
        some.id(),
        some.kind(),
        some.state(),
        some.code(),
        some.required(),
        some.blocking(),
        some.text(),
        some.value(),
        some.threshold(),
        total,
        bad,
        baselineTotal,
        baselineBad,
        some.evalue(),
        some.needed(),
        some.etaSeconds(),
        some.notes(),
        some.queries());
  }

  @Test
  void checks_withoutCounts_haveNone() {
    assertThat(RateEstimate.of(List.of(check(null, null, null, null)))).isEmpty();
    assertThat(RateEstimate.of(List.of(check(0L, 0L, 10L, 1L)))).isEmpty();
    assertThat(RateEstimate.of(List.of(check(3L, 4L, null, null)))).isEmpty();
    assertThat(RateEstimate.of(List.of(check(10L, 1L, 0L, 0L))))
        .singleElement()
        .matches(estimate -> estimate.baseline() == null && estimate.worse() == null);
  }
}
