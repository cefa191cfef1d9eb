package io.pharos.e2e;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Executors;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/// Ten hostile texts in everything that others write: labels, annotations, names of rules and
/// receivers, runbooks, log lines, dashboards, answers of receivers, comments, versions. Each page
/// that a reader reaches from home shows them as text.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Tag("nightly")
class HostileTextsIT {
  private static final ObjectMapper JSON = new ObjectMapper();

  /// A sign that a text is not shown as text: it set `window.hostile`.
  private static final String RUN = "window.hostile=1";

  private static final List<String> TEXTS =
      List.of(
          "<script>" + RUN + "</script>",
          "<img src=x onerror=\"" + RUN + "\">",
          "\"><svg onload=" + RUN + ">",
          "' autofocus onfocus='" + RUN,
          "</textarea></title></pre></script><b onclick=" + RUN + ">bold</b>",
          "[click](javascript:" + RUN + ") ![x](http://pixel.example/x.png) <http://a.example>",
          "{cdi:visitor.holder} {#include base} ${1234*4321}",
          "&lt;script&gt; &amp;amp; &#x3c;b&#x3e;",
          "\u202egpj.exe \u2066isolated\u2069 \u200bzero\u0007bell\u001b[31mred",
          "W".repeat(10_240));

  /// Pages of the same kind that are opened.
  private static final int OF_A_KIND = 10;

  private static final int MOST_PAGES = 250;

  private HttpServer peer;
  private PharosProcess pharos;
  private Browser browser;
  private String url;

  @BeforeAll
  void start(@TempDir Path folder) throws Exception {
    browser = Browser.start();
    peer = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    peer.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    answer("/metrics", 200, "text/plain; version=0.0.4", metrics());
    answer("/hook", 400, "text/plain", String.join("\n", TEXTS));
    answer("/loki/", 200, "application/json", lines());
    peer.start();
    writeFiles(folder);
    int port = PharosProcess.freePort();
    url = "http://127.0.0.1:" + port;
    pharos =
        PharosProcess.start(
            folder,
            folder.resolve("pharos.log"),
            url,
            PharosProcess.serving(
                folder,
                port,
                "--dashboards.dir=" + folder.resolve("dashboards"),
                "--loki.query-url=http://127.0.0.1:" + peer.getAddress().getPort()));
    pharos.await("start", Duration.ofSeconds(60), pharos::isReady);
    post();
    pharos.await(
        "deliveries in the ledger",
        Duration.ofSeconds(60),
        () -> pharos.get("/routing/ledger").body().contains("400"));
    pharos.await(
        "an observation of the gate",
        Duration.ofSeconds(30),
        () -> pharos.get("/releases").body().contains("/releases/gates/"));
  }

  private void answer(String path, int status, String type, String body) {
    peer.createContext(
        path,
        exchange -> {
          exchange.getRequestBody().readAllBytes();
          byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
          exchange.getResponseHeaders().set("Content-Type", type);
          exchange.sendResponseHeaders(status, bytes.length);
          exchange.getResponseBody().write(bytes);
          exchange.close();
        });
  }

  private static String metrics() {
    return TEXTS.stream()
        .map(text -> "hostile_info{text=%s} 1\n".formatted(quoted(text)))
        .collect(
            joining(
                "",
                "# HELP hostile_info " + TEXTS.getFirst() + "\n# TYPE hostile_info gauge\n",
                ""));
  }

