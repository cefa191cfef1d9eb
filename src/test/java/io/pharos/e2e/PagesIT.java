package io.pharos.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Executors;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer.OrderAnnotation;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;
import org.openqa.selenium.By;
import org.openqa.selenium.Keys;
import org.openqa.selenium.interactions.Actions;

/// The pages in a real browser, with 50 services and 1,000 alerts in 100 groups: as people meet
/// them, and what they cost. The figures are printed; no figure fails the test.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(OrderAnnotation.class)
@Tag("nightly")
class PagesIT {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int SERVICES = 50;
  private static final int GROUPS = 100;
  private static final int ALERTS = 1_000;
  private static final int MANY_ALERTS = 5_000;
  private static final int ROUNDS = 60;

  /// The alerts outlive the test.
  private static final String END = Instant.now().plus(Duration.ofHours(2)).toString();

  private static final String HOSTILE =
      "<script>window.hostile=1</script><img src=x onerror=\"window.hostile=1\">\u202e txet";

  private static final String DASHBOARD = "/dashboards/pharos-alerts?from=now-5m&refresh=5s";

  /// Pages without alerts of their own are here too.
  static final List<String> PAGES =
      List.of(
          "/",
          "/?range=90d",
          "/incidents",
          "/incidents?filter=x%3D%28",
          "/find?q=group",
          "/rules",
          "/routing",
          "/routing?labels=severity%3Dcritical",
          "/routing/ledger",
          "/graph?g0.expr=up",
          "/query?g0.expr=up&g0.show_tree=1&g1.expr=up&g1.display_mode=heatmap",
          "/query/metrics",
          "/query/metrics/up",
          "/dashboards",
          DASHBOARD,
          "/dashboards/pharos-self?from=now-5m",
          "/targets",
          "/targets?kind=target",
          "/silences",
          "/silences/new",
          "/oncall",
          "/me",
          "/me?person=lead",
          "/acknowledge",
          "/runbooks",
          "/docs",
          "/trouble",
          "/settings",
          "/targets/change?type=postgres",
          "/login",
          "/settings/audit",
          "/design",
          "/nowhere");

  private final HttpClient http = HttpClient.newHttpClient();
  private HttpServer targets;
  private PharosProcess pharos;
  private OnCallSituation onCall;
  private Browser browser;
  private String url;
  private String gate = "";
  private String rollout = "";

  @BeforeAll
  void start(@TempDir Path folder) throws Exception {
    browser = Browser.start();
    targets = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    targets.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    targets.createContext(
        "/",
        exchange -> {
          byte[] page = page().getBytes(StandardCharsets.UTF_8);
          exchange.getResponseHeaders().set("Content-Type", "text/plain; version=0.0.4");
          exchange.sendResponseHeaders(200, page.length);
          exchange.getResponseBody().write(page);
          exchange.close();
        });
    targets.start();
    int target = targets.getAddress().getPort();
    var config =
        new StringBuilder(
            "global: {scrape_interval: 2s, evaluation_interval: 2s}\n"
                + "rule_files: [rules.yml]\nscrape_configs:\n");
    for (int i = 0; i < SERVICES; i++) {
      config.append(
          "  - {job_name: service-%02d, metrics_path: /%d, static_configs: [{targets: ['127.0.0.1:%d']}]}\n"
              .formatted(i, i, target));
    }
    Files.writeString(folder.resolve("prometheus.yml"), config);
    Files.writeString(
        folder.resolve("rules.yml"),
        """
        groups:
          - name: pages
            rules:
              - alert: Watchdog
                expr: vector(1)
              - alert: HostileRule
                expr: vector(1) > 0
                labels: {severity: warning, text: 'HOSTILE'}
                annotations: {summary: 'HOSTILE', description: 'HOSTILE', runbook_url: 'javascript:window.hostile=1'}
        """
            .replace("HOSTILE", HOSTILE.replace("'", "''")));
    OnCallSituation.write(folder, "http://127.0.0.1:" + target);
    Files.createDirectory(folder.resolve("gates"));
    Files.writeString(
        folder.resolve("gates/pages.yml"),
        """
        version: "1"
        service: pages
        env: [test]
        interval: 1s
        min_soak: 1s
        deadline: 2h
        checks:
          version: {selector: 'pages_info{color="$color"}'}
          error_bound:
            total: http_requests_total{color="$color"}
            bad: http_requests_total{color="$color",code="500"}
            p_max: 0.05
          alerts: {matchers: ['service="pages"']}
        """);
    Files.createDirectory(folder.resolve("rollouts"));
    Files.writeString(
        folder.resolve("rollouts/pages.yml"),
        "{version: '1', service: pages, env: test, strategy: canary}");
    int port = PharosProcess.freePort();
    pharos = PharosProcess.serve(folder, port);
    url = "http://127.0.0.1:" + port;
    pharos.await("start", Duration.ofSeconds(60), pharos::isReady);
    post(ALERTS);
    pharos.await(
        "alerts on the page",
        Duration.ofSeconds(30),
        () -> pharos.get("/incidents").body().contains("Group-099"));
    onCall = new OnCallSituation(pharos);
    onCall.begin();
    release();
  }

