package io.pharos.server.api.pharos;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.access.AccessControls;
import io.pharos.access.Client;
import io.pharos.access.TrustBoundary;
import io.pharos.gate.deployment.InvalidFieldException;
import io.pharos.probe.ProbeFile;
import io.pharos.probe.run.ProbeRunner;
import io.pharos.probe.run.PushStore;
import io.pharos.server.api.RequestClient;
import io.pharos.storage.ArrivalListener;
import io.pharos.storage.InMemoryStorage;
import io.pharos.trouble.ObservationGaps;
import io.pharos.trouble.TimeContinuity;
import jakarta.ws.rs.core.Response;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProbePushApiTest {
  private static final Instant NOW = Instant.parse("2026-03-01T00:00:00Z");

  @TempDir Path folder;

  private ProbeRunner runner;
  private ProbePushResource resource;

  @BeforeEach
  void start() throws Exception {
    Files.writeString(folder.resolve("token"), "own-token\n");
    InstantSource clock = InstantSource.fixed(NOW);
    runner =
        new ProbeRunner(
            ProbeFile.parse(
                "p.yml",
                """
                probes:
                  - {name: cron, interval: 1h, push: {token_file: token, grace: 5m}}
                  - {name: bare, interval: 1h, push: {}}
                  - {name: tcp, tcp: {host: 127.0.0.1, port: 1}}
                """,
                folder),
            new ProbeRunner.Ports(
                new InMemoryStorage(),
                (name, every, offset, task) -> () -> {},
                clock,
                new SimpleMeterRegistry(),
                new ObservationGaps(),
                new TimeContinuity(clock, new ObservationGaps()),
                PushStore.inMemory(),
                ArrivalListener.IGNORED));
    runner.start();
    String digest =
        HexFormat.of()
            .formatHex(
                MessageDigest.getInstance("SHA-256")
                    .digest("beats".getBytes(StandardCharsets.UTF_8)));
    resource =
        new ProbePushResource(
            runner,
            AccessControls.of(
                "tokens:\n  - {name: beats, sha256: %s, scopes: ['heartbeat:write']}\n"
                    .formatted(digest)),
            new RequestClient(
                new TrustBoundary("127.0.0.1", URI.create("http://127.0.0.1:9099"), List.of())));
  }

  @AfterEach
  void close() {
    runner.close();
  }

  private static Client client(String authorization) {
    return new Client(authorization, null, "10.0.0.1", "it comes from another host", "");
  }

  private Response push(String probe, String status, String exitCode, String token) {
    return resource.receive(probe, status, exitCode, "said", token, client(null));
  }

  @ParameterizedTest
  @CsvSource(
      nullValues = "-",
      value = {
        "cron, own-token, -, 200",
        "cron, -, Bearer own-token, 200",
        "cron, -, bearer  own-token, 200",
        "cron, -, Bearer beats, 200",
        "bare, -, Bearer beats, 200",
        "cron, wrong, -, 401",
        "cron, -, Bearer wrong, 401",
        "cron, -, -, 401",
        // A probe's token is invalid for others, and unauthorized callers learn no names.
        "bare, own-token, -, 401",
        "nobody, own-token, -, 401",
        "nobody, -, Bearer beats, 404",
        "tcp, -, Bearer beats, 404",
      })
  void report_asksForTheProbesTokenOrTheScope(
      String probe, String token, String authorization, int status) {
    assertThat(resource.receive(probe, null, null, null, token, client(authorization)).getStatus())
        .isEqualTo(status);
  }

  @ParameterizedTest
  @CsvSource(
      nullValues = "-",
      value = {
        "-, -, success, Success[]",
        "success, -, success, Success[]",
        "up, -, success, Success[]",
        "-, 0, success, Success[]",
        "-, 3, failure, Failure[reason=the job reported a failure with exit code 3: said]",
        "failure, -, failure, Failure[reason=the job reported a failure: said]",
        "down, 255, failure, Failure[reason=the job reported a failure with exit code 255: said]",
      })
  void report_isTakenForWhatItSays(String status, String exitCode, String taken, String outcome) {
    assertThat(push("cron", status, exitCode, "own-token").getEntity())
        .isEqualTo(new ProbePushResource.ReportTaken("cron", taken, "2026-03-01T01:05:00Z"));
    assertThat(runner.status("cron").orElseThrow().last().orElseThrow().outcome())
        .hasToString(outcome);
  }

  @Test
  void report_ofABeginning_decidesNothing() {
    assertThat(push("cron", "start", null, "own-token").getStatus()).isEqualTo(200);
    assertThat(runner.status("cron").orElseThrow().last()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      nullValues = "-",
      value = {"maybe, -", "-, 256", "-, -1", "-, x", "success, 1", "start, 0"})
  void report_thatMakesNoSense_isRefused(String status, String exitCode) {
    assertThatThrownBy(() -> push("cron", status, exitCode, "own-token"))
        .isInstanceOf(InvalidFieldException.class);
    assertThat(runner.status("cron").orElseThrow().last()).isEmpty();
  }

  @Test
  void tokenThatCannotBeRead_isNoRefusalForEver() throws IOException {
    Files.delete(folder.resolve("token"));

    assertThat(push("cron", null, null, "own-token").getStatus()).isEqualTo(503);
    assertThat(resource.receive("cron", null, null, null, null, client("Bearer beats")).getStatus())
        .isEqualTo(503);
  }

  @Test
  void tokens_guessedFromOneAddress_areRefusedForAMinute() {
    assertThat(push("cron", null, null, "own-token").getStatus()).isEqualTo(200);
    for (int i = 0; i < 30; i++) {
      assertThat(push("cron", null, null, "guess" + i).getStatus()).isEqualTo(401);
    }
    Response refused = push("cron", null, null, "guess");
    assertThat(refused.getStatus()).isEqualTo(429);
    assertThat(Integer.parseInt(refused.getHeaderString("Retry-After"))).isBetween(1, 60);
    assertThat(push("cron", null, null, "own-token").getStatus()).isEqualTo(200);
    assertThat(push("cron", null, null, null).getStatus()).as("no guess").isEqualTo(401);
    var neighbour = new Client(null, null, "10.0.0.2", "it comes from another host", "");
    assertThat(resource.receive("cron", null, null, null, "guess", neighbour).getStatus())
        .isEqualTo(401);
  }
}