  /* As the text format of metrics, YAML and JSON quote. */
  private static String quoted(String text) {
    try {
      return JSON.writeValueAsString(text);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static String lines() throws IOException {
    String now = Instant.now().getEpochSecond() + "000000000";
    var values = TEXTS.stream().map(text -> List.of(now, text)).toList();
    var stream = Map.of("stream", Map.of("job", TEXTS.get(1)), "values", values);
    return JSON.writeValueAsString(
        Map.of(
            "status",
            "success",
            "data",
            Map.of("resultType", "streams", "result", List.of(stream))));
  }

  private void writeFiles(Path folder) throws IOException {
    int port = peer.getAddress().getPort();
    Files.writeString(
        folder.resolve("prometheus.yml"),
        """
        global: {scrape_interval: 1s, evaluation_interval: 1s}
        rule_files: [rules.yml]
        scrape_configs:
          - job_name: %s
            static_configs: [{targets: ['127.0.0.1:%d'], labels: {owner: %s}}]
        """
            .formatted(quoted(TEXTS.get(2)), port, quoted(TEXTS.get(3))));
    var rules = new StringBuilder("groups:\n  - name: " + quoted(TEXTS.get(4)) + "\n    rules:\n");
    for (String text : TEXTS) {
      rules.append(
          """
                - alert: %1$s
                  expr: vector(1) > 0
                  labels: {severity: %1$s, service: %1$s, instance: %1$s, text: %1$s}
                  annotations: {summary: %1$s, description: %1$s, runbook_url: %2$s, dashboard: %1$s}
          """
              .indent(-4)
              .indent(6)
              .formatted(quoted(text), quoted("javascript:" + RUN)));
    }
    Files.writeString(folder.resolve("rules.yml"), rules);
    Files.writeString(
        folder.resolve("alertmanager.yml"),
        """
        route: {receiver: %1$s, group_by: [alertname], group_wait: 1s, group_interval: 2s}
        receivers:
          - name: %1$s
            webhook_configs: [{url: 'http://127.0.0.1:%2$d/hook'}]
        """
            .formatted(quoted(TEXTS.getFirst()), port));
    Files.createDirectories(folder.resolve("gates"));
    Files.writeString(
        folder.resolve("gates/hostile.yml"),
        """
        version: "1"
        service: hostile
        env: [test]
        interval: 1s
        min_soak: 1s
        deadline: 2h
        checks:
          version: {selector: 'hostile_info{color="$color"}'}
        """);
    Path runbooks = Files.createDirectories(folder.resolve("docs/runbooks"));
    Files.writeString(
        runbooks.resolve("Hostile.md"),
        "# Hostile\n\n"
            + String.join("\n\n", TEXTS)
            + "\n\n```sh\n"
            + TEXTS.getFirst()
            + "\n```\n");
    Path dashboards = Files.createDirectories(folder.resolve("dashboards"));
    Files.writeString(dashboards.resolve("hostile.json"), dashboard());
  }

  private static String dashboard() throws IOException {
    var panels = new ArrayList<Map<String, Object>>();
    List<String> types = List.of("text", "logs", "table", "stat", "timeseries");
    for (int i = 0; i < TEXTS.size(); i++) {
      String type = types.get(i % types.size());
      var panel = new LinkedHashMap<String, Object>();
      panel.put("id", i + 1);
      panel.put("type", type);
      panel.put("title", TEXTS.get(i));
      panel.put("description", TEXTS.get(i));
      panel.put("gridPos", Map.of("h", 6, "w", 12, "x", i % 2 * 12, "y", i / 2 * 6));
      panel.put("fieldConfig", Map.of("defaults", Map.of(), "overrides", List.of()));
      if (type.equals("text")) {
        panel.put("options", Map.of("mode", "markdown", "content", String.join("\n\n", TEXTS)));
      } else {
        String source = type.equals("logs") ? "loki" : "prometheus";
        panel.put("datasource", Map.of("type", source, "uid", source));
        panel.put(
            "targets",
            List.of(
                Map.of(
                    "refId",
                    "A",
                    "expr",
                    type.equals("logs") ? "{job=\"x\"}" : "hostile_info",
                    "legendFormat",
                    "__auto")));
      }
      panels.add(panel);
    }
    return JSON.writeValueAsString(
        Map.of(
            "uid", "hostile",
            "title", TEXTS.get(5),
            "description", TEXTS.get(7),
            "schemaVersion", 39,
            "time", Map.of("from", "now-5m", "to", "now"),
            "templating", Map.of("list", List.of()),
            "panels", panels));
  }

  /// Posts alerts, silences, deployments and gates with these texts.
  private void post() throws Exception {
    var alerts = new ArrayList<Map<String, Object>>();
    for (int i = 0; i < TEXTS.size(); i++) {
      alerts.add(
          Map.of(
              "labels",
              Map.of("alertname", "Posted-" + i, "text", TEXTS.get(i)),
              "annotations",
              Map.of("summary", TEXTS.get(i), "runbook_url", "Hostile"),
              "generatorURL",
              "http://a.example/" + i));
    }
    assertThat(pharos.post("/api/v2/alerts", JSON.writeValueAsString(alerts)).statusCode())
        .isEqualTo(200);
    for (String text : TEXTS) {
      var matcher = Map.of("name", "text", "value", text, "isRegex", false, "isEqual", true);
      var silence =
          Map.of(
              "matchers",
                  List.of(
                      matcher, Map.of("name", "alertname", "value", "Posted-.*", "isRegex", true)),
              "startsAt", Instant.now().toString(),
              "endsAt", Instant.now().plus(Duration.ofHours(2)).toString(),
              "createdBy", text,
              "comment", text);
      assertThat(pharos.post("/api/v2/silences", JSON.writeValueAsString(silence)).statusCode())
          .as(text)
          .isEqualTo(200);
    }
    for (int i = 0; i < TEXTS.size(); i++) {
      release("hostile:" + i, TEXTS.get(i));
    }
  }

  private void release(String key, String text) throws Exception {
    String api = "/api/pharos/v1/";
    var announced =
        Map.of(
            "service",
            "hostile",
            "env",
            "test",
            "version",
            text,
            "strategy",
            "canary",
            "color",
            text);
    var answer = pharos.send("PUT", api + "deployments/" + key, JSON.writeValueAsString(announced));
    if (answer.statusCode() != 201) {
      // A refusal quotes what it refuses.
      assertThat(answer.statusCode()).as(answer.body()).isEqualTo(400);
      announced =
          Map.of(
              "service",
              "hostile",
              "env",
              "test",
              "version",
              "1",
              "strategy",
              "canary",
              "color",
              "green");
      assertThat(
              pharos
                  .send("PUT", api + "deployments/" + key, JSON.writeValueAsString(announced))
                  .statusCode())
          .isEqualTo(201);
    }
    String opened = pharos.post(api + "gates", "{\"deployment\":\"" + key + "\"}").body();
    String gate = JSON.readTree(opened).path("id").asText();
    assertThat(gate).as(opened).isNotEmpty();
    var override = Map.of("outcome", "FAIL", "reason", text);
    assertThat(
            pharos
                .post(api + "gates/" + gate + "/override", JSON.writeValueAsString(override))
                .statusCode())
        .as(text)
        .isIn(200, 400);
  }

  @AfterAll
  void stop() {
    if (pharos != null) {
      pharos.close();
    }
    if (peer != null) {
      peer.stop(0);
    }
    if (browser != null) {
      browser.close();
    }
  }

  @Test
  void pages_thatAReaderReaches_showHostileTextsAsText() throws Exception {
    var broken = new TreeMap<String, List<String>>();
    var shown = new HashMap<String, Integer>();
    Set<String> pages = crawl(broken, shown);
    System.out.printf(
        "HOSTILE %d pages; each text was on this many of them: %s%n",
        pages.size(), TEXTS.stream().map(text -> shown.getOrDefault(text, 0)).toList());
    assertThat(broken).isEmpty();
    assertThat(pages)
        .as("kinds of pages")
        .extracting(HostileTextsIT::kind)
        .contains(
            "/",
            "/incidents",
            "/incidents/*",
            "/rules",
            "/rules/*",
            "/routing",
            "/routing/ledger",
            "/query",
            "/dashboards",
            "/dashboards/hostile",
            "/targets",
            "/targets/*",
            "/silences",
            "/releases",
            "/releases/gates/*",
            "/runbooks",
            "/settings");
    assertThat(shown.keySet()).as("texts that some page shows").containsAll(TEXTS.subList(0, 8));
  }

  private Set<String> crawl(Map<String, List<String>> broken, Map<String, Integer> shown)
      throws Exception {
    var seen = new LinkedHashSet<String>();
    var kinds = new HashMap<String, Integer>();
    var next =
        new ArrayDeque<>(
            List.of(
                "/",
                "/incidents",
                "/rules",
                "/routing",
                "/routing/ledger",
                "/silences",
                "/releases",
                "/query?g0.expr=hostile_info&g0.show_tree=1",
                "/query/metrics/hostile_info",
                "/dashboards/hostile?from=now-5m",
                "/runbooks/Hostile",
                "/settings",
                "/settings/audit",
                "/find?q=script",
                "/targets?kind=target"));
    while (!next.isEmpty() && seen.size() < MOST_PAGES) {
      String page = next.removeFirst();
      if (!seen.add(page)) {
        continue;
      }
      for (int width : List.of(390, 1440)) {
        browser.screen(width, false);
        browser.open(url + page);
        awaitPanels();
        List<String> wrong = wrong();
        if (!wrong.isEmpty()) {
          broken.put(page + " at " + width, wrong);
        }
      }
      String text = browser.ask("document.documentElement.textContent").toString();
      TEXTS.stream().filter(text::contains).forEach(one -> shown.merge(one, 1, Integer::sum));
      for (Object link : (List<?>) browser.ask(LINKS)) {
        if (kinds.merge(kind(link.toString()), 1, Integer::sum) <= OF_A_KIND) {
          next.add(link.toString());
        }
      }
    }
    return seen;
  }

  private static final String LINKS =
      """
      [...new Set([...document.querySelectorAll('a[href]')]
        .filter((it) => it.origin === location.origin && !/^\\/(api|docs|assets)\\//.test(it.pathname))
        .map((it) => it.pathname + it.search))]""";

  /* Addresses of the same kind differ by a number, an id or their parameters. */
  private static String kind(String address) {
    return Pattern.compile("/[0-9a-f-]{8,}(?=/|$)")
        .matcher(address.split("\\?", 2)[0])
        .replaceAll("/*");
  }

  private void awaitPanels() throws InterruptedException {
    browser.await(
        "panels",
        "document.getElementById('panels') === null || document.querySelector('#panels [data-state]') !== null");
  }

  private List<String> wrong() {
    var wrong = new ArrayList<String>();
    wrong.addAll(browser.refusals());
    wrong.addAll(browser.wideElements());
    ((List<?>) browser.ask(FOUND)).forEach(it -> wrong.add(it.toString()));
    return wrong;
  }

  private static final String FOUND =
      """
      (() => {
        const found = [];
        if (window.hostile !== undefined) found.push('a text ran as a script');
        if (/[\\u202a-\\u202e\\u2066-\\u2069]/.test(document.body.textContent))
          found.push('a character turns the direction of the text');
        if (/[\\u0000-\\u0008\\u000b\\u000c\\u000e-\\u001f]/.test(document.body.textContent))
          found.push('a control character is on the page');
        for (const it of document.querySelectorAll('*')) {
          for (const attribute of it.attributes) {
            if (/^on/.test(attribute.name) || /^\\s*javascript:/i.test(attribute.value))
              found.push('an attribute runs a script: ' + it.outerHTML.slice(0, 200));
          }
        }
        for (const it of document.querySelectorAll('img, iframe, link[href], script[src]')) {
          const address = it.src || it.href;
          if (address && !address.startsWith('data:') && new URL(address).origin !== location.origin)
            found.push('the page loads from elsewhere: ' + address);
        }
        if (document.body.textContent.includes('5332114'))
          found.push('a text was evaluated as a template');
        return found.slice(0, 6);
      })()""";
}
