package io.pharos.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.pharos.faults.DemoHistory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/// The pictures of README.md and docs: the demo after a day of health, a deployment, and errors.
/// `.ci/pictures` writes them to `docs/pictures`.
@EnabledIfSystemProperty(
    named = "pharos.write",
    matches = ".*",
    disabledReason = "it replaces the pictures of the documents: .ci/pictures")
class PicturesIT {
  /// A larger file would make the README slow to load.
  static final long MAX_BYTES = 150_000;

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Path TAKEN = Path.of("target", "pictures");
  private static final String DEPLOYMENTS = "/api/pharos/v1/deployments/";

  /// A picture of a page.
  ///
  /// @param address of the page; `INCIDENT`, `RULE` and `GATE` stand for those of the fault
  record Picture(String name, String address, int width, int height, boolean isDark) {}

  static final List<Picture> PICTURES =
      List.of(
          new Picture("home", "/", 1440, 1000, false),
          new Picture("incident", "INCIDENT", 1440, 1000, false),
          new Picture("rule", "RULE", 1440, 1000, false),
          new Picture(
              "query",
              "/query?g0.expr=sum%20by%20%28status%29%20%28rate%28http_requests_total%7Bjob%3D%22remotegpu-backend%22%7D%5B2m%5D%29%29&g0.range_input=30m",
              1440,
              1000,
              true),
          new Picture("ledger", "/routing/ledger", 390, 844, false),
          new Picture("gate", "GATE", 1440, 1000, false));

  /// How long the demo is healthy before the release, and how long it was released before the
  /// errors.
  private static final Duration HEALTH = Duration.ofSeconds(100);

  private static final Duration RELEASED = Duration.ofSeconds(30);

  /// How long the errors last when the pictures are taken.
  private static final Duration ERRORS = Duration.ofMinutes(4);

  @Test
  void pages_ofTheDemoWithAFault_arePictured() throws Exception {
    // A short path, since pages show it.
    Path folder = Path.of("target", "demo-" + ProcessHandle.current().pid());
    DemoHistory.write(folder.resolve("data/tsdb"), Duration.ofHours(24));
    try (var browser = Browser.start();
        var stack = DemoStack.start(folder, "5s", "--build-version=1.4.2")) {
      PharosProcess pharos = stack.pharos();
      TimeUnit.SECONDS.sleep(HEALTH.toSeconds());
      String gate = release(pharos);
      TimeUnit.SECONDS.sleep(RELEASED.toSeconds());
      stack.raise("errors");
      TimeUnit.SECONDS.sleep(ERRORS.toSeconds());
      pharos.await(
          "the message",
          Duration.ofMinutes(2),
          () -> pharos.get("/routing/ledger?text=HighErrorRate").body().contains("state sent"));
      pharos.await(
          "the verdict",
          Duration.ofMinutes(2),
          () -> pharos.get(gate).body().contains("must not continue"));
      pharos.await(
          "the history of the services",
          Duration.ofMinutes(1),
          () -> !pharos.get("/").body().contains("is being queried"));
      var addresses =
          Map.of(
              "INCIDENT", address(pharos, "/find?q=HighErrorRate", "/incidents/[0-9a-f]{16}"),
              "RULE", address(pharos, "/rules?q=HighErrorRate", "/rules/[0-9a-f]{16}"),
              "GATE", gate);
      browser.hideScrollbars();
      for (Picture picture : PICTURES) {
        browser.screen(picture.width(), picture.height(), picture.isDark());
        browser.open(stack.url() + addresses.getOrDefault(picture.address(), picture.address()));
        browser.await("the page", "document.readyState === 'complete'");
        Thread.sleep(1500); // charts draw themselves, and the page becomes live
        take(browser, picture);
      }
    }
  }

  private static void take(Browser browser, Picture picture) throws Exception {
    Path file = TAKEN.resolve(picture.name() + ".png");
    browser.pictureOfScreen(file);
    assertThat(Files.size(file)).as(picture.name()).isBetween(10_000L, MAX_BYTES);
    Files.copy(
        file,
        Path.of("docs", "pictures").resolve(file.getFileName()),
        StandardCopyOption.REPLACE_EXISTING);
  }

  /// Announces a deployment and begins its gate; returns the address of the gate's page.
  private static String release(PharosProcess pharos) throws Exception {
    var announced =
        Map.of(
            "service", "remotegpu",
            "env", "dev",
            "version", "1.4.2",
            "strategy", "recreate");
    var answer =
        pharos.send("PUT", DEPLOYMENTS + "remotegpu:812", JSON.writeValueAsString(announced));
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
    String gate = pharos.post("/api/pharos/v1/gates", "{\"deployment\":\"remotegpu:812\"}").body();
    return "/releases/gates/" + JSON.readTree(gate).path("id").asText();
  }

  private static String address(PharosProcess pharos, String page, String pattern) {
    return PagesIT.first(pharos.get(page).body(), pattern);
  }
}
