package io.pharos.alerting.heartbeat;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.alerting.channel.RecordingReceiver;
import io.pharos.config.http.HttpOptions;
import io.pharos.config.http.SecretSource;
import io.pharos.config.pharos.OutboundHeartbeat;
import io.pharos.faults.FaultRun;
import io.pharos.http.ClientPool;
import io.pharos.http.Clients;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The calls that tell others that Pharos is well, over real sockets and in virtual time.
class HeartbeatCallsTest {
  private static final String TOKEN = "secret-0123456789";
  private static final String PHAROS = "pharos:9095";

  private final RecordingReceiver other = new RecordingReceiver();
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private Instant now = Instant.parse("2026-03-01T12:00:00Z");
  private long nanos = Long.MAX_VALUE - 1; // a monotonic clock may overflow
  private final Clients clients = new Clients(() -> now);
  private final ClientPool pool = new ClientPool(clients);
  private Condition condition = new Condition.Well();
  private List<OutboundHeartbeat> settings =
      List.of(heartbeat("hc", SecretSource.inline(other.url("/ping/" + TOKEN)), false));
  private final HeartbeatCalls calls =
      new HeartbeatCalls(
          () -> settings, () -> condition, pool, Runnable::run, () -> now, () -> nanos, registry);

  HeartbeatCallsTest() throws IOException {}

  @AfterEach
  void close() {
    pool.close();
    clients.close();
    other.close();
  }

  private OutboundHeartbeat heartbeat(String name, SecretSource url, boolean reports) {
    return heartbeat(name, url, reports, Duration.ofMinutes(1));
  }

  private OutboundHeartbeat heartbeat(
      String name, SecretSource url, boolean reports, Duration timeout) {
    return new OutboundHeartbeat(
        name,
        url,
        reports ? SecretSource.inline(other.url("/fail/" + TOKEN)) : SecretSource.unset(),
        "POST",
        Duration.ofMinutes(1),
        timeout,
        HttpOptions.DEFAULT);
  }

  private void run(int seconds) {
    for (int i = 0; i < seconds; i++) {
      now = now.plusSeconds(1);
      nanos += Duration.ofSeconds(1).toNanos();
      calls.tick();
    }
  }

  private double count(String result) {
    return registry.get("pharos_outbound_heartbeats").tag("result", result).counter().count();
  }

  private HeartbeatCalls.Shown shown() {
    return calls.shown().getFirst();
  }

  private void unwell(String reason) {
    condition = new Condition.Unwell(List.of(reason));
  }

  @Test
  void well_isCalledAtOnceAndAtEachInterval() {
    run(1);
    assertThat(other.received()).hasSize(1);
    assertThat(other.last().path()).isEqualTo("/ping/" + TOKEN);
    assertThat(other.last().body()).isEqualTo("Pharos is well");
    run(299);
    assertThat(other.received()).hasSize(5);
    assertThat(shown().result()).isEqualTo(HeartbeatCalls.Result.ACCEPTED);
    assertThat(count("accepted")).isEqualTo(5);
    assertThat(
            registry
                .get("pharos_outbound_heartbeat_success_timestamp_seconds")
                .tag("heartbeat", "hc")
                .gauge()
                .value())
        .isEqualTo(shown().acceptedAt().getEpochSecond());
  }

  @Test
  void callsThatFail_raiseAnAlert_andTheNextSuccessEndsIt() throws Exception {
    for (int i = 0; i < 150; i++) {
      other.answer(500, "");
    }
    try (var run = new FaultRun(List.of(new FaultRun.Target("pharos", PHAROS, "")), "pharos")) {
      Instant begin = run.clock().instant();
      Instant here = now;
      run.ask(
          _ -> {
            Duration passed = Duration.between(begin, run.clock().instant());
            run((int) Duration.between(now, here.plus(passed)).toSeconds());
            return Optional.of(FaultRun.page(registry));
          });
      run.pass(Duration.ofMinutes(9));
      assertThat(run.firing()).containsExactly("Watchdog");
      run.pass(Duration.ofMinutes(6));
      assertThat(run.firing()).containsExactlyInAnyOrder("OutboundHeartbeatFailing", "Watchdog");
      assertThat(count("failed")).isGreaterThan(80);
      run.pass(Duration.ofMinutes(15));
      assertThat(count("accepted")).isPositive();
      assertThat(run.firing()).containsExactly("Watchdog");
    }
  }

  @Test
  void start_isNotCalledBeforeTheFirstRule() {
    condition = new Condition.Starting();
    run(120);
    assertThat(other.received()).isEmpty();
    assertThat(shown().result()).isEqualTo(HeartbeatCalls.Result.NONE);
    condition = new Condition.Well();
    run(1);
    assertThat(other.received()).hasSize(1);
  }

