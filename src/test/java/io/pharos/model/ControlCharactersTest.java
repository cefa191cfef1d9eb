package io.pharos.model;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ControlCharactersTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "\u202a", "\u202e", "\u2066", "\u2069", "\u0000", "\u0007", "\u001b", "\u007f", "\u009b"
      })
  void characterThatChangesWhatIsShown_isReplaced(String character) {
    assertThat(ControlCharacters.shown("a" + character + "b" + character))
        .isEqualTo("a\uFFFDb\uFFFD");
  }

  @Test
  void otherText_isTheSame() {
    String text = "a\tb\r\nc ä 世界 \u05d0\u05d1 \u200f 😀";
    assertThat(ControlCharacters.shown(text)).isSameAs(text);
  }
}
