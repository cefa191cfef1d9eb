package io.pharos.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.demo.PlayedDemo;
import io.pharos.faults.FaultRun.Target;
import io.pharos.ingest.probe.PlayedProbes;
import io.pharos.ingest.probe.ProbeConfig;
import io.pharos.ingest.probe.ProbeFile;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// The alerts on probes, raised by the prober: what targets answer is made up.
class ProbeFaultsTest {
  private final Target backend = new Target("remotegpu-backend", "127.0.0.1:8080", "");
  private boolean succeeds = true;
  private boolean alternates;
  private Duration took = Duration.ofMillis(200);

  private final PlayedProbes.Answers answers =
      new PlayedProbes.Answers() {
        @Override
        public boolean succeeds(ProbeConfig probe) {
          succeeds ^= alternates;
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
  void targetThatGrowsSlow_orGoesUpAndDown_orFails_isTold() throws IOException {
    try (var run = new FaultRun(List.of(), "pharos/probes", "pharos/slow")) {
      try (var _ = run.probe(health(), answers)) {
        run.pass(Duration.ofHours(2));
        assertThat(run.firing()).isEmpty();

        took = Duration.ofSeconds(2);
        run.pass(Duration.ofMinutes(40));
        assertThat(run.firing()).containsExactly("ProbeSlow");

        took = Duration.ofMillis(200);
        alternates = true;
        run.pass(Duration.ofMinutes(40));
        assertThat(run.firing()).containsExactly("ProbeFlapping");

        alternates = false;
        succeeds = false;
        run.pass(Duration.ofMinutes(40));
        assertThat(run.firing()).containsExactly("ProbeFailing");
      }
      // The probes are gone, their series with them.
      run.pass(Duration.ofMinutes(20));
      assertThat(run.firing()).containsExactly("ProbesMissing");
    }
  }

  private static List<ProbeConfig> healthAt(String location) {
    return health().stream().map(probe -> probe.at(location)).toList();
  }

  @Test
  void placeThatFallsSilent_orTargetThatTheOthersSeeDown_isTold() throws IOException {
    try (var run = new FaultRun(List.of(), "pharos/probes", "pharos/locations");
        var _ = run.probe(healthAt("fra"), answers);
        var _ = run.probe(healthAt("sin"), answers)) {
      try (var _ = run.probe(healthAt("syd"), answers)) {
        run.pass(Duration.ofMinutes(30));
        assertThat(run.firing()).isEmpty();
      }
      run.pass(Duration.ofMinutes(20));
      assertThat(run.firing()).containsExactly("ProbeLocationSilent");

      succeeds = false;
      run.pass(Duration.ofMinutes(10));
      assertThat(run.firing())
          .containsExactlyInAnyOrder("ProbeDownAtLocations", "ProbeLocationSilent");

      succeeds = true;
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
