package io.pharos.dashboards;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import io.pharos.config.http.HttpOptions;
import io.pharos.dashboards.PanelView.LogLine;
import io.pharos.http.Clients;
import io.pharos.http.OutgoingClient;
import io.pharos.promql.value.InstantVector;
import io.pharos.promql.value.QueryException;
import io.pharos.promql.value.RangeMatrix;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// What is asked of a Loki, and what its answers, in the shapes that Loki documents, become.
class LokiClientTest {
  private final Map<String, String> answers = new TreeMap<>();
  private final List<String> asked = new ArrayList<>();
  private int status = 200;

  private HttpServer server;
  private Clients clients;
  private OutgoingClient client;
  private LokiClient loki;

  @BeforeEach
  void open() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          String body =
              new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
          String query = exchange.getRequestURI().getRawQuery();
          asked.add(
              exchange.getRequestURI().getPath()
                  + "?"
                  + URLDecoder.decode(query == null ? body : query, StandardCharsets.UTF_8));
          byte[] answer =
              answers
                  .getOrDefault(exchange.getRequestURI().getPath(), "404 page not found")
                  .getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(status, answer.length);
          exchange.getResponseBody().write(answer);
          exchange.close();
        });
    server.start();
    clients = new Clients(InstantSource.system());
    client = clients.open(HttpOptions.DEFAULT);
    loki = new LokiClient(client, "http://127.0.0.1:" + server.getAddress().getPort() + "/");
  }

  @AfterEach
  void close() {
    client.close();
    clients.close();
    server.stop(0);
  }

  @Test
  void lines_ofSeveralStreams_areInTheOrderOfTime_theNewestFirst() {
    answers.put(
        "/loki/api/v1/query_range",
        """
        {"status":"success","data":{"resultType":"streams","result":[
          {"stream":{"job":"nginx","level":"info"},"values":[["1700000003000000000","c"],["1700000001000000000","a"]]},
          {"stream":{"job":"pharos","detected_level":"error"},"values":[["1700000002000000000","b"]]}],
          "stats":{"summary":{"bytesProcessedPerSecond":1}}}}
        """);
    assertThat(loki.lines("{job=~\".+\"}", 1_700_000_000_000L, 1_700_000_010_000L, 2))
        .containsExactly(
            new LogLine(1_700_000_003_000L, "info", "c"),
            new LogLine(1_700_000_002_000L, "error", "b"));
    assertThat(asked)
        .singleElement()
        .asString()
        .contains(
            "query={job=~\".+\"}",
            "start=1700000000000000000",
            "end=1700000010000000000",
            "limit=2",
            "direction=backward");
  }

  @Test
  void lines_ofAQueryForNumbers_areRefused() {
    answers.put(
        "/loki/api/v1/query_range",
        "{\"status\":\"success\",\"data\":{\"resultType\":\"matrix\",\"result\":[]}}");
    assertThatThrownBy(() -> loki.lines("sum(rate({a=\"b\"}[1m]))", 0, 1, 1))
        .isInstanceOf(QueryException.class)
        .hasMessageContaining("returns numbers");
  }

  @Test
  void refusal_inPlainText_isTold() {
    status = 400;
    answers.put("/loki/api/v1/query_range", "parse error at line 1, col 2: syntax error\n");
    assertThatThrownBy(() -> loki.lines("{", 0, 1, 1))
        .isInstanceOfSatisfying(
            QueryException.class,
            e -> {
              assertThat(e.kind()).isEqualTo(QueryException.Kind.BAD_DATA);
              assertThat(e.reason()).endsWith("parse error at line 1, col 2: syntax error");
            });
  }

  @Test
  void metrics_areReadAsThoseOfPrometheus() {
    answers.put(
        "/loki/api/v1/query",
        """
        {"status":"success","data":{"resultType":"vector","result":[{"metric":{"level":"error"},"value":[1700000000,"3"]}],"stats":{}}}
        """);
    answers.put(
        "/loki/api/v1/query_range",
        """
        {"status":"success","data":{"resultType":"matrix","result":[{"metric":{},"values":[[1700000000,"1"],[1700000015,"2"]]}],"stats":{}}}
        """);
    var now = (InstantVector) loki.metrics().instant("count", 1_700_000_000_000L).value();
    assertThat(now.value(0)).isEqualTo(3);
    var range =
        (RangeMatrix)
            loki.metrics()
                .range("rate", 1_700_000_000_000L, 1_700_000_015_000L, Duration.ofSeconds(15))
                .value();
    assertThat(range.series().getFirst().values()).containsExactly(1, 2);
  }

  @Test
  void values_ofALabel_areThoseOfASelector() {
    answers.put(
        "/loki/api/v1/label/level/values",
        "{\"status\":\"success\",\"data\":[\"error\",\"info\"]}");
    assertThat(loki.labels().of("{app=\"x\"}", "level")).containsExactly("error", "info");
    assertThat(asked).singleElement().asString().contains("query={app=\"x\"}");
  }
}
