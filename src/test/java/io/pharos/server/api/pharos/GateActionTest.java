package io.pharos.server.api.pharos;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.net.httpserver.HttpServer;
import io.pharos.access.AccessControls;
import io.pharos.access.IssuerRig;
import io.pharos.gate.GateRun;
import io.pharos.gate.deployment.DeploymentStatus;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.jose4j.lang.JoseException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.yaml.snakeyaml.Yaml;

/// Runs the step of the GitHub action with real bash and curl in a runner's environment: files for
/// outputs and summary, and the runner's endpoint for identity tokens.
@Tag("peer")
@Tag("nightly")
class GateActionTest {
  private static final Path ACTION = Path.of(".github/actions/pharos-gate").toAbsolutePath();

  @TempDir private Path runner;
  private final Map<String, String> inputs = new HashMap<>();
  private final Map<String, String> environment = new HashMap<>();
  private ReleaseApi api;

  /// The result of a step.
  private record Step(int code, String log, Map<String, String> outputs, String summary) {}

  @BeforeEach
  void start() throws IOException {
    api = new ReleaseApi(AccessControls.withToken("s3cret", "backend", "production"));
    api.meanwhile = this::timeGoesOn;
    inputs.put("url", api.url() + "/");
    inputs.put("service", "backend");
    inputs.put("env", "production");
    inputs.put("version", "v2");
    inputs.put("strategy", "blue-green");
    inputs.put("color", "green");
    inputs.put("token", "s3cret");
    environment.put("GITHUB_REPOSITORY", "acme/shop");
    environment.put("GITHUB_RUN_ID", "42");
    environment.put("GITHUB_RUN_ATTEMPT", "1");
    environment.put("GITHUB_SHA", "0123456789abcdef0123456789abcdef01234567");
    environment.put("GITHUB_SERVER_URL", "https://github.com");
  }

  @AfterEach
  void stop() {
    api.close();
  }