  private void release() throws Exception {
    String api = "/api/pharos/v1/";
    String version = "<script>window.hostile=1</script>";
    var announced =
        Map.of(
            "service", "pages",
            "env", "test",
            "version", version,
            "strategy", "canary",
            "color", "green");
    assertThat(
            pharos
                .send("PUT", api + "deployments/pages:1", JSON.writeValueAsString(announced))
                .statusCode())
        .isEqualTo(201);
    String body = "{\"deployment\":\"pages:1\"}";
    gate = JSON.readTree(pharos.post(api + "gates", body).body()).path("id").asText();
    rollout = JSON.readTree(pharos.post(api + "rollouts", body).body()).path("id").asText();
    var override = Map.of("outcome", "FAIL", "reason", HOSTILE);
    assertThat(
            pharos
                .post(api + "gates/" + gate + "/override", JSON.writeValueAsString(override))
                .statusCode())
        .isEqualTo(200);
    pharos.await(
        "an observation of the gate",
        Duration.ofSeconds(30),
        () -> pharos.get("/releases/gates/" + gate).body().contains("class=\"chart\""));
  }

  private List<String> releases() {
    return List.of(
        "/releases",
        "/releases?service=none",
        "/releases/deployment?key=pages:1",
        "/releases/gates/" + gate,
        "/releases/gates/" + gate + "/override",
        "/releases/rollouts/" + rollout,
        "/releases/rollouts/" + rollout + "/abort");
  }

  @AfterAll
  void stop() {
    if (pharos != null) {
      pharos.close();
    }
    if (targets != null) {
      targets.stop(0);
    }
    if (browser != null) {
      browser.close();
    }
  }

  private static String page() {
    long now = System.currentTimeMillis() / 100;
    var page = new StringBuilder("# TYPE http_requests_total counter\n");
    for (String code : List.of("200", "404", "500")) {
      page.append("http_requests_total{code=\"%s\",path=\"/a\"} %d\n".formatted(code, now));
    }
    page.append("# TYPE http_request_duration_seconds histogram\n");
    for (String le : List.of("0.1", "0.5", "1", "+Inf")) {
      page.append("http_request_duration_seconds_bucket{le=\"%s\"} %d\n".formatted(le, now));
    }
    page.append("http_request_duration_seconds_count %d\n".formatted(now));
    page.append("http_request_duration_seconds_sum %d\n".formatted(now));
    return page.toString();
  }

  private void post(int count) throws Exception {
    var alerts = new ArrayList<Map<String, Object>>();
    for (int i = 0; i < count; i++) {
      alerts.add(
          Map.of(
              "endsAt",
              END,
              "labels",
              Map.of(
                  "alertname",
                  "Group-%03d".formatted(i % GROUPS),
                  "severity",
                  i % 3 == 0 ? "critical" : "warning",
                  "instance",
                  "10.0.0." + i,
                  "job",
                  "service-%02d".formatted(i % SERVICES)),
              "annotations",
              Map.of(
                  "summary",
                  "alert %d of group %d".formatted(i, i % GROUPS),
                  "runbook_url",
                  url + "/runbooks/BackendDown")));
    }
    assertThat(pharos.post("/api/v2/alerts", JSON.writeValueAsString(alerts)).statusCode())
        .isEqualTo(200);
  }

  private void post(String name) throws Exception {
    var alert =
        Map.of(
            "endsAt", END,
            "labels", Map.of("alertname", name, "severity", "critical"),
            "annotations", Map.of("summary", "posted by the test"));
    assertThat(pharos.post("/api/v2/alerts", JSON.writeValueAsString(List.of(alert))).statusCode())
        .isEqualTo(200);
  }

