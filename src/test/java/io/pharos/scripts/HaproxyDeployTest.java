package io.pharos.scripts;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import io.pharos.Nightly;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The deploy scripts with a real HAProxy of the shipped configuration, two colours that start and
/// stop, and clients all the time. Only Pharos is played: a version named `bad…` fails its gate.
@Tag("peer")
@Tag("nightly")
class HaproxyDeployTest {
  private static final Map<String, String> VERDICTS = Map.of("bad", "409", "slow", "408");

  @TempDir Path folder;
  private HaproxyRig rig;
  private Path env;
  private volatile boolean pharosAway;

  @BeforeEach
  void start() throws Exception {
    rig = new HaproxyRig(folder, this::pharos);
    env = folder.resolve("test.env");
    Files.writeString(
        env,
        """
        PHAROS_ENV=staging
        PHAROS_URL=%s
        SERVICE=backend
        STRATEGY=canary
        ON_INCONCLUSIVE=rollback
        CANARY_WEIGHT=10
        DRAIN_SECONDS=1
        START_WAIT=20
        """
                .formatted(rig.control())
            + rig.settings());
  }

  @AfterEach
  void stop() throws Exception {
    if (rig != null) {
      rig.close();
    }
  }

  private void pharos(HttpExchange exchange) throws IOException {
    if (pharosAway) {
      exchange.close();
      return;
    }
    int status =
        !exchange.getRequestURI().getPath().contains("require-pass")
            ? 200
            : VERDICTS.entrySet().stream()
                .filter(entry -> rig.started().startsWith(entry.getKey()))
                .mapToInt(entry -> Integer.parseInt(entry.getValue()))
                .findFirst()
                .orElse(200);
    HaproxyRig.answer(exchange, status, "{\"id\":\"g\"}");
  }

  private Process script(String... words) throws IOException {
    return script(Map.of(), words);
  }

  private Process script(Map<String, String> environment, String... words) throws IOException {
    var all = new ArrayList<>(List.of("bash", "scripts/" + words[0], "--env", env.toString()));
    all.addAll(List.of(words).subList(1, words.length));
    var builder =
        new ProcessBuilder(all)
            .redirectErrorStream(true)
            .redirectOutput(
                ProcessBuilder.Redirect.appendTo(folder.resolve("scripts.log").toFile()));
    builder.environment().keySet().removeIf(name -> name.startsWith("PHAROS_"));
    builder.environment().putAll(environment);
    return builder.start();
  }

  private int run(String... words) throws Exception {
    Process process = script(words);
    assertThat(process.waitFor(120, TimeUnit.SECONDS)).isTrue();
    return process.exitValue();
  }

  private String log() {
    var text = new StringBuilder();
    for (String file : List.of("scripts.log", "state/watch.log")) {
      try {
        text.append(Files.readString(folder.resolve(file)));
      } catch (IOException e) {
        text.append(e).append('\n');
      }
    }
    return text.toString();
  }

  @Test
  void releases_goodAreGivenTheTraffic_badAreReturned_andNoRequestFails() throws Exception {
    int rounds = Nightly.rounds(2, 21);
    for (int i = 1; i <= rounds; i++) {
      assertThat(run("deploy.sh", "--version", "good" + i)).as(log()).isZero();
      rig.assertServes("good" + i);
      assertThat(run("deploy.sh", "--version", "bad" + i)).as(log()).isEqualTo(1);
      rig.assertServes("good" + i);
      if (i > 1) {
        // The colour before is stopped by the bad release that took its place.
        assertThat(run("rollback.sh", "--back", "1")).as(log()).isZero();
        rig.assertServes("good1");
      }
    }
    assertThat(rig.failed()).as(log()).hasValue(0);
    System.out.printf("deploys: %s, failed %s%n", rig.served(), rig.failed());
  }

