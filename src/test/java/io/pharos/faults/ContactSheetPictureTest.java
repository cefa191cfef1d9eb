package io.pharos.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.pharos.dashboards.ContactSheet;
import io.pharos.dashboards.DashboardReading;
import io.pharos.dashboards.DashboardReading.QuerySources;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Every dashboard as a browser draws it, on a screen and on a phone, of what the shipped files
/// made of the demo and a fault: each panel is drawn or says why not. Pictures are left under
/// `target/screenshots/dashboards`.
@Tag("peer")
@Tag("nightly")
class ContactSheetPictureTest {
  private static final Path CHROMIUM = Path.of("/usr/bin/chromium");
  private static final Path PICTURES = Path.of("target/screenshots/dashboards");
  private static final Pattern STATE = Pattern.compile("data-state=\"([a-z]+)\"");

  @TempDir static Path folder;
  private static List<ContactSheet.Outcome> outcomes = List.of();

  @BeforeAll
  static void draw() throws IOException {
    assumeTrue(Files.isExecutable(CHROMIUM), "skipped: " + CHROMIUM + " is not installed");
    Files.createDirectories(PICTURES);
    try (var stack = new VirtualStack(folder.resolve("store"), Duration.ofHours(1), "30s")) {
      stack.pass(Duration.ofMinutes(20), Duration.ofSeconds(10));
      stack.raise("errors", 0.5);
      stack.pass(Duration.ofMinutes(10), Duration.ofSeconds(10));
      long now = stack.clock().millis();
      var reading =
          new DashboardReading(
              new QuerySources(
                  stack.evaluator(), Optional.empty(), JsonNodeFactory.instance::arrayNode),
              now - Duration.ofMinutes(25).toMillis(),
              now,
              Duration.ofSeconds(10),
              stack.clock(),
              Duration.ofMinutes(1));
      outcomes =
          new ContactSheet(reading, "the demo").write(Path.of("dashboards"), folder.resolve("out"));
    }
  }

  @Test
  void dashboards_onAScreen_showEachPanelOrSayWhyNot() throws Exception {
    int drawn = 0;
    for (ContactSheet.Outcome outcome : outcomes) {
      String page = chromium(outcome.file().toUri() + "#dark", outcome.uid(), 1600, 3000);
      assertThat(states(page))
          .as(outcome.uid())
          .hasSize(outcome.drawn() + outcome.empty() + outcome.reasons().size())
          .doesNotContain("failed");
      drawn += outcome.drawn();
    }
    assertThat(drawn).as("panels that have something to show").isGreaterThan(30);
  }

  /// What no exporter measures is folded under a heading with the reason.
  @Test
  void rowsWithoutAnyData_onAScreen_areFoldedAndSayWhy() throws Exception {
    Path data = folder.resolve("out/pharos-data.html");
    String page = chromium(data.toUri() + "#dark", "folded", 1600, 1200);
    assertThat(page)
        .contains("<details><summary>HAProxy: HAProxy is not scraped")
        .doesNotContain("<details open");
  }

  @Test
  void dashboards_onAPhone_fitItsWidth() throws Exception {
    for (ContactSheet.Outcome outcome : outcomes) {
      // Headless Chromium lays out at least 500 pixels wide, so that the page stands in a frame.
      Path phone = folder.resolve("out/phone-" + outcome.uid() + ".html");
      Files.writeString(
          phone,
          """
          <!DOCTYPE html><body style="margin:0"><iframe src="%s#light" style="width:390px;height:3000px;border:0"></iframe>
          <script>addEventListener('load', () => { const page = document.querySelector('iframe').contentDocument;
            document.body.dataset.width = page.documentElement.scrollWidth;
            document.body.dataset.failed = page.querySelectorAll('[data-state=failed]').length; });</script>
          """
              .formatted(outcome.file().getFileName()));
      String page = chromium(phone.toUri().toString(), outcome.uid() + "-phone", 500, 3000);
      assertThat(page).as(outcome.uid()).contains("data-width=\"390\"", "data-failed=\"0\"");
    }
  }

  private static List<String> states(String page) {
    return STATE.matcher(page).results().map(result -> result.group(1)).toList();
  }

  private static String chromium(String address, String name, int width, int height)
      throws Exception {
    Process process =
        new ProcessBuilder(
                CHROMIUM.toString(),
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--hide-scrollbars",
                "--allow-file-access-from-files",
                "--user-data-dir=" + folder.resolve("profile"),
                "--window-size=" + width + "," + height,
                "--screenshot=" + PICTURES.resolve(name + ".png").toAbsolutePath(),
                "--dump-dom",
                address)
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    return output;
  }
}
