package io.pharos.gate.observe;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/// Times in milliseconds, process starts in seconds; the deployment starts at 100,000 ms.
class ProcessStartsTest {
  private static ProcessStarts of(double... timesAndStarts) {
    var times = new long[timesAndStarts.length / 2];
    var values = new double[times.length];
    for (int i = 0; i < times.length; i++) {
      times[i] = (long) timesAndStarts[2 * i];
      values[i] = timesAndStarts[2 * i + 1];
    }
    return ProcessStarts.of(100_000, times, values).orElseThrow();
  }

  @Test
  void of_anotherProcessThanBefore_isNew() {
    assertThat(of(90_000, 5, 110_000, 5, 120_000, 115, 130_000, 115.2))
        .isEqualTo(new ProcessStarts(115_000, true, 120_000, 0, 130_000));
  }

  @Test
  void of_clockFarBehind_isNewAllTheSame() {
    assertThat(of(90_000, 5, 120_000, 7)).matches(ProcessStarts::isNew);
  }

  @Test
  void of_neverSeenBefore_isNewIfItStartedAfter() {
    assertThat(of(110_000, 105)).isEqualTo(new ProcessStarts(105_000, true, 110_000, 0, 110_000));
    assertThat(of(110_000, 50)).isEqualTo(new ProcessStarts(50_000, false, 0, 0, 110_000));
  }

  @Test
  void of_furtherProcesses_areRestarts() {
    assertThat(of(90_000, 5, 110_000, 105, 120_000, 118, 130_000, 126).restarts()).isEqualTo(2);
    assertThat(of(110_000, 50, 120_000, 118).restarts()).isZero();
  }

  @Test
  void of_nothingAfter_isNothing() {
    assertThat(ProcessStarts.of(100_000, new long[] {90_000}, new double[] {5})).isEmpty();
  }
}