  @Test
  void haproxyKilled_comesBackWithTheColourThatServes() throws Exception {
    assertThat(run("deploy.sh", "--version", "good")).as(log()).isZero();
    rig.stopColor("blue");
    rig.killHaproxy();
    rig.startHaproxy();
    rig.assertServes("good");

    Process deploy = script("deploy.sh", "--version", "slow", "--wait", "60");
    await("the candidate's share", () -> rig.served().containsKey("slow"));
    rig.killHaproxy();
    rig.startHaproxy();
    rig.assertServes("good"); // who is still judged has no share after a restart
    deploy.destroy();
    assertThat(deploy.waitFor(30, TimeUnit.SECONDS)).isTrue();
    rig.assertServes("good");
  }

  @Test
  void driverKilled_anywhere_leavesTheCandidateNothing() throws Exception {
    var random = new Random(11);
    for (int i = 0; i < Nightly.rounds(4, 50); i++) {
      Process deploy = script("deploy.sh", "--version", "slow" + i, "--wait", "60");
      Thread.sleep(random.nextInt(3_000));
      deploy.destroyForcibly().waitFor();
      Path underWay = folder.resolve("state").resolve("under_way");
      await("what was begun is taken back", () -> !Files.exists(underWay));
      await("the lock is free", () -> run("rollback.sh") == 0);
      rig.assertServes("0");
    }
    assertThat(rig.failed()).as(log()).hasValue(0);
  }

  @Test
  void driverKilled_rightAfterItNotedItsDeploy_isRolledBack() throws Exception {
    Path programs = Files.createDirectory(folder.resolve("bin"));
    Path mv = programs.resolve("mv");
    Files.writeString(
        mv, "#!/bin/sh\n/bin/mv \"$@\"\ncase $* in *under_way*) kill -9 $PPID ;; esac\n");
    assertThat(mv.toFile().setExecutable(true)).isTrue();
    Process deploy =
        script(
            Map.of("PATH", programs + ":" + System.getenv("PATH")),
            "deploy.sh",
            "--version",
            "slow");
    assertThat(deploy.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(deploy.exitValue()).as(log()).isEqualTo(137);
    await("what was begun is taken back", () -> !Files.exists(folder.resolve("state/under_way")));
    rig.assertServes("0");
  }

  /// The disk of the scripts is full, a candidate has its share: it has none at once, and no
  /// request fails. The deploy that waits for its verdict ends.
  @Test
  void rollbackByHand_withAFullDiskAndNoPharos_takesTheShareAtOnce() throws Exception {
    try (var disk = FullDisk.mount(folder.resolve("state"))) {
      assertThat(run("deploy.sh", "--version", "good")).as(log()).isZero();
      Process deploy = script("deploy.sh", "--version", "slow", "--wait", "60");
      await("the candidate's share", () -> rig.served().containsKey("slow"));
      disk.fill();
      pharosAway = true;
      Process rollback = script("rollback.sh");
      long begin = System.nanoTime();
      await("the candidate is drained", () -> rig.servers().get("blue").equals("8 0"));
      System.out.printf(
          "rollback on a full disk: %.2f s%n", (System.nanoTime() - begin) / 1_000_000_000.0);
      rig.assertServes("good");
      assertThat(rollback.waitFor(60, TimeUnit.SECONDS)).isTrue();
      assertThat(rollback.exitValue()).as(log()).isZero();
      assertThat(deploy.waitFor(60, TimeUnit.SECONDS)).isTrue();
      // 1 if it sees the rollback first, 5 if it sees first that Pharos is away.
      assertThat(deploy.exitValue()).as(log()).isIn(1, 5);
      assertThat(rig.runs("blue")).as(log()).isFalse();
      assertThat(rig.failed()).as(log()).hasValue(0);
    }
  }

  private void await(String what, HaproxyRig.Condition condition) throws Exception {
    HaproxyRig.await(what, Duration.ofSeconds(60), condition, this::log);
  }
}