  private String incident() {
    return first(pharos.get("/incidents").body(), "/incidents/[0-9a-f]{16}");
  }

  static String first(String text, String pattern) {
    var matcher = Pattern.compile(pattern).matcher(text);
    assertThat(matcher.find()).as(pattern).isTrue();
    return matcher.group();
  }

  private List<String> pages() {
    var pages = new ArrayList<>(PAGES);
    pages.addAll(releases());
    pages.addAll(onCall.pages());
    pages.add(incident());
    pages.add(first(pharos.get("/targets?kind=target").body(), "/targets/[0-9a-f]{16}"));
    pages.add(first(pharos.get("/rules?q=HostileRule").body(), "/rules/[0-9a-f]{16}"));
    return pages;
  }

  @Test
  @Order(1)
  void pages_ofEachWidthAndColour_breakNoRuleOfAxe() throws Exception {
    var found = new TreeMap<String, List<String>>();
    for (String page : pages()) {
      for (int width : List.of(390, 768, 1440)) {
        for (boolean isDark : List.of(false, true)) {
          browser.screen(width, isDark);
          browser.open(url + page);
          awaitPanels();
          assertThat(browser.refusals()).as(page).isEmpty();
          var broken = new ArrayList<>(browser.axe());
          browser.refusals(); // axe's own
          broken.addAll(browser.wideElements());
          if (!broken.isEmpty()) {
            found.put(page + " at " + width + (isDark ? " dark" : " light"), broken);
          }
          browser.picture(picture(page, width, isDark));
        }
      }
    }
    assertThat(found).isEmpty();
  }

  @Test
  @Order(1)
  void axe_onAPageWithAnImageWithoutText_findsIt() throws Exception {
    browser.open(url + "/");
    browser
        .driver()
        .executeScript("document.querySelector('main').append(document.createElement('img'))");
    assertThat(browser.axe()).singleElement().asString().startsWith("image-alt: ");
  }

  /// Returns where the picture of a page is left.
  static Path picture(String page, int width, boolean isDark) {
    return Path.of(
        "target",
        "pages",
        page.replaceAll("[^A-Za-z0-9]+", "_") + width + (isDark ? "-dark" : "") + ".png");
  }

  @Test
  @Order(2)
  void pages_inChinese_breakNoRuleOfAxeAndFitThePhone() throws Exception {
    var found = new TreeMap<String, List<String>>();
    browser.screen(390, false);
    browser.open(url + "/?lang=zh");
    for (String page : pages()) {
      browser.screen(390, false); // the picture before may have made it higher
      browser.open(url + page);
      awaitPanels();
      assertThat(browser.ask("document.documentElement.lang")).as(page).isEqualTo("zh-CN");
      assertThat(browser.refusals()).as(page).isEmpty();
      var broken = new ArrayList<>(browser.axe());
      browser.refusals(); // axe's own
      broken.addAll(browser.wideElements());
      if (!broken.isEmpty()) {
        found.put(page, broken);
      }
      browser.picture(
          Path.of("target", "pages", page.replaceAll("[^A-Za-z0-9]+", "_") + "390-zh.png"));
    }
    browser.open(url + "/?lang=en");
    assertThat(found).isEmpty();
  }

  /// Waits until a dashboard has drawn its panels.
  private void awaitPanels() throws InterruptedException {
    awaitPanels(browser);
  }

  static void awaitPanels(Browser browser) throws InterruptedException {
    browser.await(
        "panels",
        "document.getElementById('panels') === null || document.querySelector('#panels [data-state]') !== null");
  }

  @Test
  @Order(2)
  void query_keys_completeAndRun() throws Exception {
    browser.screen(1440, false);
    browser.open(url + "/query");
    var editor = browser.driver().findElement(By.id("expr0"));
    editor.sendKeys("sum(cou");
    browser.await("functions", "document.querySelector('[role=option]') !== null");
    editor.sendKeys("nt_o");
    browser.await(
        "the function",
        "document.querySelector('[role=option] code').textContent === 'count_over_time('");
    editor.sendKeys(Keys.TAB, "up{jo");
    browser.await(
        "the label", "document.querySelector('[role=option] code')?.textContent === 'job'");
    editor.sendKeys(Keys.ENTER, "=\"service-0");
    browser.await(
        "values", "document.querySelector('[role=option] code')?.textContent === 'service-00'");
    editor.sendKeys(Keys.ARROW_DOWN, Keys.ENTER, "}[1m]))");
    assertThat(browser.ask("document.getElementById('expr0').value"))
        .isEqualTo("sum(count_over_time(up{job=\"service-01\"}[1m]))");
    editor.sendKeys(Keys.chord(Keys.CONTROL, Keys.ENTER));
    browser.await("the result", "document.querySelector('.chart canvas') !== null");
    var chart = browser.driver().findElement(By.cssSelector(".u-over"));
    browser.driver().executeScript("arguments[0].scrollIntoView({block: 'center'})", chart);
    new Actions(browser.driver())
        .moveToElement(chart, 0, 0)
        .clickAndHold()
        .moveByOffset(200, 0)
        .release()
        .perform();
    browser.await("the marked range", "/g0.end_input=20/.test(location.search)");
  }

