package io.pharos.scripts;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The deploy scripts with real bash and curl, a Pharos and a HAProxy that answer as they are told,
/// and a `docker` that only notes what it is asked.
@Tag("slow")
@Tag("nightly")
class DeployScriptsTest {
  @TempDir Path folder;
  private final List<String> requests = new CopyOnWriteArrayList<>();
  private final List<String> haproxy = new CopyOnWriteArrayList<>();
  private final List<Integer> verdicts = new CopyOnWriteArrayList<>();
  private final Map<String, String> environment = new HashMap<>();
  private final Map<String, String> weights =
      new ConcurrentHashMap<>(Map.of("blue", "100", "green", "0"));
  private final Map<String, Integer> states = new ConcurrentHashMap<>();
  private final List<String> unhealthy = new CopyOnWriteArrayList<>();
  private volatile int readyStatus = 200;
  private volatile int putStatus = 201;
  private volatile int openStatus = 201;
  private volatile String haproxyAnswer = "\n";
  private HttpServer server;
  private ServerSocket runtime;
  private Path env;
  private Path dockerCalls;

  record Result(int code, String output) {}

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext("/", this::answer);
    server.start();
    runtime = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
    Thread.ofVirtual().start(this::serveHaproxy);

    Path bin = Files.createDirectory(folder.resolve("bin"));
    dockerCalls = folder.resolve("docker-calls");
    Path docker = bin.resolve("docker");
    Files.writeString(
        docker,
        """
        #!/bin/sh
        echo "$* version=${BACKEND_VERSION:-}" >> %s
        exit "${DOCKER_EXIT:-0}"
        """
            .formatted(dockerCalls));
    assertThat(docker.toFile().setExecutable(true)).isTrue();
    environment.put("PATH", bin + ":" + System.getenv("PATH"));
    environment.put("STATE_DIR", folder.resolve("state").toString());

