package io.pharos.cli.gate;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.pharos.cli.Commands;
import io.pharos.cli.command.UsageException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// `pharos gate` against a real HTTP server that answers as it is told.
class GateCommandTest {
  private static final GateClient.Pace FAST =
      new GateClient.Pace(Duration.ofMillis(50), Duration.ofMillis(10), Duration.ofMillis(200));

  @TempDir Path folder;
  private final Map<String, String> environment = new HashMap<>();
  private final List<String> requests = new CopyOnWriteArrayList<>();
  private final List<String> states = new CopyOnWriteArrayList<>();
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();
  private volatile int putStatus = 201;
  private volatile int openStatus = 201;
  private volatile String advisory = "hold";
  private volatile String known = "";
  private Optional<String> answer = Optional.empty();
  private boolean onTerminal;
  private HttpServer server;

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext("/api/pharos/v1/deployments/", this::deployment);
    server.createContext("/api/pharos/v1/gates", this::gate);
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  private String url() {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  private void deployment(HttpExchange exchange) throws IOException {
    String body = note(exchange);
    if (exchange.getRequestMethod().equals("GET")) {
      answer(exchange, known.isEmpty() ? 404 : 200, known.isEmpty() ? "{}" : known);
    } else {
      answer(
          exchange,
          putStatus,
          putStatus < 400 ? body : "{\"error\": \"env: expected a name, found \\\"x y\\\"\"}");
    }
  }

  private void gate(HttpExchange exchange) throws IOException {
    note(exchange);
    if (exchange.getRequestMethod().equals("POST")) {
      answer(
          exchange,
          openStatus,
          openStatus < 400 ? view("RUNNING") : "{\"error\": \"policy: expected a gate policy\"}");
      return;
    }
    String state = states.size() > 1 ? states.removeFirst() : states.getFirst();
    switch (state) {
      case "500" -> answer(exchange, 500, "<html>oops</html>");
      case "403" -> answer(exchange, 403, "{\"error\": \"no\"}");
      case "HTML" -> answer(exchange, 200, "<html>a captive portal</html>");
      default -> answer(exchange, 200, view(state));
    }
  }

  private String view(String state) {
    int to = state.indexOf('>');
    if (to > 0) {
      return view(state.substring(0, to))
          .replaceFirst(
              "\\{",
              """
              {"outcome": "%s", "override": {"outcome": "%<s", "by": "ada", "reason": "INC-42",
               "at": "2026-01-01T00:00:00Z"},"""
                  .formatted(state.substring(to + 1)));
    }
    return """
    {"id": "g1", "state": "%s", "code": "X", "summary": "Because of 100%% | and <b>.",
     "advisory": "%s", "expired": %s, "expires_at": "2026-01-01T00:00:00Z",
     "url": "/api/pharos/v1/gates/g1", "policy": {"id": "backend", "version": "7", "min_soak_s": 300},
     "checks": [
       {"id": "alerts", "state": "pass", "code": "OK", "text": "alerts: 0 fire."},
       {"id": "error_bound", "kind": "error_bound", "required": true, "n_c": 312, "e_c": 3, "n_b": 500,
        "e_b": 5, "needed": 188, "state": "%s", "code": "C", "text": "error_bound: 5 %%\\nof 10."}]}
    """
        .formatted(
            state.replace("EXPIRED", "PASS"),
            advisory,
            state.equals("EXPIRED"),
            state.equals("FAIL") ? "fail" : state.equals("PASS") ? "pass" : "unknown");
  }

  private String note(HttpExchange exchange) throws IOException {
    String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
    requests.add(
        exchange.getRequestMethod()
            + " "
            + exchange.getRequestURI()
            + " "
            + exchange.getRequestHeaders().getFirst("Authorization")
            + " "
            + body);
    return body;
  }

  private static void answer(HttpExchange exchange, int status, String body) throws IOException {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(status, bytes.length);
    exchange.getResponseBody().write(bytes);
    exchange.close();
  }

  private int run(String... more) {
    var words =
        new ArrayList<>(
            List.of("--service=backend", "--env=production", "--version=v2", "--wait=5s"));
    words.add("--url=" + url());
    words.addAll(List.of(more));
    try {
      return command().run(words);
    } catch (UsageException e) {
      return Commands.refused("gate", e, new PrintStream(err, true, StandardCharsets.UTF_8));
    }
  }

  private GateCommand command() {
    return new GateCommand(
        environment,
        new PrintStream(out, true, StandardCharsets.UTF_8),
        new PrintStream(err, true, StandardCharsets.UTF_8),
        _ -> answer,
        onTerminal,
        FAST);
  }

  private String out() {
    return out.toString(StandardCharsets.UTF_8);
  }

  @ParameterizedTest
  @CsvSource({
    "PASS, '', 0",
    "FAIL, '', 1",
    "FAIL, pass, 1",
    "INCONCLUSIVE, '', 2",
    "INCONCLUSIVE, fail, 2",
    "INCONCLUSIVE, pass, 0",
    "INCONCLUSIVE, ask, 2",
    "EXPIRED, '', 2",
    "NEWSTATE, '', 5",
  })
  void run_everyVerdict_hasItsExitCode(String state, String choice, int code) {
    states.addAll(List.of("RUNNING", "RUNNING", state));
    assertThat(run("--on-inconclusive=" + choice)).as(out()).isEqualTo(code);
    assertThat(out())
        .contains("Gate g1 for backend v2 in production, policy backend version 7")
        .contains(url() + "/api/pharos/v1/gates/g1")
        .contains("pass    OK              alerts: 0 fire.");
    assertThat(requests.getFirst())
        .startsWith("PUT /api/pharos/v1/deployments/cli%3Abackend%3Aproduction%3A");
  }

  @ParameterizedTest
  @CsvSource({"PASS, 0, OK", "FAIL, 2, CRITICAL", "INCONCLUSIVE, 1, WARNING"})
  void run_nagios_hasNagiosCodesAndOneFirstLine(String state, int code, String word) {
    states.add(state);
    assertThat(run("--nagios")).isEqualTo(code);
    assertThat(out())
        .isEqualToNormalizingNewlines(
            "GATE "
                + word
                + " - "
                + state
                + ": Because of 100% / and <b>. | soak=0s;;;0;300 requests=312;;;0;500 errors=0.962%"
                + " baseline_errors=1.000%\n");
    assertThat(err.toString(StandardCharsets.UTF_8)).contains("Gate g1 for backend");
  }

  private static final String PROGRESS =
      "soak 0 of 5 min, 312 of 500 requests, errors 1.0 % against 1.0 %";

  @Test
  void run_onATerminal_oneLineChangesInPlace() {
    onTerminal = true;
    states.addAll(List.of("RUNNING", "RUNNING", "PASS"));
    assertThat(run()).isZero();
    assertThat(out()).containsOnlyOnce("\r" + PROGRESS).contains(PROGRESS + "\nPASS: ");
  }

  @Test
  void run_withoutATerminal_theProgressIsALine() {
    states.addAll(List.of("RUNNING", "RUNNING", "PASS"));
    assertThat(run()).isZero();
    assertThat(out()).containsOnlyOnce("\n  " + PROGRESS + "\n").doesNotContain("\r");
  }

  @Test
  void run_json_eachLineIsAnObjectAndTheLastHasTheVerdict() throws IOException {
    states.addAll(List.of("RUNNING", "FAIL"));
    assertThat(run("--json")).isEqualTo(1);
    List<String> lines = out().lines().toList();
    assertThat(lines).hasSize(2);
    var progress = new ObjectMapper().readTree(lines.getFirst());
    assertThat(progress.path("requests").asInt()).isEqualTo(312);
    assertThat(progress.path("requests_needed").asInt()).isEqualTo(500);
    assertThat(progress.path("min_soak_s").asInt()).isEqualTo(300);
    assertThat(progress.path("baseline_errors").asDouble()).isEqualTo(0.01);
    var result = new ObjectMapper().readTree(lines.getLast());
    assertThat(result.path("verdict").asText()).isEqualTo("FAIL");
    assertThat(result.path("go").asBoolean()).isFalse();
    assertThat(result.path("exit").asInt()).isEqualTo(1);
    assertThat(result.path("gate").path("id").asText()).isEqualTo("g1");
    assertThat(run("--json", "--nagios")).isEqualTo(3);
  }

  @ParameterizedTest
  @CsvSource({
    "PASS, '', succeeded",
    "FAIL, '', failed",
    "INCONCLUSIVE, fail, failed",
    "INCONCLUSIVE, pass, succeeded"
  })
  void run_ownDeployment_isEnded(String state, String choice, String status) {
    states.add(state);
    run("--on-inconclusive=" + choice);
    assertThat(requests.getLast())
        .startsWith("PATCH /api/pharos/v1/deployments/cli%3Abackend")
        .endsWith("{\"status\":\"" + status + "\"}");
  }

  @Test
  void run_deploymentOfOthersOrOfARunningGate_isNotEnded() {
    states.add("PASS");
    known = "{\"service\": \"backend\", \"env\": \"production\", \"version\": \"v2\"}";
    assertThat(run("--key=theirs")).isZero();
    known = "";
    states.set(0, "RUNNING");
    assertThat(run("--wait=100ms")).isEqualTo(3);
    assertThat(requests).noneMatch(request -> request.startsWith("PATCH"));
  }

  @ParameterizedTest
  @CsvSource({"FAIL>PASS, 0", "INCONCLUSIVE>PASS, 0", "PASS>FAIL, 1", "RUNNING>FAIL, 1"})
  void run_overriddenGate_goesByThePersonAndShowsBoth(String state, int code) {
    states.add(state);
    assertThat(run()).isEqualTo(code);
    String[] both = state.split(">");
    assertThat(out())
        .contains(
            both[1]
                + ": The state of the gate was "
                + both[0]
                + ", overridden to "
                + both[1]
                + " by ada at 2026-01-01T00:00:00Z: INC-42. The gate's reason: Because of 100%");
  }

  @Test
  void run_advisoryOfThePolicy_holdsWhereNothingIsSaid() {
    states.add("INCONCLUSIVE");
    advisory = "allow";
    assertThat(run()).isZero();
    assertThat(out()).contains("INCONCLUSIVE (allowed)").contains("as the policy advises.");
    assertThat(run("--on-inconclusive=fail")).isEqualTo(2);
  }

  @Test
  void run_ask_needsANameAndAReason() {
    states.add("INCONCLUSIVE");
    answer = Optional.of("alice known flake");
    assertThat(run("--on-inconclusive=ask")).isZero();
    assertThat(out()).contains("allowed by: alice known flake");
    answer = Optional.of("yes");
    assertThat(run("--on-inconclusive=ask")).isEqualTo(2);
    assertThat(out()).contains("Nobody allowed it to continue.");
  }

  @Test
  void run_waitIsOver_is3() {
    states.add("RUNNING");
    assertThat(run("--wait=150ms")).isEqualTo(3);
    assertThat(out()).contains("TIMEOUT: No verdict within the wait:");
  }

  @Test
  void run_pharosAwayForAMoment_goesOn() {
    states.addAll(List.of("500", "HTML", "500", "PASS"));
    assertThat(run()).isZero();
  }

  @Test
  void run_pharosAwayToTheEnd_is5() {
    states.add("500");
    assertThat(run("--wait=200ms")).isEqualTo(5);
    assertThat(out()).contains("UNREACHABLE: the verdict can't be read: status 500");
    openStatus = 503;
    assertThat(run()).isEqualTo(5);
  }

  @Test
  void run_nobodyListens_is5() throws IOException {
    int port;
    try (var socket = new ServerSocket(0)) {
      port = socket.getLocalPort();
    }
    assertThat(run("--url=http://127.0.0.1:" + port)).isEqualTo(5);
    assertThat(run("--nagios", "--url=http://127.0.0.1:" + port)).isEqualTo(3);
  }

  @Test
  void run_refusals_are4WithTheirReason() {
    putStatus = 400;
    assertThat(run()).isEqualTo(4);
    assertThat(out()).contains("status 400, env: expected a name");
    putStatus = 201;
    openStatus = 404;
    assertThat(run()).isEqualTo(4);
    assertThat(out()).contains("the gate can't be opened: status 404, policy: expected");
    openStatus = 201;
    states.add("403");
    assertThat(run()).isEqualTo(4);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--color=blue --oops=1 | unknown flag --oops",
        "--service= | --service is missing",
        "--wait=soon | --wait: expected a duration such as 30s or 15d, found \"soon\"",
        "--on-inconclusive=maybe | --on-inconclusive: expected fail, pass or ask",
        "--url=pharos:9095 | --url: expected an http or https URL",
        "--token-file=/none/there | can't be read",
      })
  void run_badCommandLine_is64AndSaysWhy(String words, String expected) {
    assertThat(run(words.split(" "))).isEqualTo(64);
    assertThat(err.toString(StandardCharsets.UTF_8)).contains("pharos gate: ").contains(expected);
    assertThat(requests).isEmpty();
  }