  @Test
  @Order(2)
  void dashboard_pointerAndMarkedRange_showValuesAndZoom() throws Exception {
    browser.screen(1440, false);
    browser.open(url + "/dashboards/pharos-service?from=now-5m&to=now&refresh=5s");
    browser.await("lines", "document.querySelector('.u-over') !== null");
    browser.driver().executeScript("window.sameDocument = true");
    String read = browser.ask("document.getElementById('updated').textContent").toString();
    browser.await(
        "the next reading",
        "document.getElementById('updated').textContent !== '%s'".formatted(read));
    assertThat(browser.ask("window.sameDocument")).isEqualTo(true);
    browser.open(url + "/dashboards/pharos-service?from=now-5m&to=now&refresh=off");
    browser.await("lines", "document.querySelector('.u-over') !== null");
    var plot = browser.driver().findElement(By.cssSelector(".u-over"));
    browser.driver().executeScript("arguments[0].scrollIntoView({block: 'center'})", plot);
    new Actions(browser.driver()).moveToElement(plot, 80, 0).perform();
    browser.await("values", "document.querySelector('.tip b') !== null");
    new Actions(browser.driver()).clickAndHold().moveByOffset(40, 0).release().perform();
    browser.await("the marked range", "/from=[0-9]{13}/.test(location.search)");
  }

  @Test
  @Order(2)
  void incident_runbook_opensOnThePage() throws Exception {
    browser.screen(390, false);
    browser.open(url + incident());
    browser.driver().findElement(By.cssSelector("#runbook > summary")).click();
    browser.await("commands", "document.querySelector('#runbook pre') !== null");
    assertThat(browser.axe()).isEmpty();
  }

  @Test
  @Order(3)
  void incidents_withoutScript_canBeFilteredOpenedAndSilenced() throws Exception {
    browser.scripts(false);
    try {
      browser.open(url + "/incidents");
      browser.driver().findElement(By.id("filter")).sendKeys("alertname=\"Group-007\"", Keys.ENTER);
      awaitSource(page -> page.contains("Group-007") && !page.contains(">Group-008<"));
      assertThat(browser.driver().getCurrentUrl())
          .contains(URLEncoder.encode("alertname=\"Group-007\"", StandardCharsets.UTF_8));
      browser.driver().findElement(By.name("id")).click();
      browser.driver().findElement(By.name("comment")).sendKeys("without script");
      browser.driver().findElement(By.cssSelector("#bulk button")).click();
      awaitSource(page -> page.contains(">Group-007<") && page.contains("another 59 min: without"));
    } finally {
      browser.scripts(true);
    }
  }

  @Test
  @Order(4)
  void incidents_keys_moveOpenAndFilter() throws Exception {
    browser.screen(1440, false);
    browser.open(url + "/incidents");
    new Actions(browser.driver()).sendKeys("j", "j").sendKeys(Keys.ENTER).perform();
    browser.await(
        "the second row is open",
        "document.querySelectorAll('details.item')[1].open && !document.querySelectorAll('details.item')[0].open");
    new Actions(browser.driver()).sendKeys("/").perform();
    assertThat(browser.ask("document.activeElement.id")).isEqualTo("filter");
    browser.driver().findElement(By.id("filter")).sendKeys("alertname=\"Group-011\"");
    browser.await("one row", "document.querySelectorAll('details.item').length === 1");
    browser.open(url + "/incidents");
    new Actions(browser.driver()).sendKeys("?").perform();
    browser.await("the keys", "document.getElementById('keys').open");
    browser.open(url + "/incidents");
    new Actions(browser.driver()).sendKeys("g", "h").perform();
    browser.await("home", "location.pathname === '/'");
  }