    env = folder.resolve("test.env");
    Files.writeString(
        env,
        """
        # a comment
        PHAROS_ENV=staging
        PHAROS_URL="http://127.0.0.1:%d/"
        SERVICE=backend
        STRATEGY=canary
        ON_INCONCLUSIVE=rollback
        COMPOSE_FILE=deploy/compose.colors.yml
        CANDIDATE_URL_GREEN=http://127.0.0.1:%d/health
        HAPROXY_RUNTIME=127.0.0.1:%d
        HAPROXY_BACKEND=backend
        CANARY_WEIGHT=10
        DRAIN_SECONDS=0
        START_WAIT=3
        """
            .formatted(
                server.getAddress().getPort(),
                server.getAddress().getPort(),
                runtime.getLocalPort()));
  }

  @AfterEach
  void stop() throws IOException {
    server.stop(0);
    runtime.close();
  }

  private void serveHaproxy() {
    while (!runtime.isClosed()) {
      try (Socket socket = runtime.accept();
          var reader =
              new BufferedReader(
                  new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8))) {
        String command = reader.readLine();
        boolean question = command.startsWith("show ");
        if (!question) {
          for (String part : command.split(";", -1)) {
            obey(part);
          }
        }
        String answer = question ? servers() : haproxyAnswer;
        socket.getOutputStream().write(answer.getBytes(StandardCharsets.UTF_8));
      } catch (IOException _) { // the test is over
        return;
      }
    }
  }

  private void obey(String command) {
    haproxy.add(command);
    String[] words = command.split("[ /]", -1);
    switch (words[4]) {
      case "weight" -> weights.put(words[3], words[5]);
      default -> states.put(words[3], words[5].equals("drain") ? 8 : 0);
    }
  }

  /// As HAProxy tells of its servers: the weights that it was told last, and health as the test
  /// says.
  private String servers() {
    var text = new StringBuilder("1\n# be_id be_name srv_id srv_name srv_addr …\n");
    for (String color : List.of("blue", "green")) {
      text.append(
          "3 backend 1 %s 127.0.0.1 %d %d %s 1 5\n"
              .formatted(
                  color,
                  unhealthy.contains(color) ? 0 : 2,
                  states.getOrDefault(color, 0),
                  weights.get(color)));
    }
    return text + "\n";
  }

  private void answer(HttpExchange exchange) throws IOException {
    String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
    String path = exchange.getRequestURI().toString();
    requests.add(
        exchange.getRequestMethod()
            + " "
            + path
            + " "
            + exchange.getRequestHeaders().getFirst("Authorization")
            + " "
            + exchange.getRequestHeaders().getFirst("Idempotency-Key")
            + " "
            + body);
    int status = 200;
    if (path.equals("/-/ready")) {
      status = readyStatus;
    } else if (path.contains("require-pass")) {
      status = verdicts.size() > 1 ? verdicts.removeFirst() : verdicts.getFirst();
    } else if (exchange.getRequestMethod().equals("PUT")) {
      status = putStatus;
    } else if (exchange.getRequestMethod().equals("POST")) {
      status = openStatus;
    }
    if (status == 408 || status == 503) {
      exchange.getResponseHeaders().add("Retry-After", "1");
    }
    byte[] bytes =
        "{\"id\":\"g-1\",\"state\":\"S\",\"code\":\"C\",\"summary\":\"Why \\\"so\\\".\",\"error\":\"bad\",\"policy\":{\"id\":\"p\"}}"
            .getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(status, bytes.length);
    exchange.getResponseBody().write(bytes);
    exchange.close();
  }

  private Result run(String script, String... arguments) throws Exception {
    Process process = processOf(script, List.of(arguments));
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).as(output).isTrue();
    return new Result(process.exitValue(), output);
  }

  private Process processOf(String script, List<String> arguments) throws IOException {
    var words = new ArrayList<String>(List.of("bash", "scripts/" + script));
    words.addAll(arguments);
    var builder = new ProcessBuilder(words).redirectErrorStream(true);
    builder.environment().keySet().removeIf(name -> name.startsWith("PHAROS_"));
    builder.environment().putAll(environment);
    return builder.start();
  }

  private Result deploy(String... more) throws Exception {
    var words =
        new ArrayList<>(
            List.of(
                "--env", env.toString(), "--version", "1.2.3", "--key", "gh:a/b:1", "--wait", "8"));
    words.addAll(List.of(more));
    return run("deploy.sh", words.toArray(String[]::new));
  }

  /// What was good, the release that serves last.
  private List<String> releases() throws IOException {
    Path file = folder.resolve("state/releases");
    return Files.exists(file) ? Files.readAllLines(file) : List.of();
  }

  private void set(String line) throws IOException {
    String key = line.substring(0, line.indexOf('=') + 1);
    var kept = new ArrayList<>(Files.readAllLines(env));
    kept.removeIf(old -> old.startsWith(key));
    kept.add(line);
    Files.write(env, kept);
  }

  @Test
  void deploy_pass_movesTheTraffic() throws Exception {
    verdicts.addAll(List.of(408, 200));
    environment.put("PHAROS_TOKEN", "s3cret");
    Result result = deploy("--sha", "0123456789abcdef");
    assertThat(result.code()).as(result.output()).isZero();
    assertThat(result.output()).doesNotContain("s3cret").contains("green; blue stays");
    assertThat(haproxy)
        .containsExactly(
            "set server backend/green state ready",
            "set server backend/green weight 10",
            "set server backend/green weight 100",
            "set server backend/blue weight 0");
    assertThat(Files.readString(dockerCalls))
        .contains("deploy/compose.colors.yml up --detach --no-deps backend-green version=1.2.3");
    assertThat(releases()).containsExactly("green 1.2.3");
    assertThat(requests)
        .contains(
            "PUT /api/pharos/v1/deployments/gh:a/b:1 Bearer s3cret null"
                + " {\"service\":\"backend\",\"env\":\"staging\",\"version\":\"1.2.3\",\"sha\":\"0123456789abcdef\",\"strategy\":\"canary\",\"color\":\"green\"}",
            "POST /api/pharos/v1/gates Bearer s3cret gh:a/b:1 {\"deployment\":\"gh:a/b:1\"}",
            "PATCH /api/pharos/v1/deployments/gh:a/b:1 Bearer s3cret null"
                + " {\"status\":\"succeeded\"}");
  }

  @Test
  void deploy_secondTime_goesToTheOtherColour() throws Exception {
    verdicts.add(200);
    assertThat(deploy().code()).isZero();
    haproxy.clear();
    assertThat(deploy("--version", "1.2.4").code()).isZero();
    assertThat(haproxy).first().isEqualTo("set server backend/blue state ready");
    assertThat(releases()).containsExactly("green 1.2.3", "blue 1.2.4");
  }

  @ParameterizedTest
  @CsvSource({"409, 1", "425, 2", "408, 3", "403, 4", "500, 5"})
  void deploy_noPass_putsTheTrafficBack(int status, int code) throws Exception {
    verdicts.add(status);
    Result result = deploy("--wait", "2");
    assertThat(result.code()).as(result.output()).isEqualTo(code);
    assertThat(haproxy)
        .contains("set server backend/blue weight 100", "set server backend/green weight 0");
    assertThat(weights).containsEntry("blue", "100").containsEntry("green", "0");
    assertThat(releases()).isEmpty();
    assertThat(Files.readString(dockerCalls)).contains("stop backend-green");
    assertThat(requests).last().asString().contains("{\"status\":\"rolled_back\"}");
  }

  @Test
  void deploy_inconclusive_isPromotedOrHeldWhereTheSettingsSaySo() throws Exception {
    verdicts.add(425);
    set("ON_INCONCLUSIVE=hold");
    Result held = deploy();
    assertThat(held.code()).as(held.output()).isEqualTo(2);
    assertThat(haproxy).last().isEqualTo("set server backend/green weight 10");
    set("ON_INCONCLUSIVE=promote");
    Result promoted = deploy();
    assertThat(promoted.code()).as(promoted.output()).isZero();
    assertThat(promoted.output()).contains("INCONCLUSIVE, promoted since");
    assertThat(haproxy).last().isEqualTo("set server backend/blue weight 0");
  }

  @Test
  void deploy_refusedBeforeItBegins_touchesNothing() throws Exception {
    putStatus = 403;
    assertThat(deploy().code()).isEqualTo(4);
    putStatus = 200;
    readyStatus = 404;
    assertThat(deploy().code()).isEqualTo(5);
    assertThat(haproxy).isEmpty();
    assertThat(dockerCalls).doesNotExist();
  }

  @Test
  void deploy_gateRefusedOrCandidateBroken_putsTheTrafficBack() throws Exception {
    openStatus = 404;
    Result refused = deploy();
    assertThat(refused.code()).as(refused.output()).isEqualTo(4);
    assertThat(weights).containsEntry("blue", "100").containsEntry("green", "0");
    set("START_COMMAND=exit 7");
    Result broken = deploy();
    assertThat(broken.code()).isEqualTo(1);
    assertThat(broken.output()).contains("1.2.3 can't be started");
    set("START_COMMAND=echo starting $COLOR $VERSION");
    haproxyAnswer = "No such server.\n";
    Result noServer = deploy();
    assertThat(noServer.code()).isEqualTo(5);
    assertThat(noServer.output())
        .contains("starting green 1.2.3")
        .contains("HAProxy refused 'set server backend/green state ready': Nosuchserver.")
        .contains("the rollback failed too: look at staging now");
  }

  @Test
  void deploy_recreate_needsNoColours() throws Exception {
    set("STRATEGY=recreate");
    verdicts.add(200);
    assertThat(deploy().code()).isZero();
    verdicts.set(0, 409);
    Result failed = deploy("--version", "1.2.4");
    assertThat(failed.code()).as(failed.output()).isEqualTo(1);
    assertThat(failed.output()).contains("1.2.3 is started again in staging");
    assertThat(releases()).containsExactly("- 1.2.3");
    assertThat(Files.readAllLines(dockerCalls))
        .filteredOn(line -> line.contains("up --detach --no-deps backend "))
        .extracting(line -> line.replaceAll(".*version=", ""))
        .containsExactly("1.2.3", "1.2.4", "1.2.3");
    assertThat(haproxy).isEmpty();
  }

  @Test
  void deploy_recreateThatFails_beforeAnyReleaseWasGood_endsItsDeployment() throws Exception {
    set("STRATEGY=recreate");
    verdicts.add(409);
    Result failed = deploy();
    assertThat(failed.code()).as(failed.output()).isEqualTo(1);
    assertThat(failed.output()).contains("the release to go back to is not known");
    assertThat(requests)
        .filteredOn(request -> request.startsWith("PATCH "))
        .singleElement()
        .asString()
        .startsWith("PATCH /api/pharos/v1/deployments/gh:a/b:1 ")
        .endsWith("{\"status\":\"failed\"}");
  }

  @Test
  void dryRun_everyScript_doesNothing() throws Exception {
    Result deploy = deploy("--dry-run");
    assertThat(deploy.code()).as(deploy.output()).isZero();
    assertThat(deploy.output())
        .contains("would announce the deployment gh:a/b:1")
        .contains("would tell HAProxy: set server backend/green weight 100")
        .contains("would open a gate");
    assertThat(run("rollback.sh", "--env", env.toString(), "--dry-run").code()).isZero();
    assertThat(run("health_check.sh", "--env", env.toString(), "--gate", "g", "--dry-run").code())
        .isZero();
    for (String shipped : List.of("dev", "staging", "production")) {
      assertThat(run("migrate.sh", "--env", shipped, "--dry-run").output())
          .contains("pharos migrate --store=");
      assertThat(run("deploy.sh", "--env", shipped, "--version", "1", "--dry-run").code()).isZero();
    }
    assertThat(requests).isEmpty();
    assertThat(haproxy).isEmpty();
    assertThat(dockerCalls).doesNotExist();
    assertThat(folder.resolve("state")).doesNotExist();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "deploy.sh --version 1 | --env is missing",
        "deploy.sh --env nowhere --version 1 | nowhere.env: can't be read, expected one of dev",
        "deploy.sh --env ENV --version a/b | --version: expected letters",
        "deploy.sh --env ENV --version 1 --sha xyz | --sha: expected 7 to 64 hex digits, found 'xyz'",
        "deploy.sh --env ENV --version 1 --wait soon | --wait: expected seconds, found 'soon'",
        "deploy.sh --env ENV --version 1 --intent hope | --intent: expected change or fix, found 'hope'",
        "deploy.sh --env ENV --version 1 --digest abc | --digest: expected sha256: and 64 hex digits, found 'abc'",
        "deploy.sh --env ENV --version 1 --force | unknown argument '--force'",
        "rollback.sh --env ENV --to red | --to: expected blue or green, found 'red'",
        "health_check.sh --env ENV --gate a/b | --gate: expected the id of a gate",
        "migrate.sh --env ENV | JDBC_URL: expected jdbc:postgresql:",
      })
  void wrongCall_is4AndSaysWhatWasExpected(String line, String expected) throws Exception {
    String[] words = line.replace("ENV", env.toString()).split(" ");
    Result result = run(words[0], List.of(words).subList(1, words.length).toArray(String[]::new));
    assertThat(result.code()).as(result.output()).isEqualTo(4);
    assertThat(result.output()).contains(expected);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "PHAROS_TOKEN=abc | PHAROS_TOKEN is a secret; expected it in the environment, or in a file whose path is in PHAROS_TOKEN_FILE",
        "export A=b | expected KEY=VALUE, found: export A=b",
        "STRATEGY=yolo | STRATEGY: expected (recreate|blue-green|canary), found 'yolo'",
      })
  void badSettings_areRefused(String line, String expected) throws Exception {
    set(line);
    Result result = deploy();
    assertThat(result.code()).isEqualTo(4);
    assertThat(result.output()).contains(expected);
    assertThat(requests).isEmpty();
  }

  @Test
  void settings_areNeverExecutedAndTheEnvironmentWins() throws Exception {
    set("SERVICE=$(touch " + folder.resolve("pwned") + ")");
    Result result = deploy();
    assertThat(result.code()).isEqualTo(4);
    assertThat(folder.resolve("pwned")).doesNotExist();
    environment.put("SERVICE", "backend");
    verdicts.add(200);
    assertThat(deploy().code()).isZero();
  }

  @Test
  void healthCheck_verdictAndReadiness() throws Exception {
    verdicts.addAll(List.of(408, 408, 200));
    Path verdict = folder.resolve("verdict.json");
    environment.put("VERDICT_FILE", verdict.toString());
    Result passed =
        run("health_check.sh", "--env", env.toString(), "--gate", "g-1", "--wait", "20");
    assertThat(passed.code()).as(passed.output()).isZero();
    assertThat(passed.output()).contains("gate g-1: S C: Why \"so\".");
    assertThat(Files.readString(verdict)).startsWith("{\"id\"").endsWith("}");
    assertThat(requests).filteredOn(request -> request.contains("require-pass?wait=")).hasSize(3);
    assertThat(run("health_check.sh", "--env", env.toString()).output()).contains("is ready");
    assertThat(run("health_check.sh", "--help").output()).contains("Exit codes: 0 ready or PASS");
  }

  @Test
  void migrate_passesTheSettingsAndWantsABackupInProduction() throws Exception {
    Path pharos = folder.resolve("pharos");
    Files.writeString(pharos, "#!/bin/sh\necho \"pharos $*\"\nexit \"${PHAROS_EXIT:-0}\"\n");
    assertThat(pharos.toFile().setExecutable(true)).isTrue();
    environment.put("PHAROS_COMMAND", pharos.toString());
    Path password = Files.writeString(folder.resolve("password"), "x");
    set("JDBC_URL=jdbc:postgresql://db/pharos");
    set("JDBC_USER=pharos");
    set("JDBC_PASSWORD_FILE=" + password);
    Result staging = run("migrate.sh", "--env", env.toString());
    assertThat(staging.code()).as(staging.output()).isZero();
    assertThat(staging.output())
        .contains(
            "pharos migrate --store=postgresql --jdbc.url=jdbc:postgresql://db/pharos --jdbc.user=pharos"
                + " --jdbc.password-file="
                + password);

    set("PHAROS_ENV=production");
    assertThat(run("migrate.sh", "--env", env.toString()).output())
        .contains("BACKUP_FILE: expected .+, found ''");
    Path backup = Files.writeString(folder.resolve("backup"), "");
    set("BACKUP_FILE=" + backup);
    assertThat(run("migrate.sh", "--env", env.toString()).code()).isEqualTo(4);
    Files.writeString(backup, "a dump");
    assertThat(run("migrate.sh", "--env", env.toString()).code()).isZero();
    Files.setLastModifiedTime(backup, FileTime.from(Instant.now().minus(Duration.ofHours(25))));
    Result old = run("migrate.sh", "--env", env.toString());
    assertThat(old.code()).isEqualTo(4);
    assertThat(old.output()).contains("older than 24 h; expected a fresh backup");

    set("PHAROS_ENV=staging");
    environment.put("PHAROS_EXIT", "1");
    assertThat(run("migrate.sh", "--env", env.toString()).code()).isEqualTo(1);
    set("JDBC_URL=jdbc:h2:./data/pharos");
    assertThat(run("migrate.sh", "--env", env.toString()).output())
        .contains("JDBC_URL: expected jdbc:postgresql:");
    set("JDBC_URL=jdbc:postgresql://db/pharos?password=x");
    assertThat(run("migrate.sh", "--env", env.toString()).output())
        .contains("JDBC_URL contains a password");
  }

  @Test
  void rollback_afterAFinishedDeploy_startsTheOtherColourAgain() throws Exception {
    verdicts.add(200);
    deploy();
    deploy("--version", "1.2.4");
    Result result = run("rollback.sh", "--env", env.toString(), "--to", "green");
    assertThat(result.code()).as(result.output()).isZero();
    assertThat(releases()).containsExactly("green 1.2.3");
    assertThat(Files.readString(dockerCalls))
        .endsWith("stop backend-blue version=\n")
        .contains("backend-green version=1.2.3");
  }

  @Test
  void rollback_severalBack_neverStartsAnythingUnderTraffic() throws Exception {
    verdicts.add(200);
    for (String version : List.of("1", "2", "3")) { // green, blue, green
      assertThat(deploy("--version", version).code()).isZero();
    }
    Files.delete(dockerCalls);
    Result result = run("rollback.sh", "--env", env.toString(), "--back", "2");
    assertThat(result.code()).as(result.output()).isZero();
    assertThat(releases()).containsExactly("blue 1");
    assertThat(Files.readAllLines(dockerCalls))
        .filteredOn(line -> line.contains(" up "))
        .containsExactly(
            "compose --file %s up --detach --no-deps backend-blue version=1"
                .formatted(Path.of("deploy/compose.colors.yml").toAbsolutePath()));
    Result tooFar = run("rollback.sh", "--env", env.toString(), "--back", "1");
    assertThat(tooFar.code()).isEqualTo(4);
    assertThat(tooFar.output()).contains("is not known").contains("releases has 1");
  }

  @Test
  void rollback_toWhatDoesNotGetHealthy_leavesTheTraffic() throws Exception {
    verdicts.add(200);
    deploy();
    deploy("--version", "1.2.4");
    haproxy.clear();
    unhealthy.add("green");
    set("CANDIDATE_URL_GREEN=");
    set("START_WAIT=1");
    Result result = run("rollback.sh", "--env", env.toString(), "--to", "green");
    assertThat(result.code()).as(result.output()).isEqualTo(5);
    assertThat(result.output())
        .contains("HAProxy reports green as unhealthy")
        .contains("the traffic of staging is unchanged");
    assertThat(haproxy).noneMatch(command -> command.contains("weight"));
    assertThat(releases()).last().isEqualTo("blue 1.2.4");
  }

  @Test
  void failedDeploy_doesNotForgetWhatWasGood() throws Exception {
    verdicts.add(200);
    deploy();
    deploy("--version", "1.2.4");
    verdicts.set(0, 409);
    assertThat(deploy("--version", "1.2.5").code()).isEqualTo(1);
    assertThat(releases()).containsExactly("green 1.2.3", "blue 1.2.4");
    Result result = run("rollback.sh", "--env", env.toString(), "--back", "1");
    assertThat(result.output()).contains("1.2.3 is started as green");
  }

  @Test
  void deployKilled_isTakenBackWithinSeconds() throws Exception {
    verdicts.add(408);
    Process deploy =
        processOf(
            "deploy.sh",
            List.of("--env", env.toString(), "--version", "1.2.3", "--key", "k", "--wait", "600"));
    await(() -> requests.stream().anyMatch(request -> request.contains("require-pass")));
    assertThat(haproxy).last().isEqualTo("set server backend/green weight 10");
    deploy.destroyForcibly().waitFor();
    await(() -> requests.stream().anyMatch(request -> request.contains("rolled_back")));
    assertThat(haproxy)
        .contains("set server backend/blue weight 100", "set server backend/green weight 0");
    assertThat(releases()).isEmpty();
  }

  @Test
  void candidateWithAShare_losesItBeforeItIsStartedAnew() throws Exception {
    verdicts.add(200);
    weights.put("green", "33"); // as a driver left it that nobody watched
    Result result = deploy();
    assertThat(result.code()).as(result.output()).isZero();
    assertThat(result.output()).contains("green still has a share of the traffic");
    assertThat(haproxy.subList(0, 4))
        .contains("set server backend/blue weight 100", "set server backend/green weight 0");
  }

  @Test
  void tokenFileThatCantBeRead_endsTheDeployBeforeItBegins() throws Exception {
    environment.put("PHAROS_TOKEN_FILE", folder.resolve("nowhere").toString());
    for (Result result :
        List.of(deploy(), run("health_check.sh", "--env", env.toString(), "--gate", "g"))) {
      assertThat(result.code()).as(result.output()).isEqualTo(4);
      assertThat(result.output()).contains("PHAROS_TOKEN_FILE: ").contains("can't be read");
    }
    assertThat(requests).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"0, 1", "3, 2"})
  void healthCheck_waitsAsLongAsItIsTold(int wait, int asksAtLeast) throws Exception {
    verdicts.add(408);
    Result result =
        run("health_check.sh", "--env", env.toString(), "--gate", "g", "--wait", "" + wait);
    assertThat(result.code()).as(result.output()).isEqualTo(3);
    assertThat(requests)
        .filteredOn(request -> request.contains("require-pass"))
        .hasSizeBetween(asksAtLeast, wait + 2);
  }

  @Test
  void intentAndDigest_areAnnounced() throws Exception {
    verdicts.add(200);
    String digest = "sha256:" + "0a".repeat(32);
    assertThat(deploy("--intent", "fix", "--digest", digest).code()).isZero();
    assertThat(requests)
        .anyMatch(
            request ->
                request.endsWith(
                    "\"color\":\"green\",\"digest\":\"" + digest + "\",\"intent\":\"fix\"}"));
  }

  @Test
  void migrationOfTheBackend_runsBeforeTheCandidate_andStopsTheDeployWhereItFails()
      throws Exception {
    verdicts.add(200);
    set("MIGRATE_COMMAND=echo migrating to $VERSION; exit 3");
    Result failed = deploy();
    assertThat(failed.code()).as(failed.output()).isEqualTo(1);
    assertThat(failed.output()).contains("migrating to 1.2.3").contains("nothing was started");
    assertThat(requests).last().asString().contains("{\"status\":\"failed\"}");
    assertThat(dockerCalls).doesNotExist();
    assertThat(haproxy).isEmpty();
  }

  private static void await(Callable<Boolean> condition) throws Exception {
    for (long end = System.nanoTime() + Duration.ofSeconds(30).toNanos(); !condition.call(); ) {
      assertThat(System.nanoTime()).isLessThan(end);
      Thread.sleep(20);
    }
  }

  @Test
  void deploy_whileAnotherRuns_isRefused() throws Exception {
    Files.createDirectories(folder.resolve("state"));
    Process other =
        new ProcessBuilder(
                "flock",
                folder.resolve("state/lock").toString(),
                "bash",
                "-c",
                "echo in; read -r _")
            .start();
    assertThat(other.getInputStream().read()).isEqualTo('i');
    Result result = deploy();
    assertThat(result.code()).isEqualTo(4);
    assertThat(result.output()).contains("another deploy or rollback to staging is running");
    other.destroy();
  }

  /// Pharos leads; what is asked of the program is written down, and `start` and `status` end as
  /// told.
  private Path leadByRollout(int code) throws IOException {
    set("ROLLOUT=true");
    Path calls = folder.resolve("pharos-calls");
    Path program = folder.resolve("bin").resolve("pharos");
    Files.writeString(
        program,
        """
        #!/bin/sh
        [ "$2" = agent ] || echo "$*" >> %s
        case "$2" in start | status) exit %d ;; agent) echo agent >> %s.agent ;; esac
        """
            .formatted(calls, code, calls));
    assertThat(program.toFile().setExecutable(true)).isTrue();
    environment.put("PHAROS_COMMAND", program.toString());
    return calls;
  }

  @ParameterizedTest
  @CsvSource({"0, 0", "1, 0", "2, 0", "3, 0", "4, 1", "5, 0"})
  void deploy_byRollout_announcesStartsAnAgentAndEndsAsTheRollout(int code, int ended)
      throws Exception {
    Path calls = leadByRollout(code);
    Result result = deploy();
    assertThat(result.code()).as(result.output()).isEqualTo(code);
    assertThat(calls).hasContent("rollout start --deployment gh:a/b:1 --wait 8s --env-file " + env);
    for (int i = 0; i < 500 && !Files.exists(folder.resolve("pharos-calls.agent")); i++) {
      Thread.sleep(10);
    }
    assertThat(folder.resolve("pharos-calls.agent")).exists();
    assertThat(haproxy).isEmpty();
    assertThat(dockerCalls).doesNotExist();
    assertThat(requests)
        .anyMatch(it -> it.startsWith("PUT /api/pharos/v1/deployments/gh:a/b:1"))
        .filteredOn(it -> it.startsWith("PATCH") && it.contains("failed"))
        .hasSize(ended);
  }

  @Test
  void deploy_byRollout_thatIsKilledWhileItWaits_holdsNoLock() throws Exception {
    Path calls = leadByRollout(0);
    Path program = Path.of(environment.get("PHAROS_COMMAND"));
    Files.writeString(
        program,
        """
        #!/bin/sh
        [ "$2" = start ] && echo start > %s && exec sleep 60
        """
            .formatted(calls));
    Process deploy =
        processOf(
            "deploy.sh",
            List.of("--env", env.toString(), "--version", "1.2.3", "--key", "gh:a/b:1"));
    await(() -> Files.exists(calls));
    List<ProcessHandle> left = deploy.descendants().toList();
    try {
      deploy.destroyForcibly().waitFor();
      var lock =
          new ProcessBuilder("flock", "--wait=5", folder.resolve("state/lock").toString(), "true");
      assertThat(lock.start().waitFor()).isZero();
    } finally {
      left.forEach(ProcessHandle::destroyForcibly);
    }
  }

  @Test
  void rollback_byRollout_abortsWhatIsUnderWay() throws Exception {
    Path calls = leadByRollout(1);
    environment.put("USER", "ann");
    Result result = run("rollback.sh", "--env", env.toString());
    assertThat(result.code()).as(result.output()).isZero();
    assertThat(Files.readAllLines(calls))
        .containsExactly(
            "rollout abort --reason rollback.sh, called by ann --env-file " + env,
            "rollout status --wait 300s --env-file " + env);
    // The agent sees that the candidate is drained, also while Pharos is away.
    assertThat(haproxy)
        .containsExactly(
            "set server backend/blue state ready",
            "set server backend/blue weight 100",
            "set server backend/green state drain",
            "set server backend/green weight 0");
    assertThat(run("rollback.sh", "--env", env.toString(), "--to", "blue").code()).isEqualTo(4);
  }

  @Test
  void rollback_byRollout_rollsTheReleaseBeforeOut() throws Exception {
    Path calls = leadByRollout(0);
    Files.createDirectories(folder.resolve("state"));
    Files.writeString(folder.resolve("state/releases"), "blue 1.0\ngreen 1.1\nblue 1.2\n");
    Result result = run("rollback.sh", "--env", env.toString(), "--back", "2");
    assertThat(result.code()).as(result.output()).isZero();
    assertThat(requests)
        .anyMatch(it -> it.startsWith("PUT") && it.contains("\"version\":\"1.0\""))
        .anyMatch(it -> it.contains("\"intent\":\"fix\""));
    assertThat(calls)
        .content()
        .startsWith("rollout start --deployment deploy:backend:staging:1.0:");
    assertThat(run("rollback.sh", "--env", env.toString(), "--back", "3").code()).isEqualTo(4);
  }

  /// A rollback by hand has the traffic back before it needs anything but HAProxy.
  @Test
  void rollback_withAFullDisk_movesTheTraffic_andAFailedCandidateKeepsNothing() throws Exception {
    try (var disk = FullDisk.mount(folder.resolve("state"))) {
      verdicts.add(200);
      assertThat(deploy().code()).isZero(); // green 1.2.3
      weights.put("blue", "20"); // as a candidate that was not judged
      disk.fill();
      haproxy.clear();
      Result result = run("rollback.sh", "--env", env.toString(), "--deployment", "k");
      assertThat(result.code()).as(result.output()).isZero();
      assertThat(haproxy)
          .startsWith(
              "set server backend/green state ready",
              "set server backend/green weight 100",
              "set server backend/blue weight 0");
      assertThat(requests).last().asString().contains("rolled_back");
    }
  }

  @Test
  void deploy_whoseDiskIsFullWhenItPasses_keepsTheRelease_andOneThatCannotBegin_startsNothing()
      throws Exception {
    try (var disk = FullDisk.mount(folder.resolve("state"))) {
      verdicts.add(200);
      assertThat(deploy().code()).isZero();
      set("START_COMMAND=while head -c 1024 /dev/zero >>%s; do :; done".formatted(disk.filler()));
      set("STOP_COMMAND=true");
      set("CANDIDATE_URL_GREEN=");
      Result full = deploy("--version", "1.2.4");
      assertThat(full.code()).as(full.output()).isZero();
      assertThat(full.output()).contains("releases can't be written");
      assertThat(weights).containsEntry("blue", "100").containsEntry("green", "0");
      disk.fill();
      haproxy.clear();
      Result next = deploy("--version", "1.2.5");
      assertThat(next.code()).as(next.output()).isEqualTo(5);
      assertThat(next.output())
          .contains("to staging as green, blue serves")
          .contains("nothing was");
      assertThat(haproxy).isEmpty();
    }
  }

  @Test
  void rollback_whileADeployHoldsTheLock_movesTheTrafficAtOnce_andEndsTheDeploy() throws Exception {
    verdicts.add(408);
    Process deploy =
        processOf(
            "deploy.sh",
            List.of("--env", env.toString(), "--version", "1.2.3", "--key", "k", "--wait", "600"));
    await(() -> requests.stream().anyMatch(request -> request.contains("require-pass")));
    Result result = run("rollback.sh", "--env", env.toString());
    assertThat(result.code()).as(result.output()).isZero();
    assertThat(deploy.waitFor(30, TimeUnit.SECONDS)).isTrue();
    assertThat(deploy.exitValue()).isEqualTo(1);
    assertThat(weights).containsEntry("blue", "100").containsEntry("green", "0");
    assertThat(requests).anyMatch(request -> request.contains("rolled_back"));
    verdicts.set(0, 200);
    assertThat(deploy("--version", "1.2.4").code()).isZero(); // the mark does not stay
    assertThat(releases()).containsExactly("green 1.2.4");
  }

  @Test
  void rollbackWhenGone_doesNotNeedTheLock() throws Exception {
    Files.createDirectories(folder.resolve("state"));
    Files.writeString(folder.resolve("state/under_way"), "k 99999999\n");
    weights.put("green", "20");
    Process other =
        new ProcessBuilder(
                "flock", folder.resolve("state/lock").toString(), "bash", "-c", "echo in; sleep 60")
            .start();
    try {
      assertThat(other.getInputStream().read()).isEqualTo('i');
      Process rollback =
          processOf(
              "rollback.sh",
              List.of("--env", env.toString(), "--deployment", "k", "--when-gone", "99999999"));
      await(() -> weights.get("green").equals("0"));
      assertThat(weights).containsEntry("blue", "100");
      rollback.destroyForcibly().waitFor();
    } finally {
      other.descendants().forEach(ProcessHandle::destroyForcibly);
      other.destroyForcibly();
    }
  }

  @Test
  void rollbackWhenGone_anotherDeployOfTheSameKeyIsUnderWay_changesNothing() throws Exception {
    Process earlier = new ProcessBuilder("sleep", "600").start();
    Process watch =
        processOf(
            "rollback.sh",
            List.of(
                "--env",
                env.toString(),
                "--deployment",
                "k",
                "--when-gone",
                Long.toString(earlier.pid())));
    verdicts.add(408);
    Process deploy =
        processOf(
            "deploy.sh",
            List.of("--env", env.toString(), "--version", "1.2.3", "--key", "k", "--wait", "600"));
    try {
      await(() -> requests.stream().anyMatch(request -> request.contains("require-pass")));
      earlier.destroyForcibly().waitFor();
      assertThat(watch.waitFor(60, TimeUnit.SECONDS)).isTrue();
      assertThat(watch.exitValue()).isZero();
      assertThat(weights).containsEntry("green", "10");
    } finally {
      earlier.destroyForcibly();
      watch.destroyForcibly();
      deploy.destroyForcibly().waitFor();
    }
    await(() -> requests.stream().anyMatch(request -> request.contains("rolled_back")));
    await(() -> !Files.exists(folder.resolve("state/under_way")));
  }

  @Test
  void rollback_toAColourThatStillRuns_doesNotStartItAgain() throws Exception {
    verdicts.add(200);
    deploy();
    deploy("--version", "1.2.4");
    Files.delete(dockerCalls);
    Result result = run("rollback.sh", "--env", env.toString(), "--back", "1");
    assertThat(result.code()).as(result.output()).isZero();
    assertThat(Files.readAllLines(dockerCalls)).noneMatch(line -> line.contains(" up "));
    assertThat(Files.readString(dockerCalls)).endsWith("stop backend-blue version=\n");
    assertThat(weights).containsEntry("green", "100").containsEntry("blue", "0");
    assertThat(releases()).containsExactly("green 1.2.3");
  }

  @Test
  void firstReleaseThatFails_isStopped_andItIsSaidThatNothingServes() throws Exception {
    unhealthy.add("blue");
    verdicts.add(409);
    Result result = deploy();
    assertThat(result.code()).as(result.output()).isEqualTo(1);
    assertThat(result.output()).contains("nothing serves staging now, as before its first release");
    assertThat(weights).containsEntry("green", "0");
    assertThat(Files.readString(dockerCalls)).endsWith("stop backend-green version=\n");
  }

  @ParameterizedTest
  @CsvSource({"20, 0", "0, 5"})
  void rollback_byRolloutWithoutPharos_hasTheTrafficBack(String share, int code) throws Exception {
    Path calls = leadByRollout(5);
    Files.createDirectories(folder.resolve("state"));
    Files.writeString(folder.resolve("state/releases"), "blue 1.0\n");
    Files.writeString(folder.resolve("bin/pharos"), "#!/bin/sh\nexit 5\n");
    weights.put("green", share);
    Result result = run("rollback.sh", "--env", env.toString());
    assertThat(result.code()).as(result.output()).isEqualTo(code);
    assertThat(weights).containsEntry("blue", "100").containsEntry("green", "0");
    assertThat(states).containsEntry("green", 8);
    assertThat(calls).doesNotExist();
  }

  @Test
  void rollbackBack_byRolloutWithoutPharos_startsTheReleaseItself() throws Exception {
    leadByRollout(5);
    Files.createDirectories(folder.resolve("state"));
    Files.writeString(folder.resolve("state/releases"), "green 1.0\nblue 1.1\n");
    readyStatus = 503;
    Result result = run("rollback.sh", "--env", env.toString(), "--back", "1");
    assertThat(result.code()).as(result.output()).isZero();
    assertThat(Files.readString(dockerCalls)).contains("backend-green version=1.0");
    assertThat(weights).containsEntry("green", "100").containsEntry("blue", "0");
    assertThat(states).containsEntry("blue", 8);
    assertThat(releases()).containsExactly("green 1.0");
  }
}