  @Test
  void reload_thatForgetsResultsOfRules_isNoStart() {
    run(1);
    condition = new Condition.Starting();
    run(300);
    assertThat(other.received()).hasSize(6);
  }

  @Test
  void unwell_leavesCallsOut_andCallsAgainWhenItEnds() {
    run(1);
    unwell("the disk is full");
    run(300);
    assertThat(other.received()).hasSize(1);
    assertThat(shown().result()).isEqualTo(HeartbeatCalls.Result.LEFT_OUT);
    assertThat(shown().reason()).isEqualTo("the disk is full");
    assertThat(shown().acceptedAt()).isEqualTo(Instant.parse("2026-03-01T12:00:01Z"));
    condition = new Condition.Well();
    run(60);
    assertThat(other.received()).hasSize(2);
  }

  @Test
  void unwellSinceTheStart_isNeverCalledWell() {
    unwell("no rule can be evaluated");
    run(300);
    assertThat(other.received()).isEmpty();
    assertThat(count("left_out")).isPositive();
  }

  @Test
  void shortTrouble_isNotTold() {
    settings = List.of(heartbeat("hc", SecretSource.inline(other.url("/ping")), true));
    run(50);
    unwell("one failed evaluation");
    run(29);
    condition = new Condition.Well();
    run(120);
    assertThat(other.received()).hasSize(4).allMatch(it -> it.path().equals("/ping"));
  }

  @Test
  void failUrl_isCalledWithTheReasonWhileUnwell() {
    settings = List.of(heartbeat("hc", SecretSource.inline(other.url("/ping")), true));
    run(1);
    unwell("the database does not answer");
    run(119);
    assertThat(other.received()).hasSize(2);
    assertThat(other.last().path()).isEqualTo("/fail/" + TOKEN);
    assertThat(other.last().body()).isEqualTo("Pharos is not well: the database does not answer");
    assertThat(shown().result()).isEqualTo(HeartbeatCalls.Result.REPORTED);
  }

  @Test
  void refusedCall_isRepeatedSoon_withoutTheTokenInTheReason() {
    other.answer(503, "no such check " + TOKEN).answer(404, "");
    run(1);
    assertThat(shown().result()).isEqualTo(HeartbeatCalls.Result.FAILED);
    assertThat(shown().reason()).contains("answered 503").doesNotContain(TOKEN);
    run(10);
    assertThat(shown().reason()).contains("answered 404");
    run(10);
    assertThat(shown().result()).isEqualTo(HeartbeatCalls.Result.ACCEPTED);
    assertThat(shown().reason()).isEmpty();
    assertThat(count("failed")).isEqualTo(2);
    run(59);
    assertThat(other.received()).hasSize(3);
  }

  @Test
  void silentPeer_costsOnlyItsOwnTimeout() {
    OutboundHeartbeat patient = settings.getFirst();
    settings = List.of(heartbeat("hc", patient.url(), false, Duration.ofMillis(500)));
    other.hang();
    run(1);
    assertThat(shown().result()).isEqualTo(HeartbeatCalls.Result.FAILED);
    assertThat(shown().reason()).contains("did not answer within 500 ms").doesNotContain(TOKEN);
  }

  @Test
  void clockSetBack_delaysNoCall() {
    run(30);
    now = now.minus(Duration.ofDays(1));
    run(31);
    assertThat(other.received()).hasSize(2);
  }

  @Test
  void urlFile_isReadAtEachCall(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("url");
    settings = List.of(heartbeat("hc", SecretSource.fromFile(file), false));
    run(1);
    assertThat(shown().reason()).contains("unable to read file");
    Files.writeString(file, other.url("/ping/2") + "\n");
    run(10);
    assertThat(other.last().path()).isEqualTo("/ping/2");
  }

  @Test
  void reload_keepsUnchangedHeartbeats_andRemovesTheMetricsOfOthers() {
    OutboundHeartbeat kept = settings.getFirst();
    settings = List.of(kept, heartbeat("old", SecretSource.inline(other.url("/old")), false));
    run(1);
    settings = List.of(kept, heartbeat("new", SecretSource.inline(other.url("/new")), false));
    run(1);
    assertThat(other.received().stream().map(RecordingReceiver.Received::path))
        .containsExactly("/ping/" + TOKEN, "/old", "/new");
    assertThat(registry.find("pharos_outbound_heartbeats").tag("heartbeat", "old").meters())
        .isEmpty();
    settings = List.of();
    run(61);
    assertThat(other.received()).hasSize(3);
    assertThat(registry.getMeters()).isEmpty();
  }
}
