package io.pharos.limits.heap;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OldGenerationTest {
  @ParameterizedTest(name = "{0} MiB after a collection, {1} MiB now")
  @CsvSource({
    "0, 32, false",
    "0, 33, true",
    "20, 52, false",
    "20, 53, true",
    "80, 160, false",
    "80, 161, true",
    "128, 300, true",
    "129, 300, false",
  })
  void collection_isDueAfterItsUseDoubled_ifItIsShort(long after, long now, boolean isDue) {
    assertThat(OldGeneration.isDue(after << 20, now << 20)).isEqualTo(isDue);
  }
}
