package io.pharos.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.Nightly;
import io.pharos.alerting.pipeline.Notification;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Each fault of the demo, after little and after much healthy history: one page that names the
/// cause, in time; its end, once the fault is over, and nothing after it; no end before.
///
/// Messages that repeat what a channel knows (`repeat_interval`) are not counted.
@Tag("slow")
class FaultMatrixTest {
  private static final Duration TICK = Duration.ofSeconds(10);
  private static final Duration SETTLING = Duration.ofMinutes(2);
  private static final Duration COARSE = Duration.ofMinutes(1);

  /// How long it is looked at closely what a fault does, and what its end does.
  private static final Duration CLOSE = Duration.ofMinutes(8);

  /// How long nothing may be told after the end. At night longer than the longest window of a burn
  /// rate.
  private static final Duration WATCHED =
      Nightly.isOn() ? Duration.ofHours(8) : Duration.ofMinutes(45);

  /// How long a fault holds: twenty minutes in every build, a day at night.
  private static final Duration HELD =
      Nightly.isOn() ? Duration.ofHours(24) : Duration.ofMinutes(20);

  private static final Duration SHORT = Duration.ofMinutes(20);
  private static final Duration LONG = Duration.ofHours(7);

  @TempDir static Path folder;

  private static final Map<Duration, Path> HISTORIES = new HashMap<>();
  private static final List<String> TABLE = new ArrayList<>();

  /// @param kind of the fault, as the demo names it
  /// @param cause the alert that must tell of it
  /// @param inTime when it must have been told at the latest: the windows, `for` and the waits of
  ///   the group, a scrape and two seconds
  /// @param over when its end must have been told at the latest, after the fault's end
  record Fault(
      String name,
      String kind,
      double ratio,
      String probeInterval,
      String cause,
      Duration inTime,
      Duration over) {
    Fault(String kind, double ratio, String cause, String inTime, String over) {
      this(kind, kind, ratio, "30s", cause, Duration.parse(inTime), Duration.parse(over));
    }

    @Override
    public String toString() {
      return name;
    }
  }

  record Run(Fault fault, Duration history, Duration held) {
    @Override
    public String toString() {
      return "%s for %s after %s of health".formatted(fault, held, history);
    }
  }

  static List<Fault> faults() {
    return List.of(
        new Fault("down", 1, "BackendDown", "PT52S", "PT1M"),
        new Fault("hang", 1, "BackendDown", "PT52S", "PT1M"),
        new Fault("errors", 0.5, "HighErrorRate", "PT90S", "PT4M"),
        new Fault("latency", 0.5, "HighLatencyP95", "PT90S", "PT4M"),
        new Fault("envelope-errors", 0.5, "HighEnvelopeErrorRate", "PT90S", "PT4M"),
        new Fault("gpu-xid", 1, "GpuXidHardware", "PT32S", "PT1M"),
        // keep_firing_for: 6m, until GpuExporterDown would fire
        new Fault("gpu-fallen-off", 1, "GpuFellOff", "PT150S", "PT7M"),
        new Fault("gpu-exporter-down", 1, "GpuExporterDown", "PT6M", "PT90S"),
        new Fault("exporter-down", 1, "ExporterDown", "PT6M", "PT90S"),
        new Fault("redis-down", 1, "RedisDown", "PT92S", "PT1M"),
        new Fault("disk-filling", 1, "DiskFilling", "PT7M", "PT1M"),
        new Fault("certificate-ending", 1, "CertificateExpiringSoon", "PT2M", "PT90S"),
        new Fault("fleet-offline", 1, "FleetOffline", "PT7M", "PT3M"),
        new Fault("heartbeats-stopped", 1, "AgentHeartbeatsStopped", "PT4M", "PT2M"),
        probe("30s", "PT150S", "PT80S"),
        probe("90s", "PT210S", "PT150S"),
        probe("5m", "PT7M", "PT6M"));
  }

  private static Fault probe(String interval, String inTime, String over) {
    return new Fault(
        "probe failing, every " + interval,
        "auth-off",
        1,
        interval,
        "ProbeFailing",
        Duration.parse(inTime),
        Duration.parse(over));
  }

  /// After long health those of which an alert looks back far, by day; at night all of them.
  static Stream<Run> runs() {
    var runs = new ArrayList<Run>();
    for (Fault fault : faults()) {
      boolean burns = fault.kind().matches("errors|envelope-errors|latency|down");
      runs.add(new Run(fault, SHORT, HELD));
      if (burns
          || Nightly.isOn()
          || fault.kind().matches("gpu-fallen-off|fleet-offline|heartbeats-stopped")) {
        runs.add(new Run(fault, LONG, HELD));
      }
      if (burns) {
        runs.add(new Run(fault, LONG, Duration.ofMinutes(5)));
        if (Nightly.isOn()) {
          runs.add(new Run(fault, SHORT, Duration.ofMinutes(5)));
        }
      }
    }
    return runs.stream();
  }

