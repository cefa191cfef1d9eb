package io.pharos.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.pharos.Nightly;
import io.pharos.rollout.agent.ShareGuard;
import io.pharos.scripts.HaproxyRig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Releases by `scripts/deploy.sh` with `ROLLOUT=true`: the packaged Pharos, an agent, a real
/// HAProxy, two colours that start and stop, and clients all the time. In each of them one of the
/// three is killed at a time that nobody chose. At night 20 good and 20 bad releases, and 20 ways
/// back to a colour that was stopped.
@Tag("nightly")
@Tag("peer")
class RolloutIT {
  private static final ObjectMapper JSON = new ObjectMapper();
  /* Ten seconds are promised; a machine that does much else takes longer, which fails no test. */
  private static final Duration SOON = Duration.ofSeconds(60);

  @TempDir Path folder;
  private final Random random = new Random(11);
  private final List<String> told = new ArrayList<>();
  private HaproxyRig rig;
  private PharosProcess pharos;
  private PharosProcess agent;
  private Path env;
  private int port;
  private int victims;

  @BeforeEach
  void start() throws Exception {
    rig = new HaproxyRig(folder, exchange -> HaproxyRig.answer(exchange, 404, ""));
    port = PharosProcess.freePort();
    configure();
    startPharos();
    startAgent();
  }

  @AfterEach
  void stop() throws Exception {
    // Also those that a deploy started, which took over from one that was killed.
    ProcessHandle.allProcesses()
        .filter(it -> it.info().commandLine().orElse("").contains("rollout agent --env-file"))
        .filter(it -> it.info().commandLine().orElse("").contains(folder.toString()))
        .forEach(ProcessHandle::destroyForcibly);
    if (pharos != null) {
      pharos.close();
    }
    if (rig != null) {
      rig.close();
    }
  }

  private void configure() throws IOException {
    Files.writeString(
        folder.resolve("prometheus.yml"),
        """
        global: {scrape_interval: 1s, scrape_timeout: 1s}
        scrape_configs:
          - job_name: backend
            static_configs:
              - targets: ["%s"]
                labels: {color: blue}
              - targets: ["%s"]
                labels: {color: green}
        """
            .formatted(
                rig.url("blue").replace("http://", ""), rig.url("green").replace("http://", "")));
    Files.writeString(
        folder.resolve("alertmanager.yml"), "route: {receiver: none}\nreceivers: [{name: none}]\n");
    Files.createDirectory(folder.resolve("gates"));
    Files.writeString(
        folder.resolve("gates").resolve("backend.yml"),
        """
        version: "1"
        service: backend
        env: staging
        interval: 1s
        warmup: 0s
        min_soak: 2s
        deadline: 90s
        max_age: 10s
        pass_valid: 1m
        checks:
          version: {selector: 'backend_build_info{color="$color"}'}
          error_bound:
            total: work_total{color="$color"}
            bad: work_total{color="$color",code!="0"}
            p_max: 0.2
        """);
    Files.createDirectory(folder.resolve("rollouts"));
    Files.writeString(
        folder.resolve("rollouts").resolve("backend.yml"),
        """
        version: "1"
        service: backend
        env: staging
        strategy: canary
        steps: [{weight: 10}, {weight: 50}, {weight: 100}]
        watch: 2s
        short_watch: true
        start_within: 1m
        lease: 4s
        drain: 2s
        """);
    env = folder.resolve("test.env");
    Files.writeString(
        env,
        """
        PHAROS_ENV=staging
        PHAROS_URL=http://127.0.0.1:%d
        SERVICE=backend
        STRATEGY=canary
        ON_INCONCLUSIVE=rollback
        ROLLOUT=true
        CANDIDATE_URL_BLUE=%s
        CANDIDATE_URL_GREEN=%s
        """
                .formatted(port, rig.url("blue"), rig.url("green"))
            + rig.settings());
    Files.createDirectory(folder.resolve("state"));
    Files.writeString(folder.resolve("state").resolve("releases"), "blue 0\n");
  }

  private void startPharos() throws Exception {
    pharos =
        PharosProcess.start(
            folder.resolve("pharos.log"),
            "http://127.0.0.1:" + port,
            List.of(
                "serve",
                "--config.file=" + folder.resolve("prometheus.yml"),
                "--notifications.file=" + folder.resolve("alertmanager.yml"),
                "--probes.dir=",
                "--gates.dir=" + folder.resolve("gates"),
                "--rollouts.dir=" + folder.resolve("rollouts"),
                "--storage.path=" + folder.resolve("data"),
                "--web.listen-address=127.0.0.1:" + port));
    var _ = pharos.await("being ready", Duration.ofSeconds(60), pharos::isReady);
  }

  private void startAgent() throws IOException {
    agent =
        PharosProcess.start(
            folder.resolve("agent.log"), "", List.of("rollout", "agent", "--env-file=" + env));
  }

  private String log() {
    var text = new StringBuilder(told.toString());
    for (String name : List.of("scripts.log", "agent.log", "state/watch.log")) {
      try {
        List<String> lines = Files.readAllLines(folder.resolve(name));
        text.append("\n==== ").append(name).append('\n');
        text.append(String.join("\n", lines.subList(Math.max(0, lines.size() - 60), lines.size())));
      } catch (IOException _) { // it was not written yet
      }
    }
    return text.toString();
  }

  private Process script(String... words) throws IOException {
    var all = new ArrayList<>(List.of("bash", "scripts/" + words[0], "--env", env.toString()));
    all.addAll(List.of(words).subList(1, words.length));
    var builder =
        new ProcessBuilder(all)
            .redirectErrorStream(true)
            .redirectOutput(
                ProcessBuilder.Redirect.appendTo(folder.resolve("scripts.log").toFile()));
    builder.environment().keySet().removeIf(name -> name.startsWith("PHAROS_"));
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    return builder.start();
  }

