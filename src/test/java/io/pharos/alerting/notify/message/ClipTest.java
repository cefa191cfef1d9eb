package io.pharos.alerting.notify.message;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ClipTest {
  @Test
  void clipToBytes_neverCutsACharacter() {
    assertThat(Clip.toBytes(10, "abc")).isEqualTo("abc");
    assertThat(Clip.toBytes(10, "警警警警")).isEqualTo("警警…");
    assertThat(Clip.toBytes(8, "🔴🔴🔴")).isEqualTo("🔴…");
  }
}
