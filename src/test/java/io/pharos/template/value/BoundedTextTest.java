package io.pharos.template.value;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class BoundedTextTest {
  @Test
  void appendCodePoint_thatJustFits_isAppended() {
    assertThat(new BoundedText(2).append("a").appendCodePoint('b')).hasToString("ab");
    assertThat(new BoundedText(2).appendCodePoint(0x1f600)).hasToString("\ud83d\ude00");
  }

  @Test
  void appendCodePoint_thatDoesNotFit_isRefused() {
    var full = new BoundedText(1).append("a");
    assertThatThrownBy(() -> full.appendCodePoint('b'))
        .hasMessage("output is longer than 1 characters");
    var almostFull = new BoundedText(2).append("a");
    assertThatThrownBy(() -> almostFull.appendCodePoint(0x1f600))
        .hasMessage("output is longer than 2 characters");
    assertThat(almostFull).hasToString("a");
  }
}
