package io.pharos.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.pharos.scripts.HaproxyRig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/// The packaged Pharos, a rollout agent, a real HAProxy, two colours that start and stop, clients
/// all the time, and the deploy scripts with `ROLLOUT=true`.
abstract class RealRollouts {
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir Path folder;
  final List<String> told = new ArrayList<>();
  HaproxyRig rig;
  PharosProcess pharos;
  Path env;
  int port;

  @BeforeEach
  void start() throws Exception {
    prepare();
    rig = new HaproxyRig(folder, exchange -> HaproxyRig.answer(exchange, 404, ""));
    port = PharosProcess.freePort();
    configure();
    startPharos();
    startAgent();
  }

  @AfterEach
  void stop() throws Exception {
    processes("rollout agent --env-file").forEach(ProcessHandle::destroyForcibly);
    if (pharos != null) {
      pharos.close();
    }
    if (rig != null) {
      rig.close();
    }
  }

  /// What a test does to the folder before anything is in it.
  void prepare() throws IOException {}

  /// The times of the policy.
  String times() {
    return """
    watch: 2s
    short_watch: true
    start_within: 1m
    lease: 4s
    drain: 2s
    """;
  }

  void configure() throws IOException {
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
        """
            + times());
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
    Files.createDirectories(folder.resolve("state"));
    Files.writeString(folder.resolve("state").resolve("releases"), "blue 0\n");
  }

  void startPharos() throws Exception {
    pharos = PharosProcess.serve(folder, port);
    var _ = pharos.await("being ready", Duration.ofSeconds(60), pharos::isReady);
  }

  void startAgent() throws IOException {
    var _ =
        PharosProcess.start(
            folder.resolve("agent.log"), "", List.of("rollout", "agent", "--env-file=" + env));
  }

  /// Kills the agent: the one of the test, or one that a deploy started and that took over.
  void killAgent() throws Exception {
    List<ProcessHandle> agents =
        processes("rollout agent --env-file")
            .filter(it -> !words(it).contains("-when-gone"))
            .toList();
    assertThat(agents).as(this::log).isNotEmpty();
    agents.forEach(ProcessHandle::destroyForcibly);
    for (ProcessHandle one : agents) {
      var _ = one.onExit().get(10, TimeUnit.SECONDS);
    }
  }

  /// The processes of this test with some words in their command lines.
  private Stream<ProcessHandle> processes(String some) {
    return ProcessHandle.allProcesses()
        .filter(it -> words(it).contains(some))
        .filter(it -> words(it).contains(folder.toString()));
  }

  private static String words(ProcessHandle process) {
    return process.info().commandLine().orElse("");
  }

  String log() {
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

  Process script(String... words) throws IOException {
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

  JsonNode newest() throws IOException {
    return JSON.readTree(
            pharos.get("/api/pharos/v1/rollouts?service=backend&env=staging&limit=1").body())
        .path("rollouts")
        .path(0);
  }
}
