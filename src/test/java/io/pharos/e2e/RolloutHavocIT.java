package io.pharos.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.pharos.Nightly;
import io.pharos.scripts.FullDisk;
import io.pharos.scripts.HaproxyRig;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Healthy releases, and in each of their phases a process is killed or a disk is full: all are
/// promoted, the weights are right as soon as what was lost is back, and hardly a request fails.
/// `-Dpharos.rollout.kills=60 -Dpharos.rollout.disks=10` say how often,
/// `-Dpharos.rollout.victims=pharos,agent` which processes; the numbers are printed.
@Tag("nightly")
@Tag("peer")
class RolloutHavocIT extends RealRollouts {
  private static final List<String> PHASES = List.of("PREPARING", "STEP 1", "STEP 2", "WATCHING");
  private static final Duration SOON = Duration.ofMinutes(3);

  private final Random random = new Random(22);
  private final Map<String, List<Double>> delays = new TreeMap<>();
  private final List<FullDisk> disks = new ArrayList<>();
  private int rollouts;
  private int returned;
  private int done;

  @Override
  void prepare() throws IOException {
    disks.add(FullDisk.mount(folder.resolve("state"), 1024)); // of the scripts and the agent
    disks.add(FullDisk.mount(folder.resolve("data"), 65_536)); // of Pharos
  }

  @AfterEach
  void unmount() {
    disks.forEach(FullDisk::close);
  }

  /// The shipped lease, and a watch that is long enough to be disturbed.
  @Override
  String times() {
    return """
    watch: 6s
    short_watch: true
    start_within: 5m
    drain: 2s
    """;
  }

  private static String phase(JsonNode rollout) {
    String word = rollout.path("phase").asText();
    return word.equals("STEP") ? word + " " + rollout.path("step").asInt() : word;
  }

  /// The newest rollout; a missing node while Pharos is away.
  private JsonNode seen() {
    try {
      return newest();
    } catch (IOException | IllegalStateException _) {
      return MissingNode.getInstance();
    }
  }

  /// A release with a disturbance in each phase, to its end.
  private void release(Queue<String> victims) throws Exception {
    String version = "good" + ++rollouts;
    String last = newest().path("id").asText();
    Process script = script("deploy.sh", "--version", version);
    HaproxyRig.await(
        "a rollout", SOON, () -> !seen().path("id").asText("").equals(last), this::log);
    long end = System.nanoTime() + TimeUnit.MINUTES.toNanos(6);
    var visited = new ArrayList<String>();
    while (!seen().path("ended_at").isTextual()) {
      assertThat(System.nanoTime()).as("%s%n%s%n%s", version, seen(), log()).isLessThan(end);
      String phase = phase(seen());
      if (PHASES.contains(phase) && !visited.contains(phase) && !victims.isEmpty()) {
        visited.add(phase);
        Thread.sleep(random.nextInt(1_500));
        disturb(victims.remove(), phase, script);
      }
      Thread.sleep(100);
    }
    String phase = phase(seen());
    returned += phase.equals("PROMOTED") ? 0 : 1;
    told.add("%s: %s %s".formatted(version, phase, phase.equals("PROMOTED") ? "" : seen()));
    script.destroyForcibly().waitFor();
    if (phase.equals("PROMOTED")) {
      HaproxyRig.await(version, SOON, () -> rig.version().equals(version), this::log);
    }
  }

  private void disturb(String victim, String phase, Process script) throws Exception {
    int pause = random.nextInt(3_000);
    JsonNode before = seen();
    switch (victim) {
      case "agent" -> {
        killAgent();
        Thread.sleep(pause);
        startAgent();
      }
      case "pharos" -> {
        pharos.kill();
        Thread.sleep(pause);
        startPharos();
      }
      case "haproxy" -> {
        rig.killHaproxy();
        Thread.sleep(pause / 3);
        rig.startHaproxy();
      }
      case "driver" -> script.destroyForcibly().waitFor();
      case "disk of the agent" -> full(disks.getFirst(), pause);
      case "disk of Pharos" -> full(disks.getLast(), pause);
      default -> throw new IllegalArgumentException(victim);
    }
    long back = System.nanoTime();
    // A Pharos that has just started takes seconds to answer on a busy machine; HAProxy does not.
    var known = new ArrayList<>(List.of(before));
    HaproxyRig.await(
        "approved weights after " + victim,
        SOON,
        () -> {
          Map<String, String> weights = rig.servers();
          if (known.stream().noneMatch(it -> isApproved(it, weights))) {
            known.add(seen());
            return false;
          }
          return true;
        },
        this::log);
    double delay = (System.nanoTime() - back) / 1e9;
    delays.computeIfAbsent(victim, _ -> new ArrayList<>()).add(delay);
    told.add("  %s in %s after %d ms: %.1f s".formatted(victim, phase, pause, delay));
    done++;
  }

  private static void full(FullDisk disk, int pause) throws Exception {
    disk.fill();
    Thread.sleep(5_000 + pause * 10); // also longer than a lease
    disk.free();
  }

  /// Whether each colour has the weight that Pharos approved, or wanted in a step.
  private static boolean isApproved(JsonNode rollout, Map<String, String> weights) {
    return Stream.of("desired", "approved")
        .map(rollout::path)
        .anyMatch(
            fleet ->
                weights.entrySet().stream()
                    .allMatch(
                        server ->
                            server
                                .getValue()
                                .equals(
                                    "0 " + fleet.path(server.getKey()).path("weight").asInt(-1))));
  }

  @Test
  void healthyReleases_arePromoted_whateverIsLostInWhichPhase() throws Exception {
    int kills = Integer.getInteger("pharos.rollout.kills", Nightly.rounds(4, 60));
    int fills = Integer.getInteger("pharos.rollout.disks", Nightly.rounds(2, 10));
    var victims = new ArrayDeque<String>();
    List<String> processes =
        List.of(
            System.getProperty("pharos.rollout.victims", "agent,pharos,haproxy,driver").split(","));
    List<String> storage = List.of("disk of the agent", "disk of Pharos");
    // Shifted by one in each rollout, so that each of them is lost in each phase.
    for (int i = 0; i < kills; i++) {
      victims.add(processes.get((i + i / PHASES.size()) % processes.size()));
    }
    for (int i = 0; i < fills; i++) {
      victims.add(storage.get((i + i / PHASES.size()) % storage.size()));
    }
    while (!victims.isEmpty()) {
      release(victims);
      System.out.println(String.join("\n", told));
      told.clear();
    }
    int served = rig.served().values().stream().mapToInt(Number::intValue).sum();
    int failed = rig.failed().get();
    System.out.printf(
        "havoc: %d rollouts, %d disturbances, returned %d, requests %d, failed %d (%.3f %%)%n",
        rollouts, done, returned, served + failed, failed, 100.0 * failed / (served + failed));
    delays.forEach(
        (victim, all) ->
            System.out.printf(
                "havoc: %s %d times, weights after at most %.1f s, %d within 2 s%n",
                victim,
                all.size(),
                all.stream().mapToDouble(it -> it).max().orElse(0),
                all.stream().filter(it -> it <= 2).count()));
    assertThat(returned).isZero();
    assertThat(failed).isLessThanOrEqualTo((served + failed) / 1000);
  }
}