  private void timeGoesOn() {
    for (int i = 0; i < 6 && !api.rig.gates.observed().isEmpty(); i++) { // a minute
      api.rig.step();
      api.rig.tick();
    }
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> action() throws IOException {
    return new Yaml().load(Files.readString(ACTION.resolve("action.yml")));
  }

  @SuppressWarnings("unchecked")
  private Step run() throws Exception {
    var runs = (Map<String, Object>) action().get("runs");
    var step = ((List<Map<String, Object>>) runs.get("steps")).getFirst();
    var builder = new ProcessBuilder("bash", "-c", step.get("run").toString());
    assertThat(step).containsEntry("shell", "bash").doesNotContainKey("uses");
    Map<String, String> env = builder.environment();
    env.keySet().removeIf(name -> name.startsWith("GITHUB_") || name.startsWith("PHAROS_"));
    for (var variable : ((Map<String, Object>) step.get("env")).entrySet()) {
      env.put(variable.getKey(), filled(variable.getValue().toString()));
    }
    env.putAll(environment);
    env.put("GITHUB_ACTION_PATH", ACTION.toString());
    Path outputs = runner.resolve("outputs");
    Path summary = runner.resolve("summary");
    Path log = runner.resolve("log");
    Files.writeString(outputs, "");
    Files.writeString(summary, "");
    env.put("GITHUB_OUTPUT", outputs.toString());
    env.put("GITHUB_STEP_SUMMARY", summary.toString());
    Process process =
        builder
            .directory(runner.toFile()) // the workspace, where this repository is not
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    assertThat(process.waitFor(120, TimeUnit.SECONDS)).as("the step ends").isTrue();
    var told = new HashMap<String, String>();
    for (String line : Files.readAllLines(outputs)) {
      told.put(line.substring(0, line.indexOf('=')), line.substring(line.indexOf('=') + 1));
    }
    return new Step(process.exitValue(), Files.readString(log), told, Files.readString(summary));
  }

  @SuppressWarnings("unchecked")
  private String filled(String expression) throws IOException {
    String name = expression.replaceFirst("^\\$\\{\\{ inputs\\.([a-z-]+) }}$", "$1");
    var known = (Map<String, Map<String, Object>>) action().get("inputs");
    assertThat(known).as(expression).containsKey(name);
    return inputs.getOrDefault(name, String.valueOf(known.get(name).getOrDefault("default", "")));
  }

  @Test
  void step_ofAGoodRelease_isGreenAndTellsIt() throws Exception {
    Step step = run();
    GateRun gate = api.gate();
    assertThat(step.code()).as(step.log()).isZero();
    assertThat(step.outputs())
        .isEqualTo(
            Map.of(
                "verdict",
                "PASS",
                "gate_id",
                gate.id(),
                "url",
                api.url() + "/api/pharos/v1/gates/" + gate.id()));
    assertThat(step.log())
        .contains("Gate " + gate.id() + " for backend v2 in production")
        .contains("PASS: Every required check passed")
        .doesNotContain("::")
        .doesNotContain("s3cret");
    assertThat(step.summary())
        .startsWith("### Pharos gate: PASS\n")
        .contains("| check | state | code | why |")
        .contains("| error_bound | pass | OK | error_bound: 0 of ")
        .contains("| alerts | pass | OK |")
        .contains("[Evidence](" + api.url() + "/api/pharos/v1/gates/" + gate.id() + "/evidence)");
    assertThat(gate.deploymentKey()).isEqualTo("gh:acme/shop:42:1:production");
    assertThat(api.rig.deployments.find(gate.deploymentKey()).orElseThrow().announcement())
        .matches(said -> said.sha().startsWith("0123") && said.color().equals("green"))
        .matches(
            said ->
                said.links().equals(Map.of("run", "https://github.com/acme/shop/actions/runs/42")));
    assertThat(api.requests)
        .anyMatch(request -> request.contains("/require-pass?wait=50s"))
        .noneMatch(request -> request.contains("s3cret"));
  }

  @Test
  void step_thatStartsTheRelease_startsItOnceItIsAnnounced_andTellsItsEnd() throws Exception {
    inputs.put("start", "echo \"started by ${PHAROS_TOKEN:-nobody}\" >started && sleep 0");
    Step step = run();
    assertThat(step.code()).as(step.log()).isZero();
    assertThat(Files.readString(runner.resolve("started"))).isEqualTo("started by nobody\n");
    assertThat(api.rig.deployments.find(api.gate().deploymentKey()).orElseThrow().status())
        .isEqualTo(DeploymentStatus.SUCCEEDED);
  }

  @ParameterizedTest
  @CsvSource({"exit 3, 0, the release can't be started", "true, 20, error_bound"})
  void step_thatStartsWhatDoesNotWork_endsItsDeploymentAsFailed(
      String start, int badPerScrape, String why) throws Exception {
    inputs.put("start", start);
    api.rig.badPerScrape = badPerScrape;
    Step step = run();
    assertThat(step.code()).isEqualTo(1);
    assertThat(step.outputs()).containsEntry("verdict", "FAIL");
    assertThat(step.log()).contains("::error title=Pharos gate FAIL::").contains(why);
    assertThat(api.rig.deployments.find("gh:acme/shop:42:1:production").orElseThrow().status())
        .isEqualTo(DeploymentStatus.FAILED);
  }

  @Test
  void step_ofABadRelease_isRedAndSaysWhy() throws Exception {
    api.rig.badPerScrape = 20;
    Step step = run();
    assertThat(step.code()).isEqualTo(1);
    assertThat(step.outputs()).containsEntry("verdict", "FAIL");
    assertThat(step.log())
        .containsPattern(
            "::error title=Pharos gate FAIL::error_bound: \\d+ of \\d+ requests failed"
                + " \\(50.0 %25\\)");
    assertThat(step.summary()).contains("| error_bound | fail | ERROR_BOUND |");
  }

  @ParameterizedTest
  @CsvSource({"fail, 2, error", "pass, 0, warning"})
  void step_ofAnInconclusiveGate_isAsTheWorkflowSays(String choice, int code, String level)
      throws Exception {
    inputs.put("on-inconclusive", choice);
    api.rig.scraping = false;
    Step step = run();
    assertThat(step.code()).as(step.log()).isEqualTo(code);
    assertThat(step.outputs()).containsEntry("verdict", "INCONCLUSIVE");
    assertThat(step.log()).contains("::" + level + " title=Pharos gate INCONCLUSIVE::");
  }

  @Test
  void step_ofAnOverriddenGate_goesByThePersonAndSaysSo() throws Exception {
    api.rig.badPerScrape = 20;
    run();
    api.rig.service.override(api.gate(), "PASS", "It's the load test | see \"INC-42\".", "ada");
    Step step = run();
    assertThat(step.code()).as(step.log()).isZero();
    assertThat(step.outputs()).containsEntry("verdict", "PASS");
    assertThat(step.log())
        .contains(
            "::warning title=Pharos gate PASS::The state of the gate was FAIL, overridden to PASS by ada: It's"
                + " the load test | see \"INC-42\".");
    assertThat(step.summary()).contains("the load test \\| see \"INC-42\".");
  }

  @Test
  void step_whoseWaitIsOver_isRed() throws Exception {
    inputs.put("wait", "1");
    api.meanwhile = () -> {};
    Step step = run();
    assertThat(step.code()).isEqualTo(3);
    assertThat(step.outputs()).containsEntry("verdict", "TIMEOUT");
  }

  @Test
  void step_whilePharosRestarts_goesOn() throws Exception {
    api.meanwhile =
        () -> {
          timeGoesOn();
          api.trouble = 503;
          Thread.ofVirtual()
              .start(
                  () -> {
                    try {
                      Thread.sleep(1_500);
                      api.trouble = 0;
                    } catch (InterruptedException _) {
                      Thread.currentThread().interrupt();
                    }
                  });
        };
    Step step = run();
    assertThat(step.code()).as(step.log()).isZero();
    assertThat(step.outputs()).containsEntry("verdict", "PASS");
  }

  @Test
  void step_withoutPharos_isUnreachableAndRed() throws Exception {
    api.trouble = 503;
    inputs.put("wait", "1");
    environment.put("PATH", withoutPatience());
    Step step = run();
    assertThat(step.code()).as(step.log()).isEqualTo(5);
    assertThat(step.outputs())
        .isEqualTo(Map.of("verdict", "UNREACHABLE", "gate_id", "", "url", ""));
    assertThat(step.log()).contains("::error title=Pharos gate UNREACHABLE::");
  }

  /* A curl without retries, which would only cost time. */
  private String withoutPatience() throws IOException {
    Path curl = Files.createDirectories(runner.resolve("bin")).resolve("curl");
    Files.writeString(
        curl,
        """
        #!/bin/bash
        exec /usr/bin/curl "$@" --retry 0
        """);
    assertThat(curl.toFile().setExecutable(true)).isTrue();
    return curl.getParent() + ":" + System.getenv("PATH");
  }

  @Test
  void step_withoutTheRightToken_isRefused() throws Exception {
    inputs.put("token", "guess");
    Step step = run();
    assertThat(step.code()).isEqualTo(4);
    assertThat(step.outputs()).containsEntry("verdict", "REFUSED");
    assertThat(step.log()).contains("status 401, the token is unknown").doesNotContain("guess");
  }

  @ParameterizedTest
  @CsvSource({
    "version, '', the input version is missing",
    "url, pharos.example.org, 'url: expected an http or https address'",
    "wait, soon, 'wait: expected seconds'",
    "on-inconclusive, ask, 'on-inconclusive: expected fail or pass'",
    "key, 'a b', 'key: expected letters'",
    "version, 'v2\n::error::x', the input version has a line break",
    "color, 'a\" , \"b', status 400",
  })
  void step_withAWrongInput_isRefusedWithItsName(String input, String value, String why)
      throws Exception {
    inputs.put(input, value);
    Step step = run();
    assertThat(step.code()).as(step.log()).isEqualTo(4);
    assertThat(step.log()).contains(why).doesNotContain("\n::error::x");
    assertThat(step.outputs()).containsEntry("verdict", "REFUSED");
  }

  @Test
  void step_withoutAToken_showsTheJobsIdentity() throws Exception {
    api.close();
    var asked = new CopyOnWriteArrayList<String>();
    try (var provider = new IssuerRig()) {
      var key = IssuerRig.rsa("k1");
      provider.publish(key);
      HttpServer identities =
          HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
      identities.createContext(
          "/",
          exchange -> {
            String query = exchange.getRequestURI().getRawQuery();
            asked.add(
                exchange.getRequestHeaders().getFirst("Authorization")
                    + " "
                    + URLDecoder.decode(query, StandardCharsets.UTF_8));
            byte[] answer = new byte[0];
            try {
              var claims = provider.claims(Instant.now());
              claims.setAudience(
                  URLDecoder.decode(query.replaceFirst(".*audience=", ""), StandardCharsets.UTF_8));
              answer =
                  ("{\"count\":1,\"value\":\"" + IssuerRig.sign(claims, key, "RS256") + "\"}")
                      .getBytes(StandardCharsets.UTF_8);
            } catch (JoseException e) {
              throw new IOException(e);
            }
            exchange.sendResponseHeaders(200, answer.length);
            exchange.getResponseBody().write(answer);
            exchange.close();
          });
      identities.start();
      api = new ReleaseApi(AccessControls.of(provider.file()));
      api.meanwhile = this::timeGoesOn;
      inputs.put("url", api.url());
      inputs.put("token", "");
      inputs.put("audience", IssuerRig.AUDIENCE);
      environment.put(
          "ACTIONS_ID_TOKEN_REQUEST_URL",
          "http://127.0.0.1:" + identities.getAddress().getPort() + "/token?api-version=2.0");
      environment.put("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "of-the-runner");
      Step step = run();
      identities.stop(0);
      assertThat(step.code()).as(step.log()).isZero();
      assertThat(step.outputs()).containsEntry("verdict", "PASS");
      assertThat(api.gate().openedBy()).isEqualTo("github/shop-production");
      assertThat(step.log()).containsPattern("::add-mask::eyJ");
      assertThat(asked)
          .containsExactly(
              "bearer of-the-runner" + " api-version=2.0&audience=https://pharos.example.org");
    }
  }

  @Test
  void script_isCleanForShellcheck() throws Exception {
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/shellcheck")), "shellcheck is not here");
    Process process =
        new ProcessBuilder(
                "shellcheck",
                "-x",
                "-P",
                "SCRIPTDIR/../../..",
                ACTION.resolve("gate.sh").toString())
            .directory(ACTION.getParent().getParent().getParent().toFile())
            .redirectErrorStream(true)
            .start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(said).isZero();
  }
}
