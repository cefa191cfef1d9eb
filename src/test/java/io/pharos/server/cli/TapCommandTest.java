package io.pharos.server.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pharos.server.tap.ForwardedHeaders;
import io.pharos.server.tap.LiveRoutes;
import io.pharos.server.tap.TapOptions;
import io.pharos.tap.RouteTable;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TapCommandTest {
  @TempDir private Path folder;

  private static TapOptions options(String... words) {
    return TapCommand.options(Flags.parse(TapCommand.MANUAL.flags(), List.of(words), Map.of()));
  }

  @Test
  void options_byDefault_standBesideTheBackend() {
    TapOptions options = options();
    assertThat(options.host()).isEqualTo("127.0.0.1");
    assertThat(options.port()).isEqualTo(8079);
    assertThat(options.upstream()).hasToString("http://127.0.0.1:8080");
    assertThat(options.metricsPort()).isEqualTo(9097);
    assertThat(options.responseTimeout()).isEqualTo(Duration.ofSeconds(60));
    assertThat(options.forwarded()).isEqualTo(ForwardedHeaders.APPEND);
  }

  @Test
  void options_ofEachFlag_areRead() {
    TapOptions options =
        options(
            "--listen=:80",
            "--upstream=http://backend",
            "--metrics-listen=[::1]:99",
            "--threads=2",
            "--response-timeout=5s",
            "--max-in-flight=10",
            "--forwarded=replace");
    assertThat(options.host()).isEqualTo("0.0.0.0");
    assertThat(options.upstreamPort()).isEqualTo(80);
    assertThat(options.metricsHost()).isEqualTo("::1");
    assertThat(options.loops()).isEqualTo(2);
    assertThat(options.responseTimeout()).isEqualTo(Duration.ofSeconds(5));
    assertThat(options.mostInFlight()).isEqualTo(10);
    assertThat(options.forwarded()).isEqualTo(ForwardedHeaders.REPLACE);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--listen=8079|--listen: expected HOST:PORT with a port from 0 to 65535, found \"8079\"",
        "--listen=:99999|expected HOST:PORT with a port from 0 to 65535",
        "--upstream=https://backend|--upstream: expected http://HOST:PORT, found \"https://backend\"",
        "--upstream=http://backend/api|--upstream: expected http://HOST:PORT",
        "--upstream=http://u:p@backend|--upstream: expected http://HOST:PORT",
        "--forwarded=yes|--forwarded: expected one of append, replace, keep, found \"yes\"",
        "--threads=-1|-1 threads: expected 1 to 64",
        "--response-timeout=2h|7200000 response timeout in ms: expected 10 to 3600000",
        "--max-series=1|1 series: expected 100 to 100000",
      })
  void options_thatAreWrong_areRefused(String word, String message) {
    assertThatThrownBy(() -> options(word))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining(message);
  }

  @Test
  void run_withoutRoutes_saysWhatIsMissing() {
    var err = new ByteArrayOutputStream();
    var stream = new PrintStream(err, true, StandardCharsets.UTF_8);
    int code =
        new TapCommand(Map.of(), stream, stream)
            .run(List.of("--routes.file=" + folder.resolve("no.yml")));
    assertThat(code).isEqualTo(78);
    assertThat(err.toString(StandardCharsets.UTF_8)).contains("no.yml", "not started");
  }

  @Test
  void routes_thatBecomeWrong_leaveThoseFromBefore_untilTheyAreMended() throws Exception {
    Path file = folder.resolve("routes.yml");
    Files.writeString(file, "routes: [/a]\n");
    var routes = new LiveRoutes(file);
    assertThat(routes.hasChanged()).isFalse();

    Files.writeString(file, "routes: [/a, oops]\n");
    assertThat(routes.hasChanged()).isTrue();
    assertThat(routes.reload().orElseThrow()).hasMessageContaining("oops");
    assertThat(routes.hasChanged()).isFalse();
    assertThat(routes.get().pathOf("GET", "/a")).isEqualTo("/a");

    Files.delete(file);
    assertThat(routes.hasChanged()).isTrue();
    assertThat(routes.reload()).isPresent();
    assertThat(routes.get().pathOf("GET", "/a")).isEqualTo("/a");

    Files.writeString(file, "routes: [/b]\n");
    assertThat(routes.reload()).isEmpty();
    assertThat(routes.get().pathOf("GET", "/a")).isEqualTo(RouteTable.UNKNOWN);
    assertThat(routes.get().pathOf("GET", "/b")).isEqualTo("/b");
  }
}
