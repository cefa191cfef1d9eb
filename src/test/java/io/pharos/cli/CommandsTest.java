package io.pharos.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CommandsTest {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();
  private final Commands commands =
      new Commands(Map.of(), new PrintStream(out, true, UTF_8), new PrintStream(err, true, UTF_8));

  @TempDir Path folder;

  private int run(String name, String... words) {
    return commands.run(name, List.of(words));
  }

  @Test
  void help_listsTheCommands() {
    assertThat(run("help")).isZero();
    assertThat(out.toString(UTF_8)).contains("serve", "demo", "check", "test", "query", "gate");
  }

  @Test
  void notify_test_showsEachAnswerAndFailsIfOneDoes() throws Exception {
    try (var pharos = new Pharos()) {
      pharos.answer =
          """
          {"delivered": false, "integrations": [
            {"integration": "email", "integrationIndex": 0, "delivered": true, "answer": "250 ok", "deliveryId": "d1"},
            {"integration": "slack", "integrationIndex": 1, "delivered": false, "answer": "404 no_service", "deliveryId": "d2"}]}
          """;
      assertThat(run("notify", "test", "on call", "--url=" + pharos.url())).isEqualTo(1);
      assertThat(pharos.asked)
          .isEqualTo("POST /api/pharos/v1/receivers/on%20call/test?state=firing");
      assertThat(out.toString(UTF_8).lines())
          .containsExactly(
              "on call/email[0] delivered: 250 ok (delivery d1)",
              "on call/slack[1] NOT delivered: 404 no_service (delivery d2)");
      pharos.answer = "{\"delivered\": true, \"integrations\": []}";
      assertThat(run("notify", "test", "a", "--url=" + pharos.url())).isZero();
      pharos.status = 404;
      pharos.answer = "{\"error\": \"there is no receiver\"}";
      assertThat(run("notify", "test", "a", "--url=" + pharos.url())).isEqualTo(1);
      assertThat(err.toString(UTF_8)).contains("status 404: there is no receiver");
    }
  }

  @Test
  void notify_log_showsALinePerDelivery() throws Exception {
    try (var pharos = new Pharos()) {
      pharos.answer =
          """
          {"notifications": [{"decidedAt": "2026-03-01T10:00:00.000Z", "receiver": "a",
            "integration": "slack", "integrationIndex": 0, "status": "failed",
            "groupLabels": {"alertname": "X"}, "reason": "new alerts in the group", "firing": 2,
            "resolved": 1, "attempts": 3, "answer": "gave up"}]}
          """;
      assertThat(run("notify", "log", "--receiver=a", "--url=" + pharos.url())).isZero();
      assertThat(pharos.asked)
          .isEqualTo("GET /api/pharos/v1/notifications?receiver=a&since=24h&limit=50&");
      assertThat(out.toString(UTF_8))
          .isEqualTo(
              "2026-03-01T10:00:00Z a/slack[0] failed {\"alertname\":\"X\"}: new alerts in"
                  + " the group, 2 firing, 1 resolved, 3 attempts: gave up\n");
    }
    assertThat(run("notify", "send")).isEqualTo(64);
    assertThat(run("notify", "log", "--url=http://127.0.0.1:1")).isEqualTo(1);
    assertThat(err.toString(UTF_8))
        .contains("expected test RECEIVER or log", "is unreachable: connection refused");
  }

  private static final String EPISODE =
      """
      {"number": 17, "state": "acknowledged", "title": "InstanceDown", "severity": "critical",
       "groupLabels": {"job": "shop"}, "startedAt": "2026-03-01T10:00:00.123Z", "alerts": 2,
       "acknowledgement": {"owner": "ann", "holds": true, "until": "2026-03-01T12:00:00Z"}}
      """;
  private static final String EPISODE_LINE =
      "17 acknowledged critical InstanceDown {\"job\":\"shop\"}: 2 alerts since"
          + " 2026-03-01T10:00:00Z, ann has it until 2026-03-01T12:00:00Z";

  @Test
  void episodes_showsALinePerEpisode_andTheTimelineOfOne() throws Exception {
    try (var pharos = new Pharos()) {
      pharos.answer = "{\"episodes\": [" + EPISODE + "]}";
      assertThat(run("episodes", "--state=open", "--url=" + pharos.url())).isZero();
      assertThat(pharos.asked).isEqualTo("GET /api/pharos/v1/episodes?state=open&limit=50&");
      pharos.answer =
          """
          {"episode": %s, "complete": false, "timeline": [
            {"at": "2026-03-01T10:00:01Z", "event": "notified", "subject": "a/slack[0]: first",
             "text": "200", "until": "2026-03-01T10:00:02Z", "outcome": "sent"},
            {"at": "2026-03-01T10:05:00Z", "event": "acknowledged", "subject": "ann", "text": "on it",
             "until": "2026-03-01T12:00:00Z", "outcome": ""}]}
          """
              .formatted(EPISODE);
      assertThat(run("episodes", "17", "--url=" + pharos.url())).isZero();
      assertThat(pharos.asked).isEqualTo("GET /api/pharos/v1/episodes/17");
      assertThat(out.toString(UTF_8).lines())
          .containsExactly(
              EPISODE_LINE,
              EPISODE_LINE,
              "  2026-03-01T10:00:01Z notified a/slack[0]: first: sent 2026-03-01T10:00:02Z: 200",
              "  2026-03-01T10:05:00Z acknowledged ann: until 2026-03-01T12:00:00Z: on it");
      assertThat(err.toString(UTF_8)).contains("the timeline is not complete yet");
      pharos.answer = "# Episode 17";
      assertThat(run("episodes", "17", "--markdown", "--url=" + pharos.url())).isZero();
      assertThat(pharos.asked).isEqualTo("GET /api/pharos/v1/episodes/17/markdown");
      assertThat(out.toString(UTF_8)).endsWith("# Episode 17\n");
    }
  }

  @Test
  void oncall_showsWhoIsOnCall_inTheZoneOfTheRotation() throws Exception {
    try (var pharos = new Pharos()) {
      pharos.answer =
          """
          {"rotations": [{"name": "backend", "timezone": "Europe/Berlin",
            "now": {"person": "ann", "from": "2026-03-23T08:00:00Z", "until": "2026-03-30T07:00:00Z",
              "layer": "all", "override": ""},
            "next": {"person": "bob", "from": "2026-03-30T07:00:00Z", "until": "2026-03-31T07:00:00Z",
              "layer": "", "override": "o1"},
            "gaps": [{"person": "", "from": "2026-04-01T07:00:00Z", "until": "2026-04-02T07:00:00Z",
              "layer": "", "override": ""}]}], "overrides": []}
          """;
      assertThat(run("oncall", "backend", "--at=2026-03-24T00:00:00Z", "--url=" + pharos.url()))
          .isZero();
      assertThat(pharos.asked)
          .isEqualTo(
              "GET /api/pharos/v1/oncall?days=0&at=2026-03-24T00%3A00%3A00Z&rotation=backend");
      assertThat(out.toString(UTF_8).lines())
          .containsExactly(
              "ROTATION        PERSON  FROM                  UNTIL                 BY",
              "backend   now   ann     Mon 2026-03-23 09:00  Mon 2026-03-30 09:00  all",
              "backend   next  bob     Mon 2026-03-30 09:00  Tue 2026-03-31 09:00  override o1",
              "backend   gap   nobody  Wed 2026-04-01 09:00  Thu 2026-04-02 09:00");
      pharos.answer = pharos.answer.replace("\"ann\"", "\"\"");
      assertThat(run("oncall", "--json", "--url=" + pharos.url())).isEqualTo(2);
    }
  }

  @Test
  void ack_acknowledges_andReleases() throws Exception {
    try (var pharos = new Pharos()) {
      pharos.answer = EPISODE;
      assertThat(
              run("ack", "17", "--comment=on it", "--for=2h", "--as=ann", "--url=" + pharos.url()))
          .isZero();
      assertThat(pharos.asked).isEqualTo("POST /api/pharos/v1/episodes/17/acknowledge");
      assertThat(pharos.body)
          .isEqualTo("{\"owner\":\"ann\",\"comment\":\"on it\",\"duration\":\"2h\"}");
      assertThat(out.toString(UTF_8)).isEqualTo(EPISODE_LINE + "\n");
      assertThat(run("ack", "17", "--release", "--url=" + pharos.url())).isZero();
      assertThat(pharos.asked).isEqualTo("POST /api/pharos/v1/episodes/17/release");
      assertThat(pharos.body).isEqualTo("{}");
      pharos.status = 409;
      pharos.answer = "{\"error\": \"the episode 17 has ended\"}";
      assertThat(run("ack", "17", "--url=" + pharos.url())).isEqualTo(1);
      assertThat(err.toString(UTF_8)).contains("pharos ack: status 409: the episode 17 has ended");
    }
  }

  @Test
  void oncall_override_putsAPersonOnCall_andRemoveEndsIt() throws Exception {
    try (var pharos = new Pharos()) {
      pharos.answer = "{}";
      String url = "--url=" + pharos.url();
      assertThat(run("oncall", "override", "backend", "ann", "--until=4h", "--id=o1", url))
          .isZero();
      assertThat(pharos.asked).isEqualTo("PUT /api/pharos/v1/oncall/overrides/o1");
      assertThat(out.toString(UTF_8)).contains("override o1 is stored");
      pharos.status = 404;
      pharos.answer = "{\"error\": \"there is no override o1\"}";
      assertThat(run("oncall", "remove", "o1", url)).isEqualTo(1);
      assertThat(pharos.asked).isEqualTo("DELETE /api/pharos/v1/oncall/overrides/o1");
      assertThat(err.toString(UTF_8)).contains("status 404: there is no override o1");
    }
  }

  /// A Pharos that gives one answer.
  private static final class Pharos implements AutoCloseable {
    private final HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
    private volatile int status = 200;
    private volatile String answer = "";
    private volatile String asked = "";
    private volatile String body = "";

    Pharos() throws java.io.IOException {
      server.createContext(
          "/",
          exchange -> {
            body = new String(exchange.getRequestBody().readAllBytes(), UTF_8);
            asked = exchange.getRequestMethod() + " " + exchange.getRequestURI();
            byte[] text = answer.getBytes(UTF_8);
            exchange.sendResponseHeaders(status, text.length);
            exchange.getResponseBody().write(text);
            exchange.close();
          });
      server.start();
    }

    String url() {
      return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    @Override
    public void close() {
      server.stop(0);
    }
  }

  @Test
  void unknownCommand_isAWrongCommandLine() {
    assertThat(run("chekc")).isEqualTo(64);
    assertThat(err.toString(UTF_8).lines())
        .containsExactly(
            "pharos: unknown command 'chekc': did you mean pharos check?",
            "(pharos help lists the commands)");
  }

  @Test
  void version_isPrintedByCommandAndFlag() {
    assertThat(run("--version") + run("version")).isZero();
    assertThat(out.toString(UTF_8)).isEqualTo("pharos dev\npharos dev\n");
    assertThat(run("version", "now")).isEqualTo(64);
  }

  @Test
  void unknownFlag_isAWrongCommandLine() {
    assertThat(run("check", "--fast")).isEqualTo(64);
    assertThat(err.toString(UTF_8)).contains("pharos check: unknown flag --fast");
  }

  @Test
  void check_shippedFiles_haveNoProblem() {
    assertThat(run("check", "--fail-on=warning")).as(err.toString(UTF_8)).isZero();
    assertThat(out.toString(UTF_8))
        .contains(" 0 problems")
        .doesNotContain(" warning [", " error [")
        .contains("info [notify/secret] slack of the receiver \"on-call\"");
  }

  @Test
  void check_badFiles_areListedWithFileLineAndMessage() throws Exception {
    Path rules = Files.createDirectory(folder.resolve("rules"));
    Files.writeString(
        rules.resolve("a.yml"),
        "groups:\n  - name: g\n    rules:\n      - alert: A\n        expr: sum(\n");
    Path probes = Files.createDirectory(folder.resolve("probes"));
    Files.writeString(probes.resolve("p.yml"), "probes:\n  - nmae: x\n");
    Path dashboards = Files.createDirectory(folder.resolve("dashboards"));
    Files.writeString(dashboards.resolve("d.json"), "{\n  \"title\": }\n");
    Path alertmanager =
        Files.writeString(
            folder.resolve("am.yml"),
            "route: {receiver: a}\nreceivers: [{name: a, emial_configs: []}]\n");
    assertThat(
            run(
                "check",
                "--rules.dir=" + rules,
                "--probes.dir=" + probes,
                "--dashboards.dir=" + dashboards,
                "--notifications.file=" + alertmanager))
        .isEqualTo(1);
    assertThat(err.toString(UTF_8))
        .contains("a.yml:5:", "p.yml:2", "d.json:2:", "am.yml:2", "emial_configs");
  }

  @Test
  void slo_generate_writesWhatCheckComparesWith() throws Exception {
    Path rules = Files.createDirectory(folder.resolve("rules"));
    String[] flags = {"--rules.dir=" + rules, "--slos.dir=slos"};
    assertThat(run("check", flags)).isEqualTo(1);
    assertThat(err.toString(UTF_8)).contains("slo.yml:1: does not match slos/*.yml");
    assertThat(run("slo", "generate", flags[0], flags[1])).isZero();
    assertThat(rules.resolve("slo.yml")).hasSameTextualContentAs(Path.of("alert-rules/slo.yml"));
    assertThat(run("slo", "generate", flags[0], flags[1])).isZero();
    assertThat(out.toString(UTF_8)).contains("2 objectives, unchanged");

    Files.writeString(
        rules.resolve("slo.yml"),
        Files.readString(rules.resolve("slo.yml")).replace("vector(0.995)", "vector(0.9)"));
    assertThat(run("check", flags)).isEqualTo(1);
    assertThat(err.toString(UTF_8)).containsPattern("slo.yml:\\d+: does not match");
    assertThat(run("slo", "destroy")).isEqualTo(64);
  }

  @Test
  void check_findingsAboutRules_failAsFarAsTheFlagSays() throws Exception {
    Path rules = Files.createDirectory(folder.resolve("rules"));
    Path file =
        Files.writeString(
            rules.resolve("a.yml"),
            """
            groups:
              - name: g
                rules:
                  - alert: A
                    expr: up{job=~"pharos"} == 0
            """);
    String[] words = {
      "--config.file=prometheus/prometheus.yml", "--rules.dir=" + rules, "--slos.dir="
    };
    assertThat(run("check", words)).isZero();
    assertThat(out.toString(UTF_8))
        .contains(
            file + ":5: warning [promql/regexp] job=~\"pharos\" does not need a regular expression")
        .contains(" 0 problems, ");
    assertThat(run("check", words[0], words[1], words[2], "--fail-on=warning")).isEqualTo(1);
    assertThat(run("check", words[0], words[1], words[2], "--fail-on=warning", "--lint=false"))
        .isZero();
    assertThat(run("check", "--fail-on=nothing")).isEqualTo(64);

    Files.writeString(file, Files.readString(file).replace("== 0", "== 2"));
    assertThat(run("check", words)).isEqualTo(1);
    assertThat(err.toString(UTF_8)).contains(file + ":5: error [promql/impossible]");
  }

  @Test
  void check_help_namesFlagsAndChecks() {
    assertThat(run("check", "--help")).isZero();
    assertThat(out.toString(UTF_8)).contains("--fail-on=error", "promql/impossible");
  }

  @Test
  void test_shippedTests_pass() {
    assertThat(run("test", "alert-rules/tests/gpu_test.yml")).as(err.toString(UTF_8)).isZero();
    assertThat(out.toString(UTF_8)).contains(" passed, 0 failed");
  }

  @Test
  void test_failingTest_showsWhatWasExpectedAndEndsWith1() throws Exception {
    Files.writeString(
        folder.resolve("r.yml"),
        "groups:\n  - name: g\n    rules:\n      - record: one\n        expr: vector(1)\n");
    Path test =
        Files.writeString(
            folder.resolve("t.yml"),
            """
            rule_files: [r.yml]
            tests:
              - promql_expr_test:
                  - expr: one
                    eval_time: 1m
                    exp_samples: [{labels: one, value: 2}]
            """);
    assertThat(run("test", test.toString())).isEqualTo(1);
    assertThat(err.toString(UTF_8)).contains("t.yml:").contains("FAILED");
    assertThat(run("test", folder.resolve("none.yml").toString())).isEqualTo(1);
    assertThat(run("test")).isEqualTo(64);
    assertThat(run("test", "script.txt")).isEqualTo(64);
  }

  @Test
  void test_experimentalFunctionInARule_needsItsFeature() throws Exception {
    Files.writeString(
        folder.resolve("r.yml"),
        "groups:\n  - name: g\n    rules:\n      - record: one\n        expr: mad_over_time(a[5m])\n");
    Path test =
        Files.writeString(
            folder.resolve("t.yml"),
            """
            rule_files: [r.yml]
            tests:
              - input_series: [{series: a, values: 1 2 3}]
                promql_expr_test:
                  - expr: one
                    eval_time: 2m
                    exp_samples: [{labels: one, value: 1}]
            """);
    assertThat(run("test", test.toString())).isEqualTo(1);
    assertThat(err.toString(UTF_8)).contains("r.yml:5:").contains("mad_over_time");
    String feature = "--enable-feature=promql-experimental-functions";
    assertThat(run("test", feature, test.toString())).as(err.toString(UTF_8)).isZero();
  }

  @Test
  void test_scriptThatFails_namesTheEvalAndSaysSo() throws Exception {
    Path script =
        Files.writeString(
            folder.resolve("s.test"),
            """
            load 1m
              a 1+1x5

            eval instant at 2m a
              a 3

            eval instant at 2m a + 1
              {} 5

            eval instant at 2m mad_over_time(a[2m]) + on() limitk(1, a)
              {} 3.5
            """);
    assertThat(run("test", script.toString())).isEqualTo(1);
    assertThat(err.toString(UTF_8)).startsWith(script + ":7: a + 1: expected ");
    assertThat(out.toString(UTF_8)).endsWith("2 passed, 1 failed\n");
  }

  @Test
  void test_scriptThatCannotBeRead_saysWhere() throws Exception {
    Path script = Files.writeString(folder.resolve("s.test"), "load 1m\n  a 1 2\n  b 1 q\n");
    assertThat(run("test", script.toString())).isEqualTo(1);
    assertThat(err.toString(UTF_8)).startsWith(script + ":3: ").contains("unexpected \"q\"");
    assertThat(run("test", folder.resolve("none.test").toString())).isEqualTo(1);
  }

  @Test
  void migrate_freshDatabase_getsItsSchema() {
    assertThat(run("migrate", "--storage.path=" + folder)).isZero();
    assertThat(out.toString(UTF_8)).contains("schema is up to date");
    assertThat(folder.resolve("store").resolve("pharos.mv.db")).exists();
    assertThat(
            run(
                "migrate",
                "--jdbc.url=jdbc:postgresql://db/pharos",
                "--jdbc.password-file=" + folder.resolve("none")))
        .isEqualTo(1);
  }

  @Test
  void queryAndHealth_runningServer_isAsked() throws Exception {
    var server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
    String answer =
        "{\"status\":\"success\",\"data\":{\"resultType\":\"vector\",\"result\":"
            + "[{\"metric\":{\"job\":\"a\"},\"value\":[1,\"0.5\"]}]}}";
    server.createContext(
        "/",
        exchange -> {
          byte[] body = answer.getBytes(UTF_8);
          exchange.sendResponseHeaders(200, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    server.start();
    String url = "--url=http://127.0.0.1:" + server.getAddress().getPort();
    assertThat(run("query", "up", url)).isZero();
    assertThat(out.toString(UTF_8)).contains("{job=\"a\"} 0.5");
    assertThat(run("health", url)).isZero();
    assertThat(run("query", "up", url, "--time=noon")).isEqualTo(64);
    server.stop(0);
    assertThat(run("query", "up", url)).isEqualTo(1);
    assertThat(run("health", url)).isEqualTo(1);
    assertThat(run("query", url)).isEqualTo(64);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "scalar|[1,\"2.5\"]|2.5|~~",
        "string|[1,\"hello\"]|hello|~~",
        "vector|[]|~~|no series",
        "vector|[{\"metric\":{},\"value\":[1,\"+Inf\"]}]|{} +Inf|~~",
        "vector|[{\"metric\":{\"a\":\"b\"},\"histogram\":[1,{\"count\":\"2\",\"sum\":\"3\",\"buckets\":[[0,\"1\",\"2\",\"2\"]]}]}]"
            + "|{a=\"b\"} {count:2, sum:3, (1,2]:2}|~~",
        "matrix|[{\"metric\":{\"a\":\"b\"},\"values\":[[1,\"2\"],[1.5,\"3\"]]}]"
            + "|{a=\"b\"} 2 @1.0;{a=\"b\"} 3 @1.5|~~",
        "matrix|[]|~~|~~",
      })
  void query_resultOfAType_isPrintedALineEach(
      String type, String result, String printed, String said) throws Exception {
    try (var pharos = new Pharos()) {
      pharos.answer =
          "{\"status\":\"success\",\"data\":{\"resultType\":\"%s\",\"result\":%s}}"
              .formatted(type, result);
      assertThat(run("query", "up", "--url=" + pharos.url(), "--time=2026-03-01T12:00:00Z"))
          .as(err.toString(UTF_8))
          .isZero();
    }
    assertThat(out.toString(UTF_8).strip().replace('\n', ';')).isEqualTo(printed);
    assertThat(err.toString(UTF_8).strip()).isEqualTo(said);
  }

  @Test
  void query_remarksOfTheServer_areShownBesideTheResult() throws Exception {
    try (var pharos = new Pharos()) {
      pharos.answer =
          """
          {"status": "success", "warnings": ["PromQL warning: a sum of both"],
           "infos": ["PromQL info: no counter"],
           "data": {"resultType": "scalar", "result": [1, "1"]}}
          """;
      assertThat(run("query", "1", "--url=" + pharos.url())).isZero();
      assertThat(out.toString(UTF_8)).isEqualTo("1\n");
      assertThat(err.toString(UTF_8).lines())
          .containsExactly(
              "warning: PromQL warning: a sum of both", "info: PromQL info: no counter");
    }
  }

  @Test
  void query_expressionThatIsRefused_endsWith1AndTheReason() throws Exception {
    try (var pharos = new Pharos()) {
      pharos.status = 400;
      pharos.answer =
          "{\"status\": \"error\", \"errorType\": \"bad_data\", \"error\": \"unexpected )\"}";
      assertThat(run("query", "up)", "--url=" + pharos.url())).isEqualTo(1);
      assertThat(out.toString(UTF_8)).isEmpty();
      assertThat(err.toString(UTF_8)).startsWith("pharos query: ").contains("unexpected )");
    }
  }
}
