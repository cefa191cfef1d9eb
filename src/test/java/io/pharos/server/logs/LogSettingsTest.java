package io.pharos.server.logs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LogSettingsTest {
  @TempDir Path directory;

  @Test
  void environment_empty_isTheStandardOutputAlone() {
    LogSettings settings = LogSettings.fromEnvironment("pharos", Map.of());
    assertThat(settings.env()).isEqualTo("dev");
    assertThat(settings.loki()).isNull();
  }

  @Test
  void environment_withLoki_isReadWithoutShowingThePassword() throws IOException {
    Path password = Files.writeString(directory.resolve("password"), "s3cret\n");
    LogSettings settings =
        LogSettings.fromEnvironment(
            "pharos",
            Map.of(
                "PHAROS_ENV", "production",
                "PHAROS_LOKI_URL", "http://loki:3100",
                "PHAROS_LOKI_TENANT", "team",
                "PHAROS_LOKI_USER", "me",
                "PHAROS_LOKI_PASSWORD_FILE", password.toString()));
    assertThat(settings.loki().url()).hasToString("http://loki:3100/loki/api/v1/push");
    assertThat(settings.loki().password()).isEqualTo("s3cret");
    assertThat(settings.toString()).contains("loki:3100").doesNotContain("s3cret");
  }

  @Test
  void url_withAPath_isTakenAsItIs() {
    assertThat(LogSettings.Loki.at(URI.create("https://h/x/push")).url())
        .hasToString("https://h/x/push");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          PHAROS_ENV                | a b               | PHAROS_ENV: env "a b": expected 1 to 64 letters
          PHAROS_LOKI_URL           | loki:3100         | "loki:3100": expected http://HOST:PORT
          PHAROS_LOKI_URL           | ftp://loki        | "ftp://loki": expected http://HOST:PORT
          PHAROS_LOKI_URL           | http://u:p@loki   | "http://***@loki": expected no user in it
          PHAROS_LOKI_USER          | me                | expected both user and password
          PHAROS_LOKI_PASSWORD_FILE | /no/such/file     | password file /no/such/file: can't be read
          """)
  void environment_bad_saysWhatWasExpected(String name, String value, String message) {
    Map<String, String> environment =
        name.equals("PHAROS_LOKI_URL")
            ? Map.of(name, value)
            : Map.of("PHAROS_LOKI_URL", "http://loki", name, value);
    assertThatThrownBy(() -> LogSettings.fromEnvironment("pharos", environment))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message);
  }

  @Test
  void bounds_areChecked() {
    URI url = URI.create("http://loki");
    assertThatThrownBy(
            () -> new LogSettings.Loki(url, null, null, null, 1 << 20, Duration.ofSeconds(1)))
        .hasMessage("Loki queue of 1048576 bytes: expected 5 to 256 MiB");
    assertThatThrownBy(
            () -> new LogSettings.Loki(url, null, null, null, 8 << 20, Duration.ofMinutes(2)))
        .hasMessage("Loki request timeout PT2M: expected 100 ms to 60 s");
  }
}
