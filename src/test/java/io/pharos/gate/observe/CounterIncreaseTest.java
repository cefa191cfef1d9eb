package io.pharos.gate.observe;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.model.StaleMarker;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class CounterIncreaseTest {
  private static CounterIncrease after(long since, long from, double... timesAndValues) {
    return after(since, from, OptionalLong.empty(), timesAndValues);
  }

  private static CounterIncrease after(
      long since, long from, OptionalLong born, double... timesAndValues) {
    var times = new long[timesAndValues.length / 2];
    var values = new double[times.length];
    for (int i = 0; i < times.length; i++) {
      times[i] = (long) timesAndValues[2 * i];
      values[i] = timesAndValues[2 * i + 1];
    }
    return CounterIncrease.after(since, from, born, times, values);
  }

  @Test
  void after_seriesBornLater_countsFromZero() {
    assertThat(after(100, 100, 110, 7, 120, 9)).isEqualTo(new CounterIncrease(9, 0, 0, 120));
  }

  @Test
  void after_seriesFromBefore_countsFromItsLastValue() {
    assertThat(after(100, 100, 90, 50, 100, 60, 110, 65))
        .isEqualTo(new CounterIncrease(5, 0, 0, 110));
  }

  @Test
  void after_oneResetOfAnOldSeries_isTheDeployment() {
    assertThat(after(100, 100, 90, 50, 110, 3, 120, 8))
        .isEqualTo(new CounterIncrease(8, 0, 0, 120));
    assertThat(after(100, 100, 90, 50, 110, 3, 120, 2))
        .isEqualTo(new CounterIncrease(5, 1, 0, 120));
  }

  @Test
  void after_resetOfANewSeries_isUnexpected() {
    assertThat(after(100, 100, 110, 5, 120, 2)).isEqualTo(new CounterIncrease(7, 1, 0, 120));
  }

  @Test
  void after_laterStart_leavesTheWarmUpOut() {
    assertThat(after(100, 115, 110, 5, 120, 12)).isEqualTo(new CounterIncrease(7, 0, 0, 120));
    assertThat(after(100, 115, 90, 8, 110, 5, 112, 2, 120, 12).resets()).isEqualTo(1);
  }

  @Test
  void after_notNumbersAndStaleMarkers_areToldApart() {
    assertThat(after(100, 100, 110, 5, 120, Double.NaN, 130, StaleMarker.VALUE, 140, 6))
        .isEqualTo(new CounterIncrease(6, 0, 1, 140));
    assertThat(after(100, 100, 90, Double.NaN, 110, Double.POSITIVE_INFINITY))
        .isEqualTo(new CounterIncrease(0, 0, 1, 110));
    assertThat(after(100, 100)).isEqualTo(new CounterIncrease(0, 0, 0, 0));
  }

  @Test
  void after_knownBirth_countsFromZeroWhateverWasBefore() {
    var born = OptionalLong.of(120);
    assertThat(after(100, 100, born, 90, 2, 110, 2, 120, 3, 130, 5))
        .as("the old process counted 2, the new one 3 until it was first seen")
        .isEqualTo(new CounterIncrease(5, 0, 0, 130));
    assertThat(after(100, 100, born, 90, 50, 110, 60, 120, 3, 130, 1))
        .as("a step back of the new process is unexpected")
        .isEqualTo(new CounterIncrease(4, 1, 0, 130));
    assertThat(after(100, 100, born, 90, 50, 110, 60)).isEqualTo(new CounterIncrease(0, 0, 0, 110));
  }
}
