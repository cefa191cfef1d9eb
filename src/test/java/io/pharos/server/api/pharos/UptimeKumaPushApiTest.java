package io.pharos.server.api.pharos;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.access.AccessControls;
import io.pharos.access.Client;
import io.pharos.access.TrustBoundary;
import io.pharos.alerting.outbox.VirtualTime;
import io.pharos.model.LabelMatcher;
import io.pharos.model.Labels;
import io.pharos.probe.ProbeConfig;
import io.pharos.probe.ProbeFile;
import io.pharos.probe.run.ProbeRunner;
import io.pharos.probe.run.PushStore;
import io.pharos.probe.run.PushTokens;
import io.pharos.server.api.RequestClient;
import io.pharos.storage.ArrivalListener;
import io.pharos.storage.InMemoryStorage;
import io.pharos.storage.SampleWindow;
import io.pharos.trouble.ObservationGaps;
import io.pharos.trouble.TimeContinuity;
import jakarta.ws.rs.core.Response;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class UptimeKumaPushApiTest {
  private static final String TOKEN = "k7Wv2QxLrT";

  private static final Client CLIENT =
      new Client(null, null, "192.0.2.1", "it comes from another host", "");

  @TempDir Path folder;

  private final VirtualTime clock = new VirtualTime();
  private final InMemoryStorage storage = new InMemoryStorage();
  private ProbeRunner runner;
  private UptimeKumaPushResource resource;

  private List<ProbeConfig> probes(String more) {
    return ProbeFile.parse(
            "p.yml",
            """
        probes:
          - {name: cron, interval: 1h, push: {token_file: token, grace: 5m}}
          - {name: paused, enabled: false, interval: 1h, push: {token_file: paused}}
          - {name: bare, interval: 1h, push: {}}
        """
                + more,
            folder)
        .stream()
        .filter(ProbeConfig::enabled)
        .toList();
  }

  @BeforeEach
  void start() throws IOException {
    Files.writeString(folder.resolve("token"), TOKEN + "\n");
    Files.writeString(folder.resolve("paused"), "token-of-paused\n");
    runner =
        new ProbeRunner(
            probes(""),
            new ProbeRunner.Ports(
                storage,
                (name, every, offset, task) -> () -> {},
                clock,
                new SimpleMeterRegistry(),
                new ObservationGaps(),
                new TimeContinuity(clock, new ObservationGaps()),
                PushStore.inMemory(),
                ArrivalListener.IGNORED));
    runner.start();
    resource =
        new UptimeKumaPushResource(
            runner,
            new PushTokens(runner::pushTokens, clock),
            AccessControls.of("tokens: []"),
            new RequestClient(
                new TrustBoundary("127.0.0.1", URI.create("http://127.0.0.1:9095"), List.of())));
  }

  @AfterEach
  void close() {
    runner.close();
  }

  private String push(String token, String status, String message, String ping) {
    return answer(resource.receive(token, status, message, ping, CLIENT));
  }

  private String outcome() {
    return runner
        .status("cron")
        .orElseThrow()
        .last()
        .map(result -> result.outcome().toString())
        .orElse("nothing");
  }

  /// The values of a series, in their order.
  private List<Double> values(String metric) {
    var values = new ArrayList<Double>();
    var set =
        storage.select(List.of(LabelMatcher.equal(Labels.METRIC_NAME, metric)), 0, Long.MAX_VALUE);
    for (int i = 0; i < set.size(); i++) {
      var window = new SampleWindow();
      set.read(i, 0, Long.MAX_VALUE, window);
      for (int at = 0; at < window.size(); at++) {
        values.add(window.value(at));
      }
    }
    return values;
  }

  private static String answer(Response response) {
    return switch (response.getEntity()) {
      case UptimeKumaPushResource.Accepted(boolean ok) -> response.getStatus() + " " + ok;
      case UptimeKumaPushResource.Refused(boolean ok, String msg) ->
          response.getStatus() + " " + ok + " " + msg;
      default -> throw new AssertionError(response.getEntity());
    };
  }

  @ParameterizedTest
  @CsvSource(
      nullValues = "-",
      value = {
        "-, -, -, Success[]",
        "up, OK, 12.5, Success[]",
        "'', OK, '', Success[]",
        "down, disk full, -, Failure[reason=the job reported a failure: disk full]",
        "DOWN, -, -, Failure[reason=the job reported a failure]",
        "error, -, -, Failure[reason=the job reported a failure]",
      })
  void report_isTakenAsUptimeKumaTakesIt(
      String status, String message, String ping, String outcome) {
    assertThat(push(TOKEN, status, message, ping)).isEqualTo("200 true");
    assertThat(outcome()).isEqualTo(outcome);
  }

  @Test
  void tokens_guessedFromOneAddress_areRefusedForAMinute() {
    assertThat(push(TOKEN, "up", null, null)).isEqualTo("200 true");
    for (int i = 0; i < 30; i++) {
      assertThat(push("guess" + i, "up", null, null)).startsWith("404");
    }
    Response refused = resource.receive("guess", "up", null, null, CLIENT);
    assertThat(answer(refused)).startsWith("429 false Too many wrong tokens");
    assertThat(Integer.parseInt(refused.getHeaderString("Retry-After"))).isBetween(1, 60);
    assertThat(push(TOKEN, "up", null, null)).as("a token in use").isEqualTo("200 true");
    var neighbour = new Client(null, null, "192.0.2.2", "it comes from another host", "");
    assertThat(answer(resource.receive("guess", "up", null, null, neighbour))).startsWith("404");
  }

  @Test
  void ping_isHowLongTheRunTook() {
    assertThat(push(TOKEN, "up", "OK", "1500")).isEqualTo("200 true");
    assertThat(values("probe_push_run_seconds")).containsExactly(1.5);
  }

  @ParameterizedTest
  @CsvSource({"-1", "86400001", "NaN", "Infinity", "1 s", "soon"})
  void pingThatIsNone_isRefused_andNothingIsHeard(String ping) {
    assertThat(push(TOKEN, "up", "OK", ping)).startsWith("400 false Invalid ping value");
    assertThat(outcome()).isEqualTo("nothing");
  }

  /// Unknown tokens and tokens of disabled probes get the same answer.
  @ParameterizedTest
  @CsvSource({"wrong", "token-of-paused", "cron", "bare", "' '", "k7Wv2QxLrT%00", "k7Wv2QxLr"})
  void tokenOfNobody_isRefused_likeAnyOther(String token) {
    assertThat(push(token, "up", "OK", "x"))
        .isEqualTo("404 false Monitor not found or not active.");
    assertThat(push("x".repeat(10_000), "up", "OK", ""))
        .isEqualTo("404 false Monitor not found or not active.");
    assertThat(outcome()).isEqualTo("nothing");
  }

  @Test
  void tokenInAMessage_isBlottedOut() {
    push(TOKEN, "down", "curl https://pharos/api/push/" + TOKEN + " failed", "");
    assertThat(outcome()).contains("/api/push/<secret> failed").doesNotContain(TOKEN);
  }

  @Test
  void rotatedToken_countsAtOnce_orWithinSeconds_andTheOldOneNoLonger() throws IOException {
    assertThat(push(TOKEN, "up", "", "")).isEqualTo("200 true");
    clock.advance(PushTokens.READ_INTERVAL);
    Files.writeString(folder.resolve("token"), "another-token\n");
    assertThat(push(TOKEN, "up", "", "")).startsWith("404");
    assertThat(push("another-token", "up", "", "")).isEqualTo("200 true");
    Files.writeString(folder.resolve("token"), "third-token\n");
    assertThat(push("third-token", "up", "", "")).startsWith("404");
    clock.advance(PushTokens.READ_INTERVAL);
    assertThat(push("third-token", "up", "", "")).isEqualTo("200 true");
  }

  @Test
  void probeThatIsAdded_isKnownAtOnce() throws IOException {
    assertThat(push("new-token", "up", "", "")).startsWith("404");
    Files.writeString(folder.resolve("new"), "new-token");
    runner.reload(probes("  - {name: new, interval: 1h, push: {token_file: new}}\n"));
    assertThat(push("new-token", "up", "", "")).isEqualTo("200 true");
  }

  /// The token may be right, so the client should retry.
  @Test
  void tokensThatCanNotBeRead_areOwnTrouble() throws IOException {
    Files.delete(folder.resolve("token"));
    assertThat(push(TOKEN, "up", "", "")).startsWith("503 false");
    Files.writeString(folder.resolve("token"), TOKEN);
    clock.advance(PushTokens.READ_INTERVAL);
    assertThat(push(TOKEN, "up", "", "")).isEqualTo("200 true");
  }

  @Test
  void tokenOfTwoProbes_isRefused() throws IOException {
    Files.writeString(folder.resolve("two"), TOKEN);
    runner.reload(probes("  - {name: two, interval: 1h, push: {token_file: two}}\n"));
    assertThat(push(TOKEN, "up", "", "")).startsWith("404");
  }
}
