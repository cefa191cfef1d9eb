package io.pharos.server.web.design;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SparklineTest {
  @Test
  void sparkline_valuesFromZeroToHigh_goFromBottomToTop() {
    Sparkline line = Sparkline.of(new double[] {0, 5, 10}, "0 to 10");
    assertThat(line.path()).isEqualTo("M0 30L50 15.5L100 1");
    assertThat(line.area()).isEqualTo("M0 30L50 15.5L100 1L100 30L0 30Z");
    assertThat(line.text()).isEqualTo("0 to 10");
  }

  @Test
  void sparkline_gap_isAGapInLineAndArea() {
    Sparkline line = Sparkline.of(new double[] {1, Double.NaN, 1, Double.NaN, 1}, "1");
    assertThat(line.path()).isEqualTo("M0 1h1M50 1h1M100 1h1");
    assertThat(line.area())
        .isEqualTo("M0 1h1L1 30L0 30ZM50 1h1L51 30L50 30ZM100 1h1L101 30L100 30Z");
  }

  @Test
  void sparkline_constantZero_isALineAtTheBottom() {
    assertThat(Sparkline.of(new double[] {0, 0}, "0").path()).isEqualTo("M0 30L100 30");
  }

  @Test
  void sparkline_negativeValues_lowestIsAtTheBottom() {
    assertThat(Sparkline.of(new double[] {-10, 10}, "-10 to 10").path()).isEqualTo("M0 30L100 1");
  }

  @Test
  void sparkline_noFiniteValue_saysSo() {
    Sparkline line = Sparkline.of(new double[] {Double.NaN, Double.POSITIVE_INFINITY}, "none");
    assertThat(line.path()).isEmpty();
    assertThat(line.text()).isEqualTo("no data");
  }
}
