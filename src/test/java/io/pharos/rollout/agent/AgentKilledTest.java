package io.pharos.rollout.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.Nightly;
import io.pharos.rollout.ObservedServer;
import io.pharos.rollout.agent.BalancedServer.Check;
import io.pharos.scripts.HaproxyRig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The agent as a process with a real HAProxy, constant traffic and a scripted Pharos: whatever
/// process is killed, the right colour serves within ten seconds, and the candidate never exceeds
/// the share of its step.
@Tag("nightly")
@Tag("peer")
class AgentKilledTest {
  /* Ten seconds are promised; a busy machine may take longer, which is printed but fails no test. */
  private static final Duration SOON = Duration.ofSeconds(60);

  private static final String BEFORE = "blue 0 100, green ? -";
  private static final String FIRST = "blue 0 95, green 1 5";
  private static final String SECOND = "blue 0 75, green 1 25";

  @TempDir Path folder;
  private ScriptedPharos pharos;
  private HaproxyRig rig;
  private Haproxy haproxy;
  private Path env;
  private Process agent;

  @BeforeEach
  void start() throws Exception {
    rig = new HaproxyRig(folder, exchange -> HaproxyRig.answer(exchange, 404, ""));
    haproxy = new Haproxy(rig.socket().toString(), "remotegpu", Optional.empty());
    pharos = new ScriptedPharos();
    pharos.start();
    env = folder.resolve("test.env");
    Files.writeString(
        env,
        """
        PHAROS_ENV=staging
        PHAROS_URL=%s
        SERVICE=backend
        CANDIDATE_URL_BLUE=%s
        CANDIDATE_URL_GREEN=%s
        """
                .formatted(pharos.url(), rig.url("blue"), rig.url("green"))
            + rig.settings());
    Files.createDirectories(folder.resolve("state"));
    Files.writeString(folder.resolve("state").resolve("releases"), "blue 0\n");
    startAgent();
  }

  @AfterEach
  void stop() throws Exception {
    if (agent != null) {
      agent.destroy();
      agent.waitFor(10, TimeUnit.SECONDS);
      pharos.close();
    }
    if (rig != null) {
      rig.close();
    }
  }

