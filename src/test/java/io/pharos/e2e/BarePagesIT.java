package io.pharos.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpServer;
import io.pharos.state.TestingPostgres;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openqa.selenium.By;

/// The pages of a new Pharos without anything to show, and of one whose database is away and whose
/// Loki hangs: they fit the screen, break no rule of axe, and say what is unknown. Pictures are in
/// `target/pages`.
@Tag("nightly")
class BarePagesIT {
  private static final ObjectMapper JSON = new ObjectMapper();

  /// What a page says of what it can't read.
  private static final String UNKNOWN =
      "(?s).*(unknown|[Uu]nknown|can't be read|can not be read|not reachable|unavailable).*";

  /// Pages that need the database.
  private static final List<String> OF_THE_STORE =
      List.of(
          "/",
          "/incidents",
          "INCIDENT",
          "/routing",
          "/routing/ledger",
          "/silences",
          "/releases",
          "/settings/audit");

  @TempDir Path folder;

  private static List<String> pages(String incident) {
    var pages = new ArrayList<>(PagesIT.PAGES);
    pages.add("/releases");
    if (!incident.isEmpty()) {
      pages.add(incident);
    }
    return pages;
  }

  private static Map<String, List<String>> look(
      Browser browser, String url, List<String> pages, String kind) throws Exception {
    var found = new TreeMap<String, List<String>>();
    for (String page : pages) {
      for (int width : List.of(390, 1440)) {
        for (boolean isDark : List.of(false, true)) {
          browser.screen(width, isDark);
          browser.open(url + page);
          PagesIT.awaitPanels(browser);
          var broken = new ArrayList<>(browser.refusals());
          broken.addAll(browser.axe());
          browser.refusals(); // axe's own
          broken.addAll(browser.wideElements());
          if (!broken.isEmpty()) {
            found.put(page + " at " + width + (isDark ? " dark" : " light"), broken);
          }
          browser.picture(PagesIT.picture(kind + page, width, isDark));
        }
      }
    }
    return found;
  }

  /// Adds the pages that answer an error without a sentence about it.
  private static void requireWords(
      PharosProcess pharos, Browser browser, List<String> pages, Map<String, List<String>> found) {
    for (String page : pages) {
      int status = pharos.get(page).statusCode();
      browser.open(pharos.url() + page);
      String text = browser.driver().findElement(By.tagName("main")).getText();
      if (status >= 500 && !text.matches(UNKNOWN)) {
        found.put(page, List.of("status " + status + " without words: " + text));
      }
    }
  }

  @Test
  void pages_ofANewPharos_fitAndSayWhatToDo() throws Exception {
    Files.writeString(folder.resolve("prometheus.yml"), "{}\n");
    Files.writeString(
        folder.resolve("alertmanager.yml"),
        "route: {receiver: nobody}\nreceivers: [{name: nobody}]\n");
    int port = PharosProcess.freePort();
    try (var browser = Browser.start();
        var pharos = PharosProcess.serve(folder, port)) {
      pharos.await("start", Duration.ofSeconds(60), pharos::isReady);
      Map<String, List<String>> found = look(browser, pharos.url(), pages(""), "empty");
      requireWords(pharos, browser, pages(""), found);
      assertThat(found).isEmpty();
    }
  }

  @Test
  void pages_whileTheStoreIsAway_sayWhatIsUnknown() throws Exception {
    int port = PharosProcess.freePort();
    HttpServer loki = hangingLoki();
    EmbeddedPostgres postgres =
        TestingPostgres.builder()
            .setPort(port)
            .setDataDirectory(folder.resolve("postgres"))
            .setCleanDataDirectory(false)
            .start();
    try (var browser = Browser.start();
        var receiver = new StormReceiver();
        var pharos = start(receiver, port, loki.getAddress().getPort())) {
      pharos.await("start", Duration.ofSeconds(120), pharos::isReady);
      post(pharos);
      pharos.await("the message", Duration.ofSeconds(60), pharos::hasToldAll);
      String incident = PagesIT.first(pharos.get("/incidents").body(), "/incidents/[0-9a-f]{16}");
      browser.open(pharos.url() + incident);
      browser.await(
          "the words about Loki",
          "document.body.innerText.includes('Loki did not answer within 5 s')");
      postgres.close();
      pharos.await(
          "saying that nothing is stored",
          Duration.ofSeconds(60),
          () -> pharos.get("/-/ready").statusCode() == 503);

      Map<String, List<String>> found = look(browser, pharos.url(), pages(incident), "away");
      requireWords(pharos, browser, pages(incident), found);
      browser.screen(390, false);
      for (String page : OF_THE_STORE) {
        browser.open(pharos.url() + page.replace("INCIDENT", incident));
        String text = browser.driver().findElement(By.tagName("main")).getText();
        if (!text.matches(UNKNOWN)) {
          found.put(page, List.of("says nothing unknown: " + text));
        }
      }
      assertThat(found).isEmpty();
    } finally {
      postgres.close();
      loki.stop(0);
    }
  }

  private static void post(PharosProcess pharos) throws Exception {
    var alert =
        Map.of(
            "endsAt",
            Instant.now().plus(Duration.ofHours(2)).toString(),
            "labels",
            Map.of("alertname", "Posted", "severity", "critical", "job", "api"),
            "annotations",
            Map.of("summary", "The api answers errors."));
    assertThat(pharos.post("/api/v2/alerts", JSON.writeValueAsString(List.of(alert))).statusCode())
        .isEqualTo(200);
  }

  private PharosProcess start(StormReceiver receiver, int database, int loki) throws Exception {
    Files.writeString(
        folder.resolve("prometheus.yml"),
        "scrape_configs: [{job_name: gone, static_configs: [{targets: ['127.0.0.1:1']}]}]\n");
    var _ = new Storm(receiver).configuration(folder);
    Path password = Files.writeString(folder.resolve("password"), "postgres");
    return PharosProcess.serve(
        folder,
        PharosProcess.freePort(),
        "--loki.query-url=http://127.0.0.1:" + loki,
        "--jdbc.url=jdbc:postgresql://127.0.0.1:" + database + "/postgres",
        "--jdbc.user=postgres",
        "--jdbc.password-file=" + password);
  }

  private static HttpServer hangingLoki() throws Exception {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext("/", _ -> {}); // never answers
    server.start();
    return server;
  }
}
