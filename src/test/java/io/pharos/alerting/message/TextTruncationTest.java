package io.pharos.alerting.message;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TextTruncationTest {
  @Test
  void clipToBytes_neverCutsACharacter() {
    assertThat(TextLimit.toBytes(10, "abc")).isEqualTo("abc");
    assertThat(TextLimit.toBytes(10, "警警警警")).isEqualTo("警警…");
    assertThat(TextLimit.toBytes(8, "🔴🔴🔴")).isEqualTo("🔴…");
  }
}
