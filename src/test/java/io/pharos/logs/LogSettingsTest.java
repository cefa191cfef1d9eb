package io.pharos.logs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LogSettingsTest {
  @ParameterizedTest
  @CsvSource({
    "http://loki:3100, http://loki:3100/loki/api/v1/push",
    "http://loki:3100/, http://loki:3100/loki/api/v1/push",
    "https://h/x/push, https://h/x/push"
  })
  void url_withoutAPath_getsLokisOwn(URI url, URI expected) {
    assertThat(LogSettings.Loki.at(url).url()).isEqualTo(expected);
  }

  @Test
  void mark_withASpace_isRefused() {
    assertThatThrownBy(() -> new LogSettings("pharos", "a b", null))
        .hasMessage("env \"a b\": expected 1 to 64 letters, digits, '_', '.' or '-'");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          loki:3100       | "loki:3100": expected http://HOST:PORT
          ftp://loki      | "ftp://loki": expected http://HOST:PORT
          http://u:p@loki | "http://***@loki": expected a URL without user and password
          """)
  void url_bad_saysWhatWasExpected(URI url, String message) {
    assertThatThrownBy(() -> LogSettings.Loki.at(url)).hasMessageContaining(message);
  }

  @Test
  void bounds_areChecked() {
    URI url = URI.create("http://loki");
    assertThatThrownBy(() -> new LogSettings.Loki(url, 1 << 20, Duration.ofSeconds(1)))
        .hasMessage("Loki queue of 1048576 bytes: expected 5 to 256 MiB");
    assertThatThrownBy(() -> new LogSettings.Loki(url, 8 << 20, Duration.ofMinutes(2)))
        .hasMessage("Loki request timeout PT2M: expected 100 ms to 60 s");
  }
}