  @Test
  @Order(5)
  void home_newAlert_appearsWithoutReload() throws Exception {
    browser.open(url + "/");
    browser.await("live", "document.getElementById('connection').textContent === 'live'");
    browser.driver().executeScript("window.sameDocument = true");
    String sentence = "document.querySelector('.verdict p').textContent";
    var times = new ArrayList<Long>();
    for (int i = 0; i < 10; i++) {
      String before = browser.ask(sentence).toString();
      assertThat(before).contains(" incidents");
      post("Added-" + i);
      times.add(
          browser
              .await("Added-" + i, sentence + " !== " + JSON.writeValueAsString(before))
              .toMillis());
    }
    assertThat(browser.ask("window.sameDocument === true")).isEqualTo(true);
    times.sort(null);
    System.out.printf(
        "PAGES change on the page: p50 %d ms, max %d ms%n", times.get(5), times.getLast());
  }

  @Test
  @Order(6)
  void home_cost_isPrinted() throws Exception {
    measured("home, 1,000 alerts in 100 groups, 50 services", "/");
    var total = new long[1];
    String page = pharos.get("/").body();
    Pattern.compile("<script src=\"([^\"]+)\"")
        .matcher(page)
        .results()
        .forEach(script -> total[0] += compressed(script.group(1)));
    System.out.printf("PAGES scripts of home, compressed: %d bytes%n", total[0]);
    assertThat(total[0]).isPositive().isLessThan(60_000);
    browser.screen(1440, false);
    var complete = new ArrayList<Double>();
    for (int i = 0; i < 10; i++) {
      browser.open(url + "/");
      complete.add(
          ((Number)
                  browser.ask(
                      "performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd"))
              .doubleValue());
    }
    complete.sort(null);
    System.out.printf(
        "PAGES home complete in Chromium: p50 %.0f ms, max %.0f ms%n",
        complete.get(5), complete.getLast());
  }

  @Test
  @Order(7)
  void incidents_of5000Alerts_costIsPrinted() throws Exception {
    post(MANY_ALERTS);
    pharos.await(
        "all alerts",
        Duration.ofSeconds(30),
        () -> pharos.get("/incidents").body().contains("50 alerts"));
    measured("incidents, 5,000 alerts", "/incidents");
    measured(
        "incidents, 5,000 alerts, filtered",
        "/incidents?filter=instance%3D~%2210.0.0.1.*%22&by=severity");
    measured("home, 5,000 alerts", "/");
  }

  /// Waits until the browser has another page; without scripts the page itself can't be asked.
  private void awaitSource(Predicate<String> expected) throws InterruptedException {
    Instant end = Instant.now().plus(Duration.ofSeconds(20));
    while (!expected.test(browser.driver().getPageSource())) {
      assertThat(Instant.now()).as("the page within 20 s").isBefore(end);
      Thread.sleep(50);
    }
  }

  private long compressed(String address) {
    try {
      HttpRequest request =
          HttpRequest.newBuilder(URI.create(url + address))
              .header("Accept-Encoding", "gzip")
              .build();
      return http.send(request, HttpResponse.BodyHandlers.ofByteArray()).body().length;
    } catch (IOException e) {
      throw new AssertionError(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  private void measured(String what, String path) throws Exception {
    HttpRequest request = HttpRequest.newBuilder(URI.create(url + path)).build();
    double[] first = new double[ROUNDS];
    double[] whole = new double[ROUNDS];
    long size = 0;
    for (int i = -10; i < ROUNDS; i++) {
      long begin = System.nanoTime();
      var answer = http.send(request, HttpResponse.BodyHandlers.ofInputStream());
      long head = System.nanoTime();
      size = answer.body().readAllBytes().length;
      long end = System.nanoTime();
      assertThat(answer.statusCode()).isEqualTo(200);
      if (i >= 0) {
        first[i] = (head - begin) / 1e6;
        whole[i] = (end - begin) / 1e6;
      }
      Thread.sleep(50);
    }
    Arrays.sort(first);
    Arrays.sort(whole);
    System.out.printf(
        "PAGES %s: first byte p50 %.0f ms, p95 %.0f ms; whole p50 %.0f ms, p95 %.0f ms; %d KB%n",
        what,
        first[ROUNDS / 2],
        first[ROUNDS * 95 / 100],
        whole[ROUNDS / 2],
        whole[ROUNDS * 95 / 100],
        size / 1000);
  }
}
