package io.pharos.bytes;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import org.junit.jupiter.api.Test;

class MicrosTest {
  @Test
  void of_timesBeforeTheEpochAndFarOnes_roundTripOrClamp() {
    Instant early = Instant.parse("0001-01-01T00:00:00Z");
    assertThat(Micros.instant(Micros.of(early))).isEqualTo(early);
    assertThat(Micros.of(Instant.MIN)).isNegative();
    assertThat(Micros.of(Instant.MAX)).isPositive();
  }
}
