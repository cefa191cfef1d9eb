package io.pharos.e2e;

import com.deque.html.axecore.args.AxeRunOptions;
import com.deque.html.axecore.results.Rule;
import com.deque.html.axecore.selenium.AxeBuilder;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.openqa.selenium.OutputType;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.logging.LogEntry;

/// Debian's Chromium without a screen, for tests of pages.
final class Browser implements AutoCloseable {
  // axe needs up to a second alone; suites that run at the same time may stop it for longer than
  // its own limit of 30 s.
  private static final int AXE_SECONDS = 150;

  private final ChromeDriver driver;

  private Browser(ChromeDriver driver) {
    this.driver = driver;
  }

  /// Starts the browser; without it, the test is skipped.
  static Browser start() {
    Path program = Path.of("/usr/bin/chromium");
    Path remote = Path.of("/usr/bin/chromedriver");
    Assumptions.assumeTrue(
        Files.isExecutable(program) && Files.isExecutable(remote),
        "chromium or chromium-driver is missing");
    var options = new ChromeOptions();
    options.setBinary(program.toString());
    options.addArguments(
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-dev-shm-usage");
    options.setCapability("goog:loggingPrefs", Map.of("browser", "ALL"));
    var service =
        new ChromeDriverService.Builder()
            .usingDriverExecutable(new File(remote.toString()))
            .usingAnyFreePort()
            .build();
    return new Browser(new ChromeDriver(service, options));
  }

  /// Sets what the pages are shown on.
  ///
  /// @param width of the screen in pixels; below 720 it is a phone
  void screen(int width, boolean isDark) {
    screen(width, 900, isDark);
  }

  /// As above, with a height.
  void screen(int width, int height, boolean isDark) {
    driver.executeCdpCommand(
        "Emulation.setDeviceMetricsOverride",
        Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", width < 720));
    driver.executeCdpCommand(
        "Emulation.setEmulatedMedia",
        Map.of(
            "features",
            List.of(Map.of("name", "prefers-color-scheme", "value", isDark ? "dark" : "light"))));
  }

  /// Allows or forbids the scripts of pages that are opened from now on.
  void scripts(boolean areAllowed) {
    driver.executeCdpCommand("Emulation.setScriptExecutionDisabled", Map.of("value", !areAllowed));
  }

  void open(String address) {
    driver.get(address);
  }

  ChromeDriver driver() {
    return driver;
  }

  /// Evaluates a script on the page.
  Object ask(String script) {
    return Objects.requireNonNullElse(driver.executeScript("return " + script), "");
  }

  /// Waits at most 20 s until a script returns true.
  ///
  /// @return how long that took
  Duration await(String what, String script) throws InterruptedException {
    Instant begin = Instant.now();
    while (!Boolean.TRUE.equals(ask(script))) {
      if (Duration.between(begin, Instant.now()).toSeconds() > 20) {
        throw new AssertionError("not seen within 20 s: " + what);
      }
      Thread.sleep(10);
    }
    return Duration.between(begin, Instant.now());
  }

  /// Returns what axe finds on the page, one line for each rule that the page breaks.
  // The other mode sends all results through the driver twice, because of frames, which no page
  // has.
  @SuppressWarnings("deprecation")
  List<String> axe() {
    var options = new AxeRunOptions();
    options.setResultTypes(List.of("violations"));
    return new AxeBuilder()
            .setLegacyMode()
            .setTimeout(AXE_SECONDS)
            .withOptions(options)
            .analyze(driver)
            .getViolations()
            .stream()
            .flatMap(Browser::lines)
            .toList();
  }

  private static Stream<String> lines(Rule rule) {
    return rule.getNodes().stream()
        .limit(3)
        .map(node -> rule.getId() + ": " + rule.getHelp() + ": " + node.getHtml());
  }

  /// Returns the width of a page that is wider than the screen and the innermost elements that
  /// reach beyond it, with their right edges; empty if it fits.
  List<String> wideElements() {
    String wide =
        """
        (() => {
          const screen = document.documentElement.clientWidth;
          if (document.documentElement.scrollWidth <= screen) return [];
          const scrolls = (it) => it.parentElement !== null
            && (getComputedStyle(it.parentElement).overflowX !== 'visible' || scrolls(it.parentElement));
          const isWide = (it) => it.getBoundingClientRect().right > screen + 1 && !scrolls(it);
          const inner = [...document.body.querySelectorAll('*')]
            .filter((it) => isWide(it) && ![...it.children].some(isWide))
            .slice(0, 5)
            .map((it) => Math.round(it.getBoundingClientRect().right)
              + ' px: ' + it.outerHTML.slice(0, 300));
          return ['wider than the screen: ' + document.documentElement.scrollWidth + ' px', ...inner];
        })()""";
    return ((List<?>) ask(wide)).stream().map(String::valueOf).toList();
  }

  /// Returns what the browser's console said since the last call about what the page may not do.
  List<String> refusals() {
    return driver.manage().logs().get("browser").getAll().stream()
        .map(LogEntry::getMessage)
        .filter(message -> message.contains("Content Security Policy"))
        .toList();
  }

  /// Takes a picture of the whole page.
  void picture(Path file) throws IOException {
    long height = ((Number) ask("document.documentElement.scrollHeight")).longValue();
    long width = ((Number) ask("window.innerWidth")).longValue();
    driver.executeCdpCommand(
        "Emulation.setDeviceMetricsOverride",
        Map.of(
            "width",
            width,
            "height",
            Math.min(height, 6000),
            "deviceScaleFactor",
            1,
            "mobile",
            width < 720));
    Files.createDirectories(file.getParent());
    Files.write(file, driver.getScreenshotAs(OutputType.BYTES));
  }

  void hideScrollbars() {
    driver.executeCdpCommand("Emulation.setScrollbarsHidden", Map.of("hidden", true));
  }

  /// Takes a picture of what the screen shows.
  void pictureOfScreen(Path file) throws IOException {
    Files.createDirectories(file.getParent());
    Files.write(file, driver.getScreenshotAs(OutputType.BYTES));
  }

  @Override
  public void close() {
    driver.quit();
  }
}