  /// A store with that much health in it, made once.
  private static Path history(Duration length) throws IOException {
    Path made = HISTORIES.get(length);
    if (made == null) {
      made = folder.resolve("history-" + length);
      try (var stack = new VirtualStack(made, Duration.ZERO, "30s")) {
        Duration coarse = length.minus(SHORT);
        stack.pass(coarse, COARSE);
        stack.pass(SHORT, TICK);
        assertThat(stack.told()).as("told in health").isEmpty();
      }
      HISTORIES.put(length, made);
    }
    return made;
  }

  private static Path copy(Path from) throws IOException {
    Path to = Files.createTempDirectory(folder, "run").resolve("store");
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.toList()) {
        Path target = to.resolve(from.relativize(file));
        if (Files.isDirectory(file)) {
          Files.createDirectories(target);
        } else {
          Files.copy(file, target);
        }
      }
    }
    return to;
  }

  @ParameterizedTest
  @MethodSource("runs")
  void fault_isOnePageInTime_andOverOnceItIsOver(Run run) throws IOException {
    Fault fault = run.fault();
    Path store = copy(history(run.history()));
    try (var stack = new VirtualStack(store, run.history(), fault.probeInterval())) {
      stack.pass(SETTLING.plusMillis(3700), TICK);
      assertThat(stack.told()).as("told in health").isEmpty();

      stack.raise(fault.kind(), fault.ratio());
      passClosely(stack, run.held());
      double ended = stack.seconds();
      stack.repair();
      passClosely(stack, WATCHED);

      judge(run, stack, ended);
    }
  }

  /// Looks closely at the beginning and, so that nothing is late then, at the end.
  private static void passClosely(VirtualStack stack, Duration length) {
    Duration rest = length.minus(CLOSE).minus(COARSE);
    if (rest.isPositive()) {
      stack.pass(CLOSE, TICK);
      stack.pass(rest, COARSE);
      stack.pass(COARSE, TICK);
    } else {
      stack.pass(length, TICK);
    }
  }

  private static void judge(Run run, VirtualStack stack, double ended) {
    Fault fault = run.fault();
    var timeline = new StringBuilder(run + ", fault over at " + ended + "\n");
    stack.told().forEach(told -> timeline.append("  ").append(told).append('\n'));
    System.out.print(timeline);
    assertThat(stack.byChannel()).as(timeline.toString()).containsOnlyKeys("email", "slack");
    stack
        .byChannel()
        .forEach(
            (channel, all) -> {
              List<VirtualStack.Told> news =
                  all.stream().filter(told -> told.reason() != Notification.Reason.REPEAT).toList();
              assertThat(news).as(timeline.toString()).hasSize(2);
              VirtualStack.Told page = news.getFirst();
              VirtualStack.Told end = news.getLast();
              assertThat(page.text()).as(timeline.toString()).isEqualTo("firing " + fault.cause());
              assertThat(page.at())
                  .as(timeline.toString())
                  .isBetween(0.0, (double) fault.inTime().toSeconds());
              assertThat(end.text())
                  .as(timeline.toString())
                  .isEqualTo("resolved -" + fault.cause());
              assertThat(end.at())
                  .as(timeline.toString())
                  .isBetween(ended, ended + fault.over().toSeconds());
              assertThat(all.getLast()).as("the last\n" + timeline).isEqualTo(end);
            });
    VirtualStack.Told page = stack.told().getFirst();
    VirtualStack.Told end = stack.told().getLast();
    TABLE.add(
        "%-28s %-10s %-8s %-24s page after %5.0f s, over after %5.0f s, %d messages a channel"
            .formatted(
                fault, run.history(), run.held(), fault.cause(), page.at(), end.at() - ended, 2));
  }

  @AfterAll
  static void show() {
    TABLE.forEach(System.out::println);
  }

  @Test
  void health_ofAWholeDay_tellsNobodyAnything() throws IOException {
    try (var stack = new VirtualStack(folder.resolve("day"), Duration.ZERO, "30s")) {
      stack.pass(Duration.ofHours(24), Nightly.isOn() ? TICK : COARSE);
      assertThat(stack.told()).isEmpty();
    }
  }
}