  @Test
  void run_token_isReadFromVariableOrFileAndNeverShown() throws IOException {
    states.add("PASS");
    environment.put("PHAROS_TOKEN", "from-variable");
    run();
    Path file = folder.resolve("token");
    Files.writeString(file, "from-file\n");
    run("--token-file", file.toString());
    assertThat(requests).filteredOn(request -> request.contains("Bearer from-variable")).hasSize(4);
    assertThat(requests).filteredOn(request -> request.contains("Bearer from-file")).hasSize(4);
    Files.writeString(file, "two words");
    assertThat(run("--token-file", file.toString())).isEqualTo(64);
    assertThat(out() + err).doesNotContain("from-variable").doesNotContain("from-file");
  }

  @Test
  void run_keyOfAnAnnouncedDeployment_isNotAnnouncedAgain() {
    states.add("PASS");
    known = "{\"service\": \"backend\", \"env\": \"production\", \"version\": \"v2\"}";
    assertThat(run("--key=gh:a/b:1:1:production")).isZero();
    assertThat(requests.getFirst()).startsWith("GET /api/pharos/v1/deployments/gh%3Aa/b%3A1");
    assertThat(requests).noneMatch(request -> request.startsWith("PUT"));
    known = known.replace("v2", "v1");
    assertThat(run("--key=gh:a/b:1:1:production")).isEqualTo(64);
    assertThat(err.toString(StandardCharsets.UTF_8)).contains("--version: expected \"v1\"");
    known = "";
    assertThat(run("--key=new")).isZero();
    assertThat(requests).anyMatch(request -> request.startsWith("PUT"));
  }

