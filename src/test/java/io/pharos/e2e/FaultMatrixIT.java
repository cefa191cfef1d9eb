package io.pharos.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.Nightly;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// The faults of the demo on the demo stack: the packaged program, the shipped files with other
/// ports, a mail server, a Slack and a webhook that record. One page that names the cause, its end,
/// and nothing else. A few faults in every build, all of them at night; there several stacks take
/// them in turn, since one would need six hours.
///
/// How long it takes is printed and fails nothing: that is for virtual time
/// (`io.pharos.faults.FaultMatrixTest`).
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
@Tag("nightly")
class FaultMatrixIT {
  private static final int STACKS = Nightly.isOn() ? 6 : 1;

  /// How long a fault holds once it was told, at night.
  private static final Duration HELD = Duration.ofMinutes(3);

  /// How long nothing may be told once the end was: at night as long as what looks back ten minutes
  /// could still be of another mind.
  private static final Duration WATCHED =
      Nightly.isOn() ? Duration.ofMinutes(12) : Duration.ofSeconds(10);

  private static final Duration HEALTH =
      Nightly.isOn() ? Duration.ofMinutes(20) : Duration.ofSeconds(15);

  /// @param cause the alert that tells of it
  /// @param most how long to wait for its page
  record Fault(String name, String kind, String cause, String probeInterval, Duration most) {
    Fault(String kind, String cause, int minutes) {
      this(kind, kind, cause, "30s", Duration.ofMinutes(minutes));
    }

    @Override
    public String toString() {
      return name;
    }
  }

  private final List<FaultStack> stacks = new ArrayList<>();
  private final Map<Fault, CompletableFuture<Void>> episodes = new ConcurrentHashMap<>();
  private final ConcurrentLinkedQueue<String> table = new ConcurrentLinkedQueue<>();

  static List<Fault> faults() {
    return Nightly.isOn()
        ? List.of(
            new Fault("disk-filling", "DiskFilling", 12),
            new Fault("fleet-offline", "FleetOffline", 12),
            probe("5m", 15),
            new Fault("gpu-exporter-down", "GpuExporterDown", 10),
            new Fault("exporter-down", "ExporterDown", 10),
            probe("90s", 8),
            new Fault("heartbeats-stopped", "AgentHeartbeatsStopped", 8),
            new Fault("gpu-fallen-off", "GpuFellOff", 6),
            new Fault("errors", "HighErrorRate", 5),
            new Fault("latency", "HighLatencyP95", 5),
            new Fault("envelope-errors", "HighEnvelopeErrorRate", 5),
            new Fault("redis-down", "RedisDown", 5),
            new Fault("certificate-ending", "CertificateExpiringSoon", 5),
            new Fault("hang", "BackendDown", 3),
            down(),
            gpuXid())
        : List.of(gpuXid(), down());
  }

  private static Fault down() {
    return new Fault("down", "BackendDown", 3);
  }

  private static Fault gpuXid() {
    return new Fault("gpu-xid", "GpuXidHardware", 3);
  }

  private static Fault probe(String interval, int minutes) {
    return new Fault(
        "probe failing, every " + interval,
        "auth-off",
        "ProbeFailing",
        interval,
        Duration.ofMinutes(minutes));
  }

  @BeforeAll
  void start() throws Exception {
    Path folder = Path.of("target", "e2e", "matrix-" + ProcessHandle.current().pid());
    for (int i = 0; i < STACKS; i++) {
      stacks.add(new FaultStack(folder.resolve("stack-" + i)));
    }
  }

  @AfterAll
  void stop() {
    table.forEach(System.out::println);
    stacks.forEach(FaultStack::close);
  }

  @Test
  @Order(1)
  void health_tellsNobodyAnything() throws Exception {
    TimeUnit.SECONDS.sleep(HEALTH.toSeconds());
    for (FaultStack stack : stacks) {
      assertThat(stack.told(0)).isEmpty();
      assertThat(stack.posts()).isZero();
      assertThat(stack.mails()).isZero();
    }
    table.add("e2e: %d stacks healthy for %s, 0 messages".formatted(STACKS, HEALTH));
  }

  @ParameterizedTest
  @Order(2)
  @MethodSource("faults")
  void fault_isOnePage_andItsEnd(Fault fault) {
    raiseAll();
    episodes.get(fault).join();
  }

  /// Begins all episodes, once: each stack takes the next fault when it is done with one.
  private void raiseAll() {
    if (episodes.isEmpty()) {
      faults().forEach(fault -> episodes.put(fault, new CompletableFuture<>()));
      var waiting = new ConcurrentLinkedQueue<>(faults());
      for (FaultStack stack : stacks) {
        Thread.ofVirtual().start(() -> takeTurns(stack, waiting));
      }
    }
  }

  private void takeTurns(FaultStack stack, ConcurrentLinkedQueue<Fault> waiting) {
    for (Fault fault = waiting.poll(); fault != null; fault = waiting.poll()) {
      try {
        play(stack, fault);
        episodes.get(fault).complete(null);
      } catch (Exception | AssertionError e) {
        table.add("e2e: %-28s %s".formatted(fault, e));
        episodes.get(fault).completeExceptionally(e);
      }
    }
  }

  private void play(FaultStack stack, Fault fault) throws Exception {
    stack.probeEvery(fault.probeInterval());
    int before = stack.messages();
    int mails = stack.mails();
    int posts = stack.posts();
    Duration paged;
    try {
      stack.raise(fault.kind());
      paged =
          stack
              .pharos()
              .await("a message of " + fault, fault.most(), () -> stack.messages() > before);
      if (Nightly.isOn()) {
        TimeUnit.SECONDS.sleep(HELD.toSeconds());
      }
      assertThat(stack.told(before)).containsExactly(List.of("firing " + fault.cause()));
    } finally {
      stack.raise("none");
    }
    Duration over =
        stack
            .pharos()
            .await(
                "the end of " + fault, Duration.ofMinutes(12), () -> stack.messages() > before + 1);
    TimeUnit.SECONDS.sleep(WATCHED.toSeconds());
    assertThat(stack.told(before))
        .containsExactly(List.of("firing " + fault.cause()), List.of("resolved " + fault.cause()));
    assertThat(stack.posts() - posts).as("Slack").isEqualTo(2);
    assertThat(stack.mails() - mails).as("mail").isEqualTo(2);
    table.add(
        "e2e: %-28s %-24s page after %4d s, over after %4d s, 2 messages a channel"
            .formatted(fault, fault.cause(), paged.toSeconds(), over.toSeconds()));
  }
}
