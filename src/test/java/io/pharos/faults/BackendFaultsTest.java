package io.pharos.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.demo.PlayedDemo;
import io.pharos.faults.FaultRun.Target;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// The alerts on the backend that no page is sent for at once, or that are held back while a worse
/// one fires, raised by the demo backend.
@Tag("slow")
class BackendFaultsTest {
  private static final String BACKEND = "127.0.0.1:8080";
  private static final String TAP = "127.0.0.1:9181";
  private static final Duration STEP = Duration.ofMinutes(1);

  private PlayedDemo demo;
  private UnaryOperator<String> change = it -> it;

  /// A demo that was well for half an hour.
  private FaultRun run(String... packs) throws IOException {
    var run =
        new FaultRun(
            List.of(
                new Target("remotegpu-backend", BACKEND, ""), new Target("remotegpu-tap", TAP, "")),
            packs);
    demo = new PlayedDemo(run.clock(), 2);
    run.ask(this::page);
    run.pass(Duration.ofMinutes(30));
    assertThat(run.firing()).isEmpty();
    return run;
  }

  private Optional<String> page(URI url) {
    return url.getAuthority().equals(TAP)
        ? demo.page("/tap/metrics")
        : demo.page(url.getPath()).map(change);
  }

  /// What fired within that time.
  private static Set<String> fired(FaultRun run, int minutes) {
    var fired = new TreeSet<String>();
    for (int minute = 0; minute < minutes; minute++) {
      run.pass(STEP);
      fired.addAll(run.firing());
    }
    return fired;
  }

  @Test
  void fewRequestsThatFail_areTold() throws IOException {
    try (FaultRun run = run("backend")) {
      demo.raise("errors", 0.05);
      assertThat(fired(run, 20)).containsExactly("ElevatedErrorRate");
    }
  }

  @Test
  void fewRequestsThatAreSlow_areTold() throws IOException {
    try (FaultRun run = run("backend")) {
      demo.raise("latency", 0.1);
      assertThat(fired(run, 20)).contains("ElevatedLatencyP95");
    }
  }

  @Test
  void machinesThatGoOffline_areTold() throws IOException {
    try (FaultRun run = run("backend")) {
      demo.raise("fleet-offline", 1);
      assertThat(fired(run, 20)).containsExactlyInAnyOrder("FleetOffline", "MachinesOffline");
    }
  }

  /* The page stands still, as that of a backend which nobody reaches any more. */
  @Test
  void backendThatNobodyAsks_isTold() throws IOException {
    try (FaultRun run = run("backend")) {
      String last = demo.page("/metrics").orElseThrow();
      change = _ -> last;
      assertThat(fired(run, 15)).containsExactlyInAnyOrder("NoTraffic", "AgentHeartbeatsStopped");
    }
  }

  @Test
  void poolOfTheDatabaseThatIsUsedUp_isTold() throws IOException {
    try (FaultRun run = run("backend")) {
      demo.raise("db-pool", 1);
      assertThat(fired(run, 5)).containsExactly("DatabasePoolExhausted");
    }
  }

  @Test
  void requestsThatFailForLong_useUpTheObjective() throws IOException {
    try (FaultRun run = run("slo")) {
      demo.raise("errors", 0.5);
      assertThat(fired(run, 20)).contains("SloBurnRateFast");
    }
    try (FaultRun run = run("slo")) {
      demo.raise("errors", 0.03);
      var fired = new TreeSet<String>();
      for (int hour = 0; hour < 30 && !fired.contains("SloBurnRateSlow"); hour++) {
        run.pass(Duration.ofHours(1), Duration.ofMinutes(2));
        fired.addAll(run.firing());
      }
      assertThat(fired).contains("SloBurnRateSlow");
    }
  }
}
