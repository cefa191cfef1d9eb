package io.pharos.cli.rollout;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.pharos.cli.Commands;
import io.pharos.cli.command.ApiClient;
import io.pharos.cli.command.UsageException;
import io.pharos.cli.gate.GateClient;
import io.pharos.cli.rollout.AgentProcess.LeaseClient;
import io.pharos.config.http.HttpOptions;
import io.pharos.rollout.Heartbeat;
import io.pharos.rollout.agent.Coordinator.Reply;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// `pharos rollout` against a real HTTP server that answers as it is told.
class RolloutCommandTest {
  private static final GateClient.Pace FAST =
      new GateClient.Pace(Duration.ofMillis(50), Duration.ofMillis(10), Duration.ofMillis(200));
  private static final Heartbeat HEARTBEAT =
      new Heartbeat("shop", "staging", "host:1:x", null, Map.of(), null, List.of());

  @TempDir Path folder;
  private final Map<String, String> environment = new HashMap<>();
  private final List<String> requests = new CopyOnWriteArrayList<>();
  private final List<String> phases = new CopyOnWriteArrayList<>(List.of("PROMOTED"));
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();
  private volatile int postStatus = 201;
  private volatile String lease = "";
  private volatile boolean known = true;
  private HttpServer server;

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext("/api/pharos/v1/rollouts", this::answer);
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  private String url() {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  private void answer(HttpExchange exchange) throws IOException {
    String body = new String(exchange.getRequestBody().readAllBytes(), UTF_8);
    String uri = exchange.getRequestURI().toString();
    requests.add(
        exchange.getRequestMethod()
            + " "
            + uri.replaceFirst("/api/pharos/v1", "")
            + (body.isEmpty() ? "" : " " + body));
    if (uri.endsWith("/lease")) {
      send(exchange, postStatus, lease);
    } else if (exchange.getRequestMethod().equals("POST")) {
      send(
          exchange,
          postStatus,
          postStatus < 400 ? view("STEP") : "{\"error\": \"another rollout is under way\"}");
    } else {
      String phase = phases.size() > 1 ? phases.removeFirst() : phases.getFirst();
      if (phase.equals("500")) {
        send(exchange, 500, "<html>");
      } else if (uri.contains("?limit")) {
        send(exchange, 200, "{\"rollouts\": [" + (known ? view(phase) : "") + "]}");
      } else {
        send(exchange, 200, view(phase));
      }
    }
  }

  private static String view(String phase) {
    String[] words = phase.split(" ");
    return """
    {"id": "r1", "service": "shop", "env": "staging", "version": "1.4.2", "phase": "%s",
     "wants": %s, "step": 1, "steps": 4, "stale": false, "summary": "So it is.",
     "trouble": [{"server": "green", "what": "start", "text": "no such\\nimage"}]}
    """
        .formatted(words[0], words.length > 1 ? "\"" + words[1] + "\"" : "null");
  }

  private static void send(HttpExchange exchange, int status, String text) throws IOException {
    byte[] body = text.getBytes(UTF_8);
    exchange.sendResponseHeaders(status, body.length);
    exchange.getResponseBody().write(body);
    exchange.close();
  }

  private int run(String... words) {
    var all = new ArrayList<>(List.of(words));
    all.add("--url=" + url());
    return bare(all.toArray(String[]::new));
  }

  private int bare(String... words) {
    var errors = new PrintStream(err, true, UTF_8);
    try {
      return new RolloutCommand(environment, new PrintStream(out, true, UTF_8), errors, FAST)
          .run(List.of(words));
    } catch (UsageException e) {
      return Commands.refused("rollout", e, errors);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          STEP,PROMOTED           | 0
          STEP,500,500,PROMOTED   | 0
          RETURNING,RETURNED      | 1
          ABORTED                 | 1
          HELD DECISION           | 2
          HELD APPROVAL,PROMOTED  | 0
          HELD APPROVAL           | 2
          PAUSED,STEP,RETURNED    | 1
          STEP                    | 3
          500                     | 5
          """)
  void start_endsAsTheRolloutDoes(String seen, int code) {
    phases.clear();
    phases.addAll(List.of(seen.split(",")));
    assertThat(run("start", "--deployment=d:1", "--wait=600ms")).as(err.toString()).isEqualTo(code);
    assertThat(requests.getFirst()).isEqualTo("POST /rollouts {\"deployment\":\"d:1\"}");
    assertThat(out.toString(UTF_8))
        .startsWith("rollout r1 of shop 1.4.2 in staging\nSTEP 1 of 4: So it is.\n")
        .contains("green start: no such image");
  }

  @ParameterizedTest
  @CsvSource({"409, 4", "404, 4", "403, 4", "503, 5"})
  void start_thatIsRefused_saysWhy(int status, int code) {
    postStatus = status;
    assertThat(run("start", "--deployment=d:1")).isEqualTo(code);
    assertThat(err.toString(UTF_8))
        .contains("the rollout can't be started", "status " + status, "under way");
  }

  @Test
  void pharosThatIsNotThere_isUnreachable() {
    server.stop(0);
    assertThat(run("start", "--deployment=d:1")).isEqualTo(5);
  }

  @Test
  void status_showsTheNewest_ofTheSettingsFile() throws IOException {
    Path file = folder.resolve("x.env");
    Files.writeString(file, "PHAROS_URL=" + url() + "\nSERVICE=shop\nPHAROS_ENV=staging\n");
    phases.set(0, "HELD APPROVAL");
    assertThat(bare("status", "--env-file", file.toString())).isEqualTo(2);
    assertThat(requests).containsExactly("GET /rollouts?limit=1&service=shop&env=staging");
    assertThat(out.toString(UTF_8)).startsWith("HELD: So it is.");
  }

  @ParameterizedTest
  @CsvSource({"pause", "resume", "approve", "abort"})
  void act_isSaidToTheRollout_withItsReason(String word) {
    postStatus = 200;
    assertThat(run(word, "--service=shop", "--env=staging", "--reason=wrong branch")).isZero();
    assertThat(requests.getLast())
        .isEqualTo("POST /rollouts/r1/" + word + " {\"reason\":\"wrong branch\"}");
  }

  @Test
  void act_withoutReasonOrRollout_isRefused() {
    assertThat(run("abort", "--rollout=r1")).isEqualTo(64);
    assertThat(run("abort", "--reason=x")).isEqualTo(64);
    known = false;
    assertThat(run("status", "--service=shop", "--env=staging")).isEqualTo(4);
    assertThat(run("abort", "--rollout=r1", "--reason=x", "more")).isEqualTo(64);
    assertThat(run("start")).isEqualTo(64);
    assertThat(run("agent")).isEqualTo(64);
    assertThat(err.toString(UTF_8))
        .contains(
            "--reason is missing",
            "expected --rollout, or --service and --env",
            "no rollout of shop in staging",
            "expected one of agent, start",
            "--deployment is missing",
            "--env-file is missing");
  }

  @Test
  void agent_withSettingsThatCannotBe_isRefusedByTheirName() throws IOException {
    Path file = folder.resolve("x.env");
    Files.writeString(file, "SERVICE=shop\nPHAROS_ENV=staging\n");
    assertThat(bare("agent", "--env-file", file.toString())).isEqualTo(4);
    assertThat(err.toString(UTF_8)).contains("HAPROXY_RUNTIME: expected the path of a socket");
  }

  private Reply beat() {
    try (var client = new ApiClient(url(), HttpOptions.DEFAULT)) {
      return new LeaseClient(client).beat(HEARTBEAT);
    }
  }

  @Test
  void lease_isGranted_refusedOrNotAnswered() {
    postStatus = 200;
    lease =
        """
        {"epoch": 7, "leaseSeconds": 10, "rollout": null, "deployment": null, "phase": "IDLE",
         "revision": 1, "desired": null, "approved": null, "migrate": null, "drainSeconds": 10}
        """;
    assertThat(beat()).isInstanceOf(Reply.Granted.class);
    assertThat(requests.getLast()).isEqualTo("POST /rollouts/lease " + HEARTBEAT.toJson());
    postStatus = 409;
    lease = "{\"error\": \"held by b\", \"holder\": \"b\", \"until\": \"…\"}";
    assertThat(beat()).isEqualTo(new Reply.Refused("held by b"));
    lease = "<html>";
    assertThat(beat()).isInstanceOf(Reply.Silent.class);
    postStatus = 200;
    assertThat(beat()).isInstanceOf(Reply.Silent.class);
    postStatus = 403;
    lease = "{\"error\": \"scope rollout:act is missing\"}";
    assertThat(beat()).isEqualTo(new Reply.Silent("status 403: scope rollout:act is missing"));
    server.stop(0);
    assertThat(beat()).isInstanceOf(Reply.Silent.class);
  }
}
