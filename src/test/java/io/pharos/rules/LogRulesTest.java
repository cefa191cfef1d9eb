package io.pharos.rules;

import static io.pharos.rules.RuleBench.alerting;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.alerting.alert.Alert;
import io.pharos.config.http.HttpOptions;
import io.pharos.config.yaml.ConfigException;
import io.pharos.http.Clients;
import io.pharos.model.LabelMatcher;
import io.pharos.model.Labels;
import io.pharos.promql.remote.RemoteEngine;
import io.pharos.promql.remote.WarmUpEvaluator;
import io.pharos.promql.value.Evaluator;
import io.pharos.rules.gap.GapFills;
import io.pharos.storage.InMemoryStorage;
import io.pharos.trouble.ObservationGaps;
import io.pharos.trouble.TimeContinuity;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// LogQL rules against a stub that responds as Loki 3 does, or wrongly.
class LogRulesTest {
  private static final String PANICS =
      """
      {"status":"success","data":{"resultType":"vector","result":[
        {"metric":{"host":"app-1","job":"remotegpu-backend"},"value":[1772366400,"3"]}],
       "stats":{"summary":{"bytesProcessedPerSecond":1,"totalLinesProcessed":3,"execTime":0.01}}}}""";
  private static final String NOTHING =
      """
      {"status":"success","data":{"resultType":"vector","result":[],"stats":{"summary":{}}}}""";
  private static final String LINES =
      """
      {"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1,"%s"]}]}}""";

  private record Answer(int status, String body) {}

  private final Clients clients = new Clients(InstantSource.system());
  private final List<Alert> sent = new ArrayList<>();
  private final List<String> asked = new CopyOnWriteArrayList<>();
  private final CountDownLatch ended = new CountDownLatch(1);
  private final InMemoryStorage store = new InMemoryStorage();
  private HttpServer server;
  private volatile Function<String, Answer> loki = query -> new Answer(200, NOTHING);
  private Instant now = Instant.parse("2026-03-01T12:00:00Z");
  private Evaluator logs;