  @Test
  void run_onGitHub_writesOutputsSummaryAndAnnotations() throws IOException {
    Path outputs = folder.resolve("outputs");
    Path summary = folder.resolve("summary");
    environment.put("GITHUB_OUTPUT", outputs.toString());
    environment.put("GITHUB_STEP_SUMMARY", summary.toString());
    environment.put("GITHUB_REPOSITORY", "owner/repo");
    environment.put("GITHUB_RUN_ID", "42");
    environment.put("GITHUB_RUN_ATTEMPT", "2");
    environment.put("GITHUB_SERVER_URL", "https://github.example.org");
    environment.put("GITHUB_SHA", "0123456789abcdef");
    states.add("FAIL");
    assertThat(run()).isEqualTo(1);
    assertThat(Files.readString(outputs))
        .isEqualTo("verdict=FAIL\ncode=X\ngate_id=g1\nurl=" + url() + "/api/pharos/v1/gates/g1\n");
    assertThat(Files.readString(summary))
        .startsWith("### Pharos gate: FAIL\n\nBecause of 100% \\| and &lt;b>.\n")
        .contains("| error_bound | fail | C | error_bound: 5 % of 10. |");
    assertThat(out())
        .contains("::error title=Pharos gate FAIL::error_bound: 5 %25%0Aof 10.")
        .doesNotContain("::error title=Pharos gate FAIL::alerts");
    assertThat(requests.getFirst())
        .contains("deployments/gh%3Aowner/repo%3A42%3A2%3Aproduction")
        .contains("\"sha\":\"0123456789abcdef\"")
        .contains("https://github.example.org/owner/repo/actions/runs/42");
    environment.put("GITHUB_OUTPUT", folder.toString());
    assertThat(run()).isEqualTo(1);
    assertThat(err.toString(StandardCharsets.UTF_8)).contains("$GITHUB_OUTPUT can't be written");
  }

  @Test
  void run_onGitLab_keyNamesTheJob() {
    environment.put("CI_PROJECT_PATH", "group/project");
    environment.put("CI_JOB_ID", "7");
    states.add("PASS");
    run();
    assertThat(requests.getFirst()).contains("deployments/gl%3Agroup/project%3A7%3Aproduction");
  }
}
