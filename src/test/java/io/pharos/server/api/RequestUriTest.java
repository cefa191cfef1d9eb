package io.pharos.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Expects the answers of Alertmanager 0.28.
class RequestUriTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = ' ',
      quoteCharacter = '`',
      textBlock =
          """
          http://a:b:80/ true
          http://[a@b:c] false
          http://x@[::1]:80/p true
          http://[::1 false
          http://a:8x/ false
          http://a@b@c:80 true
          mailto:x true
          x:/ true
          x: true
          `/p q` true
          p false
          http:///x true
          `http://a b/` false
          `http://h/a b<>` true
          1http://x false
          http://a: true
          ht_tp://x false
          http://[a]b:1 false
          x://u:p@h:1?a#b:c true
          //a:b:c true
          //a:9x/ true
          : false
          http://a"b true
          """)
  void isValid_asAlertmanagerAnswers(String text, boolean valid) {
    assertThat(RequestUri.isValid(text)).isEqualTo(valid);
  }

  @Test
  void isValid_lineSeparatorInPath_isTaken() {
    assertThat(RequestUri.isValid("http://h/\u2028")).isTrue();
  }
}
