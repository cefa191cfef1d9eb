package io.pharos.server.web.design;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HistoryBarsTest {
  @Test
  void bars_upPartDownAndUnknown_differInStateAndHeight() {
    HistoryBars bars =
        HistoryBars.of(new double[] {1, 0.5, 0, Double.NaN}, List.of("a", "b", "c", "d"));
    assertThat(bars.bars())
        .extracting(HistoryBars.Bar::state)
        .containsExactly("up", "part", "down", "unknown");
    assertThat(bars.bars()).extracting(HistoryBars.Bar::height).doesNotHaveDuplicates();
    assertThat(bars.bars().get(3).text()).isEqualTo("d: no data");
    assertThat(bars.text()).isEqualTo("50 % up");
  }

  @Test
  void bars_allUnknown_areNotUp() {
    assertThat(HistoryBars.of(new double[] {Double.NaN}, List.of("a")).text()).isEqualTo("no data");
  }

  @Test
  void bars_spansMissing_areRefused() {
    assertThatThrownBy(() -> HistoryBars.of(new double[2], List.of("a")))
        .hasMessage("expected words of 2 spans, found 1");
  }

  @ParameterizedTest
  @CsvSource({"1, 100 %", "0.99996, 99.99 %", "0.999, 99.9 %", "0.5, 50 %", "0, 0 %", "0.1, 10 %"})
  void percent_share_neverRoundsUp(double share, String expected) {
    assertThat(HistoryBars.percent(share)).isEqualTo(expected);
  }
}
