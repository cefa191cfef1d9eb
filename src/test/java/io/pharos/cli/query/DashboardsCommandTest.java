package io.pharos.cli.query;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.pharos.cli.Commands;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DashboardsCommandTest {
  private static final String BEGIN = "1772366400";
  private static final String EMPTY = "\"result\":[]";
  private static final String DATA =
      "\"result\":[{\"metric\":{\"job\":\"a\"},\"values\":[[%s,\"5\"],[1772368200,\"7\"]]}]"
          .formatted(BEGIN);

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();
  private final ConcurrentLinkedQueue<String> asked = new ConcurrentLinkedQueue<>();
  private volatile String result = DATA;
  private volatile String groups = "";
  private HttpServer server;

  @TempDir Path folder;

  @BeforeEach
  void begin() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", this::respond);
    server.start();
    Files.createDirectory(folder.resolve("dashboards"));
  }

  @AfterEach
  void close() {
    server.stop(0);
  }

  private void respond(HttpExchange exchange) throws IOException {
    try (exchange) {
      asked.add(
          exchange.getRequestURI().getPath()
              + "?"
              + new String(exchange.getRequestBody().readAllBytes(), UTF_8));
      if (exchange.getRequestURI().getPath().equals("/api/v2/alerts/groups")) {
        byte[] answer = groups.getBytes(UTF_8);
        exchange.sendResponseHeaders(groups.isEmpty() ? 404 : 200, answer.length);
        exchange.getResponseBody().write(answer);
        return;
      }
      byte[] body =
          "{\"status\":\"success\",\"data\":{\"resultType\":\"matrix\",%s}}"
              .formatted(result)
              .getBytes(UTF_8);
      exchange.sendResponseHeaders(200, body.length);
      exchange.getResponseBody().write(body);
    }
  }

  private String url() {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  private int run(String... words) {
    return new Commands(
            Map.of(), new PrintStream(out, true, UTF_8), new PrintStream(err, true, UTF_8))
        .run("dashboards", List.of(words));
  }

  private int render(String... more) {
    var words = new ArrayList<String>();
    words.add("render");
    words.add("--url=" + url());
    words.add("--dashboards.dir=" + folder.resolve("dashboards"));
    words.add("--out=" + folder.resolve("sheet"));
    words.add("--from=2026-03-01T12:00:00Z");
    words.add("--to=2026-03-01T12:30:00Z");
    words.addAll(Arrays.asList(more));
    return run(words.toArray(String[]::new));
  }

  private void dashboard(String uid, String type) throws IOException {
    Files.writeString(
        folder.resolve("dashboards").resolve(uid + ".json"),
        """
        {"uid":"%1$s","title":"Title of %1$s","panels":[
          {"id":1,"type":"timeseries","title":"Jobs","gridPos":{"w":4,"h":4,"x":0,"y":0},
           "datasource":{"type":"%2$s","uid":"x"},
           "fieldConfig":{"defaults":{"unit":"short"},"overrides":[]},
           "targets":[{"refId":"A","expr":"sum(things)","range":true,"queryType":"range",
             "datasource":{"type":"%2$s","uid":"x"}}]}]}
        """
            .formatted(uid, type));
  }

  @Test
  void render_dashboardsWithData_areWrittenAsPagesWithAnIndex() throws Exception {
    dashboard("one", "prometheus");
    dashboard("two", "prometheus");
    assertThat(render("--scrape-interval=30s")).as(err.toString(UTF_8)).isZero();
    Path sheet = folder.resolve("sheet");
    assertThat(out.toString(UTF_8).lines())
        .containsExactly(
            sheet.resolve("one.html") + ": 1 panels drawn, 0 without data, 0 not drawn",
            sheet.resolve("two.html") + ": 1 panels drawn, 0 without data, 0 not drawn",
            sheet.resolve("index.html").toString());
    assertThat(err.toString(UTF_8)).isEmpty();
    assertThat(Files.readString(sheet.resolve("index.html"))).contains("Title of one", "two.html");
    assertThat(Files.readString(sheet.resolve("one.html"))).contains(url(), "Jobs");
    assertThat(asked)
        .hasSize(2)
        .allSatisfy(
            it ->
                assertThat(it)
                    .startsWith("/api/v1/query_range?")
                    .contains("query=sum%28things%29", "end=1772368200", "step=30"));
  }

  @Test
  void render_alertGroups_areAskedOfTheServer() throws Exception {
    Files.writeString(
        folder.resolve("dashboards/one.json"),
        "{\"uid\":\"one\",\"title\":\"One\",\"panels\":[{\"id\":1,\"type\":\"alertGroups\",\"title\":\"Groups\"}]}");
    groups =
        "[{\"labels\":{},\"receiver\":{\"name\":\"ops\"},\"alerts\":[{\"labels\":{\"alertname\":\"Down\"}}]}]";
    assertThat(render()).as(err.toString(UTF_8)).isZero();
    assertThat(Files.readString(folder.resolve("sheet/one.html"))).contains("alertname=Down");
    groups = "";
    assertThat(render()).isEqualTo(2);
    assertThat(err.toString(UTF_8))
        .contains("Groups: " + url() + "/api/v2/alerts/groups answered 404, expected alert groups");
  }

  @Test
  void render_withoutData_isNoFailure() throws Exception {
    dashboard("one", "prometheus");
    result = EMPTY;
    assertThat(render()).isZero();
    assertThat(out.toString(UTF_8)).contains("0 panels drawn, 1 without data, 0 not drawn");
  }

  @Test
  void render_panelOfLogsWithoutALoki_isNotDrawn_andSaysWhy() throws Exception {
    dashboard("one", "prometheus");
    dashboard("two", "loki");
    assertThat(render()).isEqualTo(2);
    assertThat(out.toString(UTF_8))
        .contains("one.html: 1 panels drawn, 0 without data, 0 not drawn")
        .contains("two.html: 0 panels drawn, 0 without data, 1 not drawn");
    assertThat(err.toString(UTF_8).lines())
        .singleElement()
        .asString()
        .startsWith("  Jobs")
        .contains("Loki");
  }

  @Test
  void render_panelOfLogsWithALoki_asksIt() throws Exception {
    dashboard("two", "loki");
    assertThat(render("--loki=" + url())).as(err.toString(UTF_8)).isZero();
    assertThat(out.toString(UTF_8)).contains("two.html: 1 panels drawn");
    assertThat(asked).allMatch(it -> it.startsWith("/loki/api/v1/query_range?"));
  }

  @Test
  void render_serverThatIsNotThere_leavesPanelsUndrawn() throws Exception {
    dashboard("one", "prometheus");
    server.stop(0);
    assertThat(render()).isEqualTo(2);
    assertThat(err.toString(UTF_8)).contains("Jobs", "can't be reached");
    assertThat(folder.resolve("sheet/one.html")).exists();
  }

  @Test
  void render_dashboardThatIsNoJson_endsWith1_andWritesNothing() throws Exception {
    dashboard("one", "prometheus");
    Files.writeString(folder.resolve("dashboards/bad.json"), "{\"uid\":");
    assertThat(render()).isEqualTo(1);
    assertThat(err.toString(UTF_8)).startsWith("pharos dashboards: ").contains("bad.json");
    assertThat(folder.resolve("sheet")).doesNotExist();
  }

  @Test
  void render_folderThatCannotBeMade_endsWith1() throws Exception {
    dashboard("one", "prometheus");
    Files.writeString(folder.resolve("sheet"), "in the way");
    assertThat(render()).isEqualTo(1);
    assertThat(err.toString(UTF_8)).startsWith("pharos dashboards: ").contains("sheet");
  }

  @Test
  void render_timesBeforeNow_areAskedFor() throws Exception {
    dashboard("one", "prometheus");
    assertThat(render("--from=now-6h", "--to=now-5h")).as(err.toString(UTF_8)).isZero();
    assertThat(render("--from=now-1h", "--to=now")).isZero();
    assertThat(asked).hasSize(2);
    List<Double> spans =
        asked.stream().map(it -> parameter(it, "end") - parameter(it, "start")).toList();
    assertThat(spans).allSatisfy(it -> assertThat(it).isBetween(3500.0, 3700.0));
    assertThat(parameter(asked.remove(), "end"))
        .isLessThan(System.currentTimeMillis() / 1000.0 - 4 * 3600);
  }

  private static double parameter(String asked, String name) {
    for (String pair : asked.substring(asked.indexOf('?') + 1).split("&", -1)) {
      if (pair.startsWith(name + "=")) {
        return Double.parseDouble(pair.substring(name.length() + 1));
      }
    }
    throw new AssertionError(name + " is not in " + asked);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--from=noon|--from: expected now, now-6h or an RFC 3339 time",
        "--from=now-soon|--from: expected now, now-6h or an RFC 3339 time",
        "--to=now+1h|--to: expected now, now-6h or an RFC 3339 time",
        "--to=2026-03-01T12:00:00Z|--from: expected a time before --to",
        "--to=2026-03-01T11:00:00Z|--from: expected a time before --to",
        "--scrape-interval=999ms|--scrape-interval: expected a duration of at least 1s",
        "--scrape-interval=often|--scrape-interval",
        "--timeout=never|--timeout",
      })
  void render_withAWrongFlag_isRefused(String flag, String message) throws Exception {
    dashboard("one", "prometheus");
    assertThat(render(flag)).isEqualTo(64);
    assertThat(err.toString(UTF_8)).startsWith("pharos dashboards: ").contains(message);
    assertThat(folder.resolve("sheet")).doesNotExist();
    assertThat(asked).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "''|expected render, found []",
        "draw|expected render, found [draw]",
        "render all|expected render, found [render, all]",
        "generate|expected render, found [generate]",
      })
  void dashboards_withoutAnActionItKnows_isRefused(String words, String message) {
    assertThat(run(words.isEmpty() ? new String[0] : words.split(" ", -1))).isEqualTo(64);
    assertThat(err.toString(UTF_8)).contains(message);
  }
}