  @BeforeEach
  void start() throws Exception {
    server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext(
        "/loki/api/v1/query",
        exchange -> {
          String form = new String(exchange.getRequestBody().readAllBytes(), UTF_8);
          String query =
              URLDecoder.decode(form.replaceFirst("(?s)^(.*&)?query=([^&]*).*$", "$2"), UTF_8);
          asked.add(query + " at " + form.replaceFirst("(?s)^(.*&)?time=([^&]*).*$", "$2"));
          Answer answer = loki.apply(query);
          byte[] body = answer.body.getBytes(UTF_8);
          exchange.sendResponseHeaders(answer.status, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    server.start();
    logs =
        WarmUpEvaluator.ofLoki(
            new RemoteEngine(
                clients.open(HttpOptions.DEFAULT),
                URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/loki"),
                Duration.ofMillis(500)),
            () -> now);
  }

  @AfterEach
  void stop() {
    ended.countDown();
    server.stop(0);
    clients.close();
  }

  private RuleGroup group(GroupSpec spec) {
    var context =
        new RuleContext(
            query -> {
              throw new IllegalStateException("PromQL is asked: " + query.text());
            },
            logs,
            store,
            store,
            sent::addAll,
            () -> now,
            new SimpleMeterRegistry(),
            RuleOptions.DEFAULT,
            new ObservationGaps(),
            new TimeContinuity(() -> now, new ObservationGaps()),
            GapFills.NONE);
    return new RuleGroup("loki/backend.yml", spec, RuleBench.settings("1m"), context, false);
  }

  private RuleGroup shipped() {
    return group(
        RuleFile.readLogRules(Path.of("alert-rules/loki/backend.yml")).groups().getFirst());
  }

  private void slot(RuleGroup group) {
    now = now.plusSeconds(60);
    group.evaluate(now);
  }

  private static boolean isMemory(String query) {
    return query.startsWith("sum(count_over_time({job=~\".+\"}[1m]))");
  }

  private void panics(String lines) {
    loki =
        query ->
            new Answer(
                200,
                isMemory(query)
                    ? LINES.formatted(lines)
                    : query.contains("panic recovered") ? PANICS : NOTHING);
  }

  private List<String> stored(String metric) {
    return store.labelValues(
        "job", List.of(LabelMatcher.equal(Labels.METRIC_NAME, metric)), 0, Long.MAX_VALUE);
  }

  @Test
  void panicInTheLog_firesWithItsLabels_andWritesAlerts() {
    RuleGroup group = shipped();
    panics("100");
    slot(group);

    assertThat(alerting(group).state()).isEqualTo(AlertState.FIRING);
    assertThat(sent).hasSize(1);
    Alert alert = sent.getFirst();
    assertThat(alert.labels().toString())
        .contains("alertname=\"BackendPanicked\"", "host=\"app-1\"", "severity=\"warning\"");
    assertThat(alert.annotations().get("summary"))
        .isEqualTo("Requests that made the backend panic: 3.");
    assertThat(alert.annotations().get("description"))
        .endsWith("in the log of remotegpu-backend on app-1.");
    assertThat(alert.generatorUrl()).endsWith("/rules");
    assertThat(stored("ALERTS")).isNotEmpty();
  }

  /// Loki finds what each rule selects, for as long as its `for`.
  @ParameterizedTest
  @CsvSource({
    "backend, BackendPanicked",
    "backend, ProcessCrashed",
    "logs, LogsStopped",
    "logs, LogsHoldSecrets",
    "nginx, NginxErrors",
    "nginx, NginxSlow"
  })
  void shippedRule_whoseLinesAreFound_firesAfterItsTime(String file, String name) {
    GroupSpec spec =
        RuleFile.readLogRules(Path.of("alert-rules/loki/" + file + ".yml")).groups().getFirst();
    RuleSpec.Alerting rule =
        spec.rules().stream()
            .filter(RuleSpec.Alerting.class::isInstance)
            .map(RuleSpec.Alerting.class::cast)
            .filter(it -> it.name().equals(name))
            .findFirst()
            .orElseThrow();
    loki =
        query ->
            new Answer(
                200,
                isMemory(query)
                    ? LINES.formatted("100")
                    : query.strip().equals(rule.expression().text().strip()) ? PANICS : NOTHING);
    RuleGroup group = group(spec);
    slot(group);
    for (long i = 0; i < rule.holdFor().toMinutes(); i++) {
      assertThat(sent).isEmpty();
      slot(group);
    }

    assertThat(sent).isNotEmpty();
    assertThat(sent).allSatisfy(it -> assertThat(it.labels().get("alertname")).isEqualTo(name));
  }

  /// Lines may arrive up to half a minute late.
  @Test
  void rule_isAskedAboutTheTimeOfItsOffset_asAForm() {
    RuleGroup group = shipped();
    slot(group);

    assertThat(asked)
        .anyMatch(
            it ->
                it.contains("panic recovered")
                    && it.endsWith(" at " + (now.getEpochSecond() - 30) + ".000"));
  }

  @Test
  void noMorePanics_resolve() {
    RuleGroup group = shipped();
    panics("100");
    slot(group);
    loki = query -> new Answer(200, isMemory(query) ? LINES.formatted("100") : NOTHING);
    slot(group);
    slot(group);

    assertThat(alerting(group).state()).isEqualTo(AlertState.INACTIVE);
    assertThat(alerting(group).evaluation().health()).isEqualTo(RuleHealth.OK);
  }

  /// Error texts of Loki 3 or of a proxy before it.
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          400 | maximum of series (500) reached for a single query
          400 | the query time range exceeds the limit (query length: 721h0m0s, limit: 30d1h)
          401 | no org id
          404 | 404 page not found
          429 | too many outstanding requests
          499 | The request was cancelled by the client.
          500 | empty ring
          500 | rpc error: code = Unavailable desc = connection refused
          503 | Ingester not ready: waiting for 15s after being ready
          504 | context deadline exceeded
          502 | <html>bad gateway</html>
          200 | <html>please log in</html>
          200 | {"status":"success","data":{"resultType":"streams","result":[]}}
          200 | {"status":"success","data":{"resultType":"matrix","result":[]}}
          200 | {"status":"success","warnings":["maximum of series (500) reached"],"data":{"resultType":"vector","result":[]}}
          200 | {"status":"success","data":{"resultType":"vector"}}
          200 | {"status":"success","data":{"resultType":"vec
          400 | {"code":400,"status":"error","message":"parse error at line 1, col 2: syntax error"}
          500 | {"code":500,"message":"context canceled"}
          """)
  void fault_leavesFiringWhatFires_beginsNothing_andIsSaid(int status, String body) {
    RuleGroup group = shipped();
    panics("100");
    slot(group);
    slot(group);
    Instant believedUntil = sent.getLast().endsAt();

    loki = query -> new Answer(status, body);
    for (int i = 0; i < 15; i++) {
      sent.clear();
      slot(group);
      assertThat(alerting(group).state()).isEqualTo(AlertState.FIRING);
      assertThat(alerting(group).evaluation().health()).isEqualTo(RuleHealth.ERR);
      assertThat(group.snapshot().rules())
          .filteredOn(rule -> rule.name().equals("ProcessCrashed"))
          .allSatisfy(
              rule ->
                  assertThat(((RuleSnapshot.Alerting) rule).state())
                      .isEqualTo(AlertState.INACTIVE));
      believedUntil = sent.isEmpty() ? believedUntil : sent.getLast().endsAt();
      assertThat(believedUntil).isAfter(now.plusSeconds(60));
    }
    panics("100");
    for (int i = 0; i < 3; i++) {
      slot(group);
    }
    assertThat(alerting(group).evaluation().health()).isEqualTo(RuleHealth.OK);
    assertThat(alerting(group).state()).isEqualTo(AlertState.FIRING);
  }

  /// A query that Loki refuses does not affect other queries.
  @Test
  void refusedQuery_isSaidInLokisWords_andLeavesTheOthersAlone() {
    RuleGroup group = shipped();
    loki =
        query ->
            query.contains("panic recovered")
                ? new Answer(
                    400, "parse error at line 1, col 5: syntax error: unexpected IDENTIFIER")
                : new Answer(200, NOTHING);
    slot(group);
    slot(group);

    assertThat(alerting(group).evaluation().lastError())
        .endsWith(
            "answered 400: parse error at line 1, col 5: syntax error: unexpected IDENTIFIER");
    assertThat(group.snapshot().rules().get(1).evaluation().health()).isEqualTo(RuleHealth.OK);
  }

  @Test
  void hangingLoki_takesOneDeadline_andNotOneForEachRule() {
    RuleGroup group = shipped();
    panics("100");
    slot(group);
    loki =
        query -> {
          try {
            ended.await();
          } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
          }
          return new Answer(200, NOTHING);
        };
    asked.clear();
    slot(group);

    assertThat(alerting(group).state()).isEqualTo(AlertState.FIRING);
    assertThat(alerting(group).evaluation().lastError()).contains("did not answer in 500ms");
    assertThat(asked).hasSizeLessThanOrEqualTo(2);
  }

  /// An empty result from a Loki that lost its disk does not mean that there were no panics.
  @Test
  void lokiThatHasForgotten_resolvesNothing_untilWhatItMissedCanHaveComeIn() {
    RuleGroup group = shipped();
    panics("100");
    slot(group);
    slot(group);
    loki = query -> new Answer(200, NOTHING);
    slot(group);

    assertThat(alerting(group).state()).isEqualTo(AlertState.FIRING);
    assertThat(alerting(group).evaluation().lastError()).contains("has lost samples");
    slot(group);
    slot(group);
    slot(group);
    assertThat(alerting(group).state()).isEqualTo(AlertState.INACTIVE);
  }

  @Test
  void recordingRule_writesWhatLokiCounts() {
    RuleGroup group =
        group(
            RuleFile.parseLogRules(
                    "x.yml",
                    "groups: [{name: g, rules: [{record: 'job:panics:count', expr: 'sum by (job)"
                        + " (count_over_time({job=\"a\"} |= \"panic recovered\" [1m]))'}]}]")
                .groups()
                .getFirst());
    panics("100");
    slot(group);

    assertThat(stored("job:panics:count")).containsExactly("remotegpu-backend");
  }

  @Test
  void withoutALoki_noRuleKnowsAnything() {
    logs = RuleContext.NO_LOGS;
    RuleGroup group = shipped();
    slot(group);

    assertThat(alerting(group).evaluation().lastError()).contains("no Loki is configured");
    assertThat(sent).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          up == 0                                      | unknown function "up"
          '{job="a"} \\|= "x"'                         | the query returns lines, expected numbers
          'count_over_time({job="a"} \\|~ "(" [5m])'   | error parsing regexp
          'sum by (job) (count_over_time({job="a"})'   | expected a range such as [5m]
          """)
  void expressionThatIsNoLogql_isRefusedWithItsPlace(String expression, String message) {
    assertThatThrownBy(
            () ->
                RuleFile.parseLogRules(
                    "l.yml",
                    "groups:\n- name: g\n  rules:\n  - alert: A\n    expr: |\n      "
                        + expression.replace("\\", "")
                        + "\n"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("l.yml:6")
        .hasMessageContaining(message);
  }
}
