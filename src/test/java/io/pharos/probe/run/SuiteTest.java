package io.pharos.probe.run;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.pharos.model.Labels;
import io.pharos.probe.ProbeConfig;
import io.pharos.probe.ProbeFile;
import io.pharos.probe.ProbeObservations;
import io.pharos.probe.ProbeOutcome;
import io.pharos.probe.ProbeResult;
import io.pharos.probe.protocol.Prober;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Suites against a service that wants a login first.
@Timeout(60)
class SuiteTest {
  private static final String TOKEN = "eyJhbGciOiJIUzI1NiJ9.very-long-token-that-nobody-may-see";

  @TempDir Path directory;

  private final Prober prober = new Prober(InstantSource.system());
  private final List<String> requests = new CopyOnWriteArrayList<>();
  private final Map<String, String> answers = new ConcurrentHashMap<>();
  private HttpServer server;

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 10);
    server.createContext("/", this::answer);
    server.start();
    answers.put("/login", "{\"code\":0,\"data\":{\"access_token\":\"" + TOKEN + "\",\"id\":7}}");
    answers.put("/machines/7", "{\"code\":0,\"data\":{\"owner\":7,\"list\":[1]}}");
    answers.put("/logout", "{\"code\":0}");
    Files.writeString(directory.resolve("password"), "hunt\"er 2\n");
  }

  @AfterEach
  void close() {
    server.stop(0);
    prober.close();
  }

  private void answer(HttpExchange exchange) throws IOException {
    String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
    requests.add(
        "%s %s %s %s"
            .formatted(
                exchange.getRequestMethod(),
                exchange.getRequestURI(),
                exchange.getRequestHeaders().getFirst("Authorization"),
                body));
    byte[] answer =
        answers
            .getOrDefault(exchange.getRequestURI().getPath(), "{\"code\":404}")
            .getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(answer[0] == '!' ? 500 : 200, answer.length);
    exchange.getResponseBody().write(answer);
    exchange.close();
  }

  private ProbeConfig config(String login, String list) {
    String text =
        """
        probes:
          - name: console
            interval: 60s
            timeout: 6s
            secrets: {password: password}
            steps:
              - name: login
                http:
                  url: http://127.0.0.1:PORT/login
                  method: POST
                  headers: {Content-Type: application/json}
                  body: '{"username":"probe","password":"${password}"}'
                  envelope: 0
                store: {id: body.data.id}
                store_secret: {access: body.data.access_token}
                LOGIN
              - name: list
                http:
                  url: http://127.0.0.1:PORT/machines/${id}?q=${password}
                  bearer_token: ${access}
                  envelope: 0
                LIST
              - name: logout
                always: true
                http:
                  url: http://127.0.0.1:PORT/logout
                  method: POST
                  bearer_token: ${access}
        """
            .replace("PORT", Integer.toString(server.getAddress().getPort()))
            .replace("LOGIN", login)
            .replace("LIST", list);
    return ProbeFile.parse("p.yml", text, directory).getFirst();
  }

  private ProbeResult run(String login, String list) {
    return prober.probe(config(login, list));
  }

  private static String reason(ProbeResult result) {
    return switch (result.outcome()) {
      case ProbeOutcome.Success() -> "success";
      case ProbeOutcome.Failure(String reason) -> "failure: " + reason;
      case ProbeOutcome.Unknown(_, String reason) -> "unknown: " + reason;
    };
  }

  @Test
  void suite_allWell_handsVariablesOn() {
    ProbeResult result = run("", "expect: body.data.owner == vars.id && size(body.data.list) == 1");

    assertThat(reason(result)).isEqualTo("success");
    assertThat(requests)
        .containsExactly(
            "POST /login null {\"username\":\"probe\",\"password\":\"hunt\\\"er 2\"}",
            "GET /machines/7?q=hunt%22er%202 Bearer " + TOKEN + " ",
            "POST /logout Bearer " + TOKEN + " ");
    assertThat(result.seen().steps())
        .extracting(ProbeObservations.Step::name)
        .containsExactly("login", "list", "logout");
    Duration steps =
        result.seen().steps().stream()
            .map(ProbeObservations.Step::took)
            .reduce(Duration.ZERO, Duration::plus);
    assertThat(result.took()).isEqualTo(steps);
  }

  @Test
  void suite_stepFails_cleansUpAndSaysWhich() {
    ProbeResult result = run("", "expect: body.data.owner == 8");

    assertThat(reason(result))
        .isEqualTo("failure: step list: expected body.data.owner == 8, with body.data.owner = 7");
    assertThat(requests).hasSize(3).last().asString().startsWith("POST /logout");
    assertThat(result.seen().assertionFailed()).isTrue();
    var samples = new ProbeSamples(config("", "")).of(result);
    assertThat(samples)
        .containsEntry(step("probe_step_success", "login"), 1.0)
        .containsEntry(step("probe_step_success", "list"), 0.0)
        .containsEntry(step("probe_step_success", "logout"), 1.0)
        .containsKey(step("probe_step_duration_seconds", "list"));
  }

  private Labels step(String metric, String step) {
    return new ProbeSamples(config("", ""))
        .labels().toBuilder().set(Labels.METRIC_NAME, metric).set("step", step).build();
  }

  @Test
  void suite_loginFails_skipsWhatNeedsItsVariables() {
    answers.put("/login", "{\"code\":1001,\"msg\":\"locked\"}");

    assertThat(reason(run("", "")))
        .isEqualTo("failure: step login: found code 1001 with \"locked\", expected 0");
    assertThat(requests).hasSize(1);
  }

  @Test
  void suite_variableMissing_isAFailureOfItsStep() {
    answers.put("/login", "{\"code\":0,\"data\":{\"id\":7}}");

    assertThat(reason(run("", "")))
        .isEqualTo("failure: step login: store access: there is no body.data.access_token");
  }

  @Test
  void suite_secretsInAnswers_areMaskedEvenWhereCut() {
    String long80 = "x".repeat(50);
    for (String body :
        List.of(
            "{\"code\":5,\"msg\":\"bad " + TOKEN + "\"}",
            "{\"code\":5,\"msg\":\"" + long80 + TOKEN + "\"}",
            "no json, hunt\"er 2 " + TOKEN,
            "no json " + long80 + TOKEN)) {
      answers.put("/machines/7", body);
      String told = reason(run("", ""));
      assertThat(told)
          .startsWith("failure: step list: ")
          .contains("<secret>")
          .doesNotContain("hunt")
          .doesNotContain("eyJh");
    }
  }

  @Test
  void suite_stepThatStoresASecretFails_masksItAlready() {
    String told = reason(run("expect: size(text) == 3 && text == body.data.access_token", ""));

    assertThat(told)
        .startsWith("failure: step login: expected size(text) == 3")
        .doesNotContain("eyJh");
  }

  @Test
  void suite_headerBreakingVariable_isAFailure() {
    answers.put("/login", "{\"code\":0,\"data\":{\"access_token\":\"a\\r\\nX-Evil: 1\",\"id\":7}}");

    assertThat(reason(run("", "")))
        .startsWith(
            "failure: step list: the value of a variable has characters that are not allowed in a header");
    assertThat(requests).hasSize(1);
  }

  @Test
  void suite_cleanUpFails_failsTheSuite() {
    answers.put("/logout", "!");

    assertThat(reason(run("", "")))
        .isEqualTo("failure: step logout: found status 500, expected 200-299");
    assertThat(reason(run("", "expect: status == 201")))
        .isEqualTo(
            "failure: step list: expected status == 201, with status = 200; step logout: found"
                + " status 500, expected 200-299");
  }

  @Test
  void suite_secretFileMissing_isUnknown() throws IOException {
    Files.delete(directory.resolve("password"));

    assertThat(reason(run("", ""))).startsWith("unknown: secret password: unable to read file");
    assertThat(requests).isEmpty();
  }

  @Test
  void suite_notHttp_stepsMayBeOfAnyType() {
    String text =
        """
        probes:
          - name: p
            steps:
              - {name: port, tcp: {host: 127.0.0.1, port: PORT}}
              - {name: gone, tcp: {host: 127.0.0.1, port: 1}, timeout: 2s}
        """
            .replace("PORT", Integer.toString(server.getAddress().getPort()));

    ProbeResult result = prober.probe(ProbeFile.parse("p.yml", text, directory).getFirst());

    assertThat(reason(result)).startsWith("failure: step gone: connect: port 1");
    assertThat(result.seen().steps()).hasSize(2);
  }
}