  /// One release, and somebody killed meanwhile.
  ///
  /// @param victim 0 the agent, 1 Pharos, 2 HAProxy
  /// @return the exit code of the script
  private int release(int victim, String right, String... words) throws Exception {
    String candidate = weight("blue") > 0 ? "green" : "blue";
    String last = newest().path("id").asText();
    long begin = System.nanoTime();
    Process script = script(words);
    int when = random.nextInt(15_000);
    Thread killer =
        Thread.ofVirtual()
            .start(
                () -> {
                  awaitRolloutAfter(last, script);
                  kill(victim, when);
                });
    try (var guard = new ShareGuard(rig.socket(), candidate, Duration.ofSeconds(1))) {
      while (script.isAlive()) {
        allowed().ifPresent(guard::allow);
        assertThat(System.nanoTime() - begin).as(log()).isLessThan(300_000_000_000L);
        Thread.sleep(50);
      }
      assertThat(guard.excess()).as(log()).isZero();
    }
    killer.join();
    told.add(
        "%s: %d after %d s, victim %d after %d ms"
            .formatted(
                String.join(" ", words),
                script.exitValue(),
                TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - begin),
                victim,
                when));
    HaproxyRig.await(right, SOON, () -> rig.version().equals(right), this::log);
    rig.assertServes(right);
    return script.exitValue();
  }

  private int weight(String color) throws Exception {
    return newest().path("desired").path(color).path("weight").asInt(color.equals("blue") ? 1 : 0);
  }

  private JsonNode newest() throws IOException {
    return JSON.readTree(
            pharos.get("/api/pharos/v1/rollouts?service=backend&env=staging&limit=1").body())
        .path("rollouts")
        .path(0);
  }

  /// What Pharos lets the candidate have now; nothing is known while Pharos is away.
  private OptionalInt allowed() {
    try {
      JsonNode rollout = newest();
      return rollout.path("phase").asText().matches("STEP|WATCHING|FINISHING|PROMOTED")
          ? OptionalInt.of(rollout.path("weight").asInt())
          : OptionalInt.empty();
    } catch (IOException | IllegalStateException _) {
      return OptionalInt.empty();
    }
  }

  /// A script that finds no Pharos begins nothing, and says so by another code: what is to be shown
  /// here is what becomes of a release that began, however slowly.
  private void awaitRolloutAfter(String last, Process script) {
    while (script.isAlive()) {
      try {
        if (!newest().path("id").asText().equals(last)) {
          return;
        }
        Thread.sleep(50);
      } catch (Exception e) {
        throw new IllegalStateException(e);
      }
    }
  }

  private void kill(int victim, int when) {
    try {
      Thread.sleep(when);
      switch (victim) {
        case 0 -> {
          agent.kill();
          Thread.sleep(when % 2_000); // a successor comes before or after the watchdog
          startAgent();
        }
        case 1 -> {
          pharos.kill();
          Thread.sleep(when % 3_000);
          startPharos();
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

  @Test
  void releases_goodArePromoted_badReturned_andAStoppedColourComesBack_whoeverIsKilled()
      throws Exception {
    int rounds = Nightly.rounds(1, 20);
    int promoted = 0;
    for (int i = 1; i <= rounds; i++) {
      String before = rig.version();
      if (release(victims++ % 3, "good" + i, "deploy.sh", "--version", "good" + i) == 0) {
        promoted++;
      }
      assertThat(release(victims++ % 3, "good" + i, "deploy.sh", "--version", "bad" + i))
          .as(log())
          .isEqualTo(1);
      HaproxyRig.await(
          "the candidate is stopped",
          SOON,
          () -> !rig.runs("blue") || !rig.runs("green"),
          this::log);
      assertThat(release(victims++ % 3, before, "rollback.sh", "--back", "1")).as(log()).isZero();
    }
    System.out.println(String.join("\n", told));
    System.out.printf("rollouts: served %s, failed %s%n", rig.served(), rig.failed());
    assertThat(promoted).as(log()).isGreaterThanOrEqualTo(rounds - rounds / 20);
    assertThat(rig.failed()).as(log()).hasValue(0);
  }

  @Test
  void words_areSaidToARollout() throws Exception {
    Process script = script("deploy.sh", "--version", "good1");
    HaproxyRig.await(
        "a step",
        Duration.ofSeconds(60),
        () -> newest().path("phase").asText().equals("STEP"),
        this::log);
    assertThat(word("pause", "--reason=look first")).isZero();
    assertThat(word("status")).isEqualTo(2);
    assertThat(word("resume", "--reason=all is well")).isZero();
    Process rollback = script("rollback.sh");
    assertThat(rollback.waitFor(60, TimeUnit.SECONDS)).as(log()).isTrue();
    assertThat(rollback.exitValue()).as(log()).isZero();
    assertThat(script.waitFor(60, TimeUnit.SECONDS)).as(log()).isTrue();
    assertThat(script.exitValue()).as(log()).isEqualTo(1);
    rig.assertServes("0");
    assertThat(rig.runs("green")).as(log()).isFalse();
    assertThat(rig.failed()).as(log()).hasValue(0);
  }

  private int word(String... words) throws Exception {
    var all = new ArrayList<>(List.of(Path.of("pharos").toAbsolutePath().toString(), "rollout"));
    all.addAll(List.of(words));
    all.add("--env-file=" + env);
    PharosProcess.Ended ended = PharosProcess.run(all, Map.of());
    told.add(String.join(" ", words) + ": " + ended);
    return ended.code();
  }
}