  private void startAgent() throws IOException {
    var builder =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx64m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                "io.pharos.server.app.Main",
                "rollout",
                "agent",
                "--env-file",
                env.toString())
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(folder.resolve("agent.log").toFile()));
    builder.environment().keySet().removeIf(name -> name.startsWith("PHAROS_"));
    agent = builder.start();
  }

  private void killAgent() throws InterruptedException {
    agent.destroyForcibly().waitFor();
  }

  private void signalAgent(String signal) throws Exception {
    new ProcessBuilder("kill", "-" + signal, Long.toString(agent.pid())).start().waitFor();
  }

  private String log() {
    var text = new StringBuilder();
    for (String name : List.of("agent.log", "state/watch.log", "state/approved.json")) {
      try {
        text.append(name).append('\n').append(Files.readString(folder.resolve(name)));
      } catch (IOException _) { // it was not written yet
      }
    }
    return text.toString();
  }

  private void await(String what, Duration most, HaproxyRig.Condition condition) throws Exception {
    HaproxyRig.await(what, most, condition, this::log);
  }

  private void reach(String desired, String approved) throws Exception {
    pharos.wants(desired, approved);
    pharos.forget();
    await(desired, Duration.ofSeconds(40), pharos::isMatched);
  }

  private Map<String, Integer> weights() throws IOException {
    var weights = new TreeMap<String, Integer>();
    haproxy.servers().forEach((name, server) -> weights.put(name, server.weight()));
    return weights;
  }

  private void awaitWeights(int blue, int green) throws Exception {
    long begin = System.nanoTime();
    await(
        "weights " + blue + " and " + green,
        SOON,
        () -> weights().equals(Map.of("blue", blue, "green", green)));
    System.out.printf(
        "agent: blue %d, green %d after %.1f s%n", blue, green, (System.nanoTime() - begin) / 1e9);
  }

  private void reachTheSecondStep() throws Exception {
    reach(FIRST, BEFORE);
    reach(SECOND, FIRST);
    assertThat(weights()).isEqualTo(Map.of("blue", 75, "green", 25));
  }

  @Test
  void agentKilled_andNobodyCame_theWatchdogRestoresWhatWasApproved() throws Exception {
    reachTheSecondStep();
    killAgent();
    awaitWeights(95, 5);
    Thread.sleep(1_000);
    assertThat(weights()).isEqualTo(Map.of("blue", 95, "green", 5));
    assertThat(rig.failed()).as(log()).hasValue(0);
    startAgent();
    await("a successor", Duration.ofSeconds(30), () -> weights().get("green") == 25);
    assertThat(rig.failed()).as(log()).hasValue(0);
  }

  @Test
  void agentThatStandsStill_isActedFor_andGoesOnWhenItWakes() throws Exception {
    reachTheSecondStep();
    signalAgent("STOP");
    awaitWeights(95, 5);
    signalAgent("CONT");
    awaitWeights(75, 25);
    assertThat(rig.failed()).as(log()).hasValue(0);
  }

  @Test
  void agentAskedToEnd_leavesWhatWasApproved_andTheServersRunning() throws Exception {
    reachTheSecondStep();
    agent.destroy();
    assertThat(agent.waitFor(10, TimeUnit.SECONDS)).isTrue();
    assertThat(weights()).isEqualTo(Map.of("blue", 95, "green", 5));
    assertThat(rig.runs("green")).isTrue();
    assertThat(rig.failed()).as(log()).hasValue(0);
  }

  @Test
  void pharosGone_restoresWhatWasApproved_andGoesOnWhenItIsBack() throws Exception {
    reachTheSecondStep();
    pharos.stop();
    awaitWeights(95, 5);
    assertThat(rig.runs("green")).isTrue();
    pharos.start();
    awaitWeights(75, 25);
    assertThat(rig.failed()).as(log()).hasValue(0);
  }

  @Test
  void haproxyKilled_beginsWithWhatWasApproved_andIsLedOn() throws Exception {
    reachTheSecondStep();
    signalAgent("STOP"); // what HAProxy begins with is seen without anybody's help
    rig.killHaproxy();
    rig.startHaproxy();
    assertThat(weights()).isEqualTo(Map.of("blue", 95, "green", 5));
    signalAgent("CONT");
    awaitWeights(75, 25);
    assertThat(rig.failed()).as(log()).hasValue(0);
  }

  private static final String WATCHED = "blue 0 0, green 1 100";

  /// The old colour is idle and hot: it has the traffic within a second of HAProxy's DOWN, also
  /// while Pharos is away.
  @Test
  void candidateThatDiesInTheWatch_losesItsTrafficAtOnce() throws Exception {
    for (boolean away : List.of(false, true)) {
      reach(FIRST, BEFORE);
      reach(SECOND, FIRST);
      reach(WATCHED, SECOND);
      if (away) {
        pharos.stop();
      }
      int failed = rig.failed().get();
      rig.stopColor("green");
      var down = new AtomicLong();
      var moved = new AtomicLong();
      await(
          "the old colour serves",
          SOON,
          () -> {
            if (down.get() == 0 && haproxy.servers().get("green").check() == Check.DOWN) {
              down.set(System.nanoTime());
            }
            moved.set(System.nanoTime());
            return rig.version().equals("0");
          });
      double late = down.get() == 0 ? 0 : (moved.get() - down.get()) / 1e9;
      System.out.printf(
          "agent: candidate dead, Pharos away %s: %.2f s after DOWN, %d requests failed%n",
          away, late, rig.failed().get() - failed);
      assertThat(late).as(log()).isLessThan(1);
      assertThat(haproxy.servers().get("green").withdrawn()).isTrue();
      if (away) {
        rig.startColor("green", "1");
        Thread.sleep(6_000); // HAProxy finds it healthy again, and the lease ends
        rig.assertServes("0");
      } else { // as Pharos does then
        reach(BEFORE, BEFORE);
        await("put back", SOON, () -> haproxy.servers().get("green").ready());
      }
    }
  }

  /// Neither the agent nor, when it is killed, its watchdog brings back what a person took out.
  @Test
  void rollbackByHand_whilePharosIsAway_isHonoured() throws Exception {
    reachTheSecondStep();
    pharos.stop();
    Path program = folder.resolve("pharos");
    Files.writeString(program, "#!/bin/sh\nexit 5\n");
    assertThat(program.toFile().setExecutable(true)).isTrue();
    Files.writeString(
        env,
        "ROLLOUT=true\nSTRATEGY=canary\nPHAROS_COMMAND=" + program + "\n",
        StandardOpenOption.APPEND);
    Process rollback =
        new ProcessBuilder("bash", "scripts/rollback.sh", "--env", env.toString())
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("scripts.log").toFile())
            .start();
    assertThat(rollback.waitFor(30, TimeUnit.SECONDS)).isTrue();
    assertThat(rollback.exitValue()).as(Files.readString(folder.resolve("scripts.log"))).isZero();
    rig.assertServes("0");
    for (int i = 0; i < 20; i++) {
      Thread.sleep(400); // more than a lease: the approved weights would give green 5
      rig.assertServes("0");
      if (i == 10) {
        killAgent();
      }
    }
    assertThat(haproxy.servers().get("green").withdrawn()).as(log()).isTrue();
    assertThat(rig.failed()).as(log()).hasValue(0);
    startAgent();
    pharos.start();
    await(
        "Pharos hears of it",
        SOON,
        () -> {
          var heard = pharos.heard();
          return heard != null
              && heard.servers().get("green").withdrawn() == ObservedServer.Withdrawal.BY_HAND;
        });
  }

  @Test
  void secondAgent_isRefused() throws Exception {
    reach(FIRST, BEFORE);
    Process first = agent;
    startAgent();
    assertThat(agent.waitFor(2, TimeUnit.MINUTES)).isTrue();
    assertThat(agent.exitValue()).isEqualTo(4);
    assertThat(log()).contains("held by no other agent");
    agent = first;
  }

  /// Good and bad rollouts in turn, each with a process killed at a random time.
  @Test
  void rollouts_endInTheRightColour_whoeverIsKilledWhen() throws Exception {
    var random = new Random(7);
    String serving = "blue";
    String version = "0";
    int rounds = Nightly.rounds(3, 50);
    var told = new ArrayList<String>();
    for (int i = 1; i <= rounds; i++) {
      String candidate = serving.equals("blue") ? "green" : "blue";
      boolean good = i % 2 == 1;
      String old = serving + " " + version + " ";
      String fresh = candidate + " v" + i + " ";
      int victim = i % 3;
      int when = random.nextInt(8_000);
      Thread killer = Thread.ofVirtual().start(() -> kill(victim, when));
      try (var guard = new ShareGuard(rig.socket(), candidate, Duration.ZERO)) {
        String approved = old + "100, " + candidate + " ? -";
        for (int weight : List.of(5, 25, 50, 100)) {
          guard.allow(weight);
          String desired = old + (100 - weight) + ", " + fresh + weight;
          reach(desired, approved);
          approved = good ? desired : approved;
          if (!good && weight == 25) {
            break;
          }
        }
        String end = good ? old + "-, " + fresh + "100" : old + "100, " + fresh + "-";
        reach(end, end);
        pharos.keeps(end);
        killer.join();
        serving = good ? candidate : serving;
        version = good ? "v" + i : version;
        String right = version;
        await(
            "the end of the kill",
            SOON,
            () -> agent.isAlive() && rig.version().equals(right) && pharos.isMatched());
        rig.assertServes(version);
        assertThat(guard.excess()).as(log()).isZero();
        told.add(candidate + " " + (good ? "promoted" : "returned") + ", victim " + victim);
      }
    }
    assertThat(rig.failed()).as(told + "\n" + log()).hasValue(0);
    System.out.printf("agent: %s, served %s, failed %s%n", told, rig.served(), rig.failed());
  }

  private void kill(int victim, int when) {
    try {
      Thread.sleep(when);
      switch (victim) {
        case 0 -> {
          killAgent();
          Thread.sleep(when % 2_000); // before or after the watchdog acts
          startAgent();
        }
        case 1 -> {
          pharos.stop();
          Thread.sleep(when);
          pharos.start();
        }
        default -> {
          rig.killHaproxy();
          Thread.sleep(when % 1_000);
          rig.startHaproxy();
        }
      }
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }
}
