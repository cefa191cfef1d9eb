package io.pharos.rules;

import static io.pharos.rules.RuleBench.alerting;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.alerting.alert.Alert;
import io.pharos.config.http.HttpOptions;
import io.pharos.http.Clients;
import io.pharos.promql.remote.RemoteEngine;
import io.pharos.promql.remote.WarmUpEvaluator;
import io.pharos.storage.InMemoryStorage;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// A remote engine returns incomplete responses for any length of time: firing alerts keep firing,
/// for the rule and for the receiver, and no alert begins.
class RemoteFaultTest {
  private static final String FIRES =
      """
      {"status":"success","data":{"resultType":"vector","result":[{"metric":{"a":"b"},"value":[1,"1"]}]}}""";
  private static final String NOTHING =
      """
      {"status":"success","data":{"resultType":"vector","result":[]}}""";

  private final Clients clients = new Clients(InstantSource.system());
  private final List<Alert> sent = new ArrayList<>();
  private HttpServer server;
  private volatile int status = 200;
  private volatile String answer = "";
  private Instant now = Instant.parse("2026-03-01T12:00:00Z");
  private RuleGroup group;

  @BeforeEach
  void start() throws Exception {
    server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
    server.createContext(
        "/",
        exchange -> {
          String form = new String(exchange.getRequestBody().readAllBytes(), UTF_8);
          String text =
              !answer.isEmpty() ? answer : form.contains("query=errors") ? FIRES : NOTHING;
          byte[] body = text.getBytes(UTF_8);
          exchange.sendResponseHeaders(status, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    server.start();
    var engine =
        new RemoteEngine(
            clients.open(HttpOptions.DEFAULT),
            URI.create("http://127.0.0.1:" + server.getAddress().getPort()),
            Duration.ofSeconds(10));
    var context =
        new RuleContext(
            new WarmUpEvaluator(engine, () -> now),
            RuleContext.NO_LOGS,
            new InMemoryStorage(),
            new InMemoryStorage(),
            sent::addAll,
            () -> now,
            new SimpleMeterRegistry(),
            RuleOptions.DEFAULT);
    group =
        new RuleGroup(
            "g.yml",
            RuleBench.spec("- {alert: Errors, expr: errors}\n- {alert: Absent, expr: absent(x)}"),
            RuleBench.settings("30s"),
            context,
            false);
  }

  @AfterEach
  void stop() {
    server.stop(0);
    clients.close();
  }

  private void slot() {
    now = now.plusSeconds(30);
    group.evaluate(now);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          500 | {"status":"error","errorType":"internal","error":"no"}
          503 | {"status":"error","errorType":"timeout","error":"no"}
          422 | {"status":"error","errorType":"execution","error":"no"}
          502 | <html>bad gateway</html>
          200 | <html>please log in</html>
          200 | {}
          200 | {"status":"success"}
          200 | {"status":"success","data":null}
          200 | {"status":"success","data":{"resultType":"vector"}}
          200 | {"status":"success","data":{"resultType":"vector","result":null}}
          200 | {"status":"success","data":{"resultType":"matrix","result":[]}}
          200 | {"status":"success","isPartial":true,"data":{"resultType":"vector","result":[]}}
          200 | {"status":"success","warnings":["remote read: no"],"data":{"resultType":"vector","result":[]}}
          206 | {"status":"success","data":{"resultType":"vector","result":[]}}
          """)
  void fault_forTenMinutes_leavesFiringWhatFiresAndBeginsNothing(int faultStatus, String fault) {
    slot();
    slot();
    assertThat(alerting(group).state()).isEqualTo(AlertState.FIRING);
    Instant believedUntil = sent.getLast().endsAt();

    status = faultStatus;
    answer = fault;
    for (int i = 0; i < 20; i++) {
      sent.clear();
      slot();
      assertThat(alerting(group).state()).isEqualTo(AlertState.FIRING);
      assertThat(alerting(group).evaluation().health()).isEqualTo(RuleHealth.ERR);
      assertThat(sent)
          .allMatch(alert -> alert.name().equals("Errors") && alert.endsAt().isAfter(now));
      believedUntil = sent.isEmpty() ? believedUntil : sent.getLast().endsAt();
      assertThat(believedUntil).isAfter(now.plusSeconds(30));
    }

    status = 200;
    answer = "";
    for (int i = 0; i < 3; i++) {
      slot();
    }
    assertThat(alerting(group).evaluation().health()).isEqualTo(RuleHealth.OK);
    sent.clear();
    answer = NOTHING;
    slot();
    assertThat(alerting(group).state()).isEqualTo(AlertState.INACTIVE);
    assertThat(sent).extracting(Alert::endsAt).containsExactly(now);
  }
}
