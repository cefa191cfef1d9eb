package io.pharos.e2e;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.openqa.selenium.By;
import org.openqa.selenium.StaleElementReferenceException;
import org.openqa.selenium.WebElement;

/// A person at a browser, who knows no address, id or class: only the words on the screen, what is
/// a heading, and what can be clicked.
final class Reader {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final By CLICKABLE =
      By.xpath("//main//*[self::a or self::summary or self::button]");
  private static final By HEADING = By.xpath("//main//*[self::h1 or self::h2 or self::h3]");

  private final Browser browser;
  private int clicks;

  Reader(Browser browser) {
    this.browser = browser;
  }

  int clicks() {
    return clicks;
  }

  /// Opens the first page.
  void home(String address) {
    browser.open(address + "/");
    clicks = 0;
  }

  /// Reads what is on the screen, and further down the page.
  String text() {
    return read(() -> browser.driver().findElement(By.tagName("main")).getText());
  }

  /* The page updates itself: an element may be replaced after it was found and before it is read. */
  private static <T> T read(Supplier<T> reading) {
    Instant end = Instant.now().plus(PATIENCE);
    while (true) {
      try {
        return reading.get();
      } catch (StaleElementReferenceException e) {
        if (Instant.now().isAfter(end)) {
          throw e;
        }
      }
    }
  }

  /// Clicks the first thing with these words that can be clicked.
  void click(String words) throws InterruptedException {
    Instant end = Instant.now().plus(PATIENCE);
    while (!tryClick(words)) {
      if (Instant.now().isAfter(end)) {
        throw new AssertionError("nothing to click says “" + words + "” in:\n" + text());
      }
      Thread.sleep(50);
    }
    clicks++;
  }

  private boolean tryClick(String words) {
    try {
      for (WebElement one : browser.driver().findElements(CLICKABLE)) {
        if (one.isDisplayed() && one.getText().contains(words)) {
          one.click();
          return true;
        }
      }
    } catch (StaleElementReferenceException _) { // the page updated itself
      return false;
    }
    return false;
  }

  /// Waits until the text is as expected, and returns it.
  String await(String what, Predicate<String> expected) throws InterruptedException {
    Instant end = Instant.now().plus(PATIENCE);
    while (true) {
      String text = text();
      if (expected.test(text)) {
        return text;
      }
      if (Instant.now().isAfter(end)) {
        throw new AssertionError(what + " is not in:\n" + text);
      }
      Thread.sleep(50);
    }
  }

  /// Returns the line below a line; empty if there is none.
  String lineBelow(String line) {
    List<String> lines = text().lines().toList();
    int at = lines.indexOf(line);
    return at < 0 || at + 1 >= lines.size() ? "" : lines.get(at + 1);
  }

  /// Returns the lines between a heading and the next heading; empty without the heading.
  String below(String heading) {
    List<String> headings =
        read(
            () ->
                browser.driver().findElements(HEADING).stream().map(WebElement::getText).toList());
    return String.join(
        "\n",
        text()
            .lines()
            .dropWhile(line -> !line.equals(heading))
            .skip(1)
            .takeWhile(line -> !headings.contains(line))
            .toList());
  }
}
