package io.pharos.alerting.message;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TextTruncationTest {
  @Test
  void clipToBytes_neverCutsACharacter() {
    assertThat(TextTruncation.toBytes(10, "abc")).isEqualTo("abc");
    assertThat(TextTruncation.toBytes(10, "警警警警")).isEqualTo("警警…");
    assertThat(TextTruncation.toBytes(8, "🔴🔴🔴")).isEqualTo("🔴…");
  }
}
