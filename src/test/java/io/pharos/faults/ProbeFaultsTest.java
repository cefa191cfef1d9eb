package io.pharos.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.demo.DemoBackend;
import io.pharos.demo.DemoOptions;
import io.pharos.demo.PlayedDemo;
import io.pharos.faults.FaultRun.Target;
import io.pharos.probe.ProbeConfig;
import io.pharos.probe.ProbeFile;
import io.pharos.probe.run.PlayedProbes;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// The alerts on probes, raised by probes of the demo backend; what takes long, or comes together
/// with a page of metrics, is made up.
@Tag("slow")
class ProbeFaultsTest {
  private final Target backend = new Target("remotegpu-backend", "127.0.0.1:8080", "");
  private boolean succeeds = true;
  private Duration took = Duration.ofMillis(200);

  private final PlayedProbes.Answers answers =
      new PlayedProbes.Answers() {
        @Override
        public boolean succeeds(ProbeConfig probe) {
          return succeeds;
        }

        @Override
        public @Nullable Instant certificateEnd(ProbeConfig probe) {
          return null;
        }

        @Override
        public Duration duration(ProbeConfig probe) {
          return took;
        }
      };

  private static List<ProbeConfig> health() {
    return ProbeFile.readAll(List.of(Path.of("probes/backend.yml"))).stream()
        .filter(probe -> probe.name().equals("backend-health"))
        .toList();
  }

  @Test
  void targetThatGrowsSlow_isTold() throws IOException {
    try (var run = new FaultRun(List.of(), "pharos/probes", "pharos/slow");
        var _ = run.probe(health(), answers)) {
      run.pass(Duration.ofHours(2));
      assertThat(run.firing()).isEmpty();

      took = Duration.ofSeconds(2);
      run.pass(Duration.ofMinutes(40));
      assertThat(run.firing()).containsExactly("ProbeSlow");
    }
  }

  /// The same, of a backend at another port.
  private static List<ProbeConfig> health(DemoBackend demo) throws IOException {
    String file =
        Files.readString(Path.of("probes/backend.yml"))
            .replace("http://127.0.0.1:8080", demo.url());
    return ProbeFile.parse("backend.yml", file, Path.of("probes")).stream()
        .filter(probe -> probe.name().equals("backend-health"))
        .toList();
  }

  private static DemoBackend demo() throws IOException {
    return DemoBackend.start(
        DemoOptions.local("test-token-0123456789")
            .withListenAddress("127.0.0.1", 0)
            .withTraffic(1, 0, Duration.ZERO),
        new PrintStream(OutputStream.nullOutputStream()));
  }

  private static void fault(DemoBackend demo, String kind) throws Exception {
    try (var client = HttpClient.newHttpClient()) {
      var request =
          HttpRequest.newBuilder(URI.create(demo.url() + "/fault"))
              .POST(HttpRequest.BodyPublishers.ofString("{\"kind\":\"%s\"}".formatted(kind)))
              .build();
      assertThat(client.send(request, HttpResponse.BodyHandlers.ofString()).statusCode())
          .isEqualTo(200);
    }
  }

  @Test
  void targetThatIsReallyAsked_andGoesUpAndDown_orIsDown_isTold() throws Exception {
    try (DemoBackend demo = demo();
        var run = new FaultRun(List.of(), "pharos/probes")) {
      try (var _ = run.probe(health(demo))) {
        run.pass(Duration.ofMinutes(20));
        assertThat(run.firing()).isEmpty();

        for (int i = 0; i < 120; i++) {
          fault(demo, i % 2 == 0 ? "down" : "none");
          run.pass(Duration.ofSeconds(10));
        }
        assertThat(run.firing()).containsExactly("ProbeFlapping");

        fault(demo, "down");
        run.pass(Duration.ofMinutes(40));
        assertThat(run.firing()).containsExactly("ProbeFailing");
      }
      // The probes are gone, their series with them.
      run.pass(Duration.ofMinutes(20));
      assertThat(run.firing()).containsExactly("ProbesMissing");
    }
  }

  private static List<ProbeConfig> at(String location, List<ProbeConfig> probes) {
    return probes.stream().map(probe -> probe.at(location)).toList();
  }

  @Test
  void placeThatFallsSilent_orTargetThatTheOthersSeeDown_isTold() throws Exception {
    try (DemoBackend demo = demo();
        var run = new FaultRun(List.of(), "pharos/probes", "pharos/locations");
        var _ = run.probe(at("fra", health(demo)));
        var _ = run.probe(at("sin", health(demo)))) {
      try (var _ = run.probe(at("syd", health(demo)))) {
        run.pass(Duration.ofMinutes(30));
        assertThat(run.firing()).isEmpty();
      }
      run.pass(Duration.ofMinutes(20));
      assertThat(run.firing()).containsExactly("ProbeLocationSilent");

      fault(demo, "down");
      run.pass(Duration.ofMinutes(10));
      assertThat(run.firing())
          .containsExactlyInAnyOrder("ProbeDownAtLocations", "ProbeLocationSilent");

      fault(demo, "none");
      run.pass(Duration.ofMinutes(10));
      assertThat(run.firing()).containsExactly("ProbeLocationSilent");
    }
  }

  /* A token of the scrapes that is refused, or a page of something else. */
  @Test
  void backendThatLives_withoutMetrics_isTold() throws IOException {
    try (var run = new FaultRun(List.of(backend), "pharos/backend")) {
      try (var _ = run.probe(health(), answers)) {
        var demo = new PlayedDemo(run.clock(), 2);
        run.ask(url -> demo.page(url.getPath()));
        run.pass(Duration.ofMinutes(10));
        assertThat(run.firing()).isEmpty();

        run.show(Map.of());
        run.ask(_ -> Optional.of("{\"code\":401,\"msg\":\"unauthorized\",\"data\":null}"));
        run.pass(Duration.ofMinutes(5));
        assertThat(run.firing()).containsExactly("BackendNoData");

        run.ask(_ -> Optional.empty());
        succeeds = false;
        run.pass(Duration.ofMinutes(5));
        assertThat(run.firing()).containsExactly("BackendDown");
      }
    }
  }
}
