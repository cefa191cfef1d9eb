package io.pharos.ingest.scrape;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.ingest.exposition.PageParser;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class PageParsersTest {
  private final AtomicLong nanos = new AtomicLong();
  private final PageParsers parsers = new PageParsers(1, nanos::get);
  private final BlockingQueue<String> parsed = new LinkedBlockingQueue<>();

  private void passes(Duration time) {
    nanos.addAndGet(time.toNanos());
  }

  /// A scrape that waits for a parser.
  private Thread waits(String page, int bytes) throws InterruptedException {
    Thread thread =
        Thread.ofVirtual()
            .start(
                () -> {
                  try {
                    PageParser parser = parsers.take(bytes);
                    parsed.add(page);
                    parsers.add(parser);
                  } catch (InterruptedException _) {
                    parsed.add(page + " was interrupted");
                  }
                });
    while (thread.getState() != Thread.State.WAITING) {
      Thread.sleep(1);
    }
    return thread;
  }

  private List<String> parsed(int count) throws InterruptedException {
    var pages = new ArrayList<String>();
    for (int i = 0; i < count; i++) {
      pages.add(parsed.take());
    }
    return pages;
  }

  @Test
  void smallPage_behindTenLargeOnes_isParsedNext() throws Exception {
    PageParser parser = parsers.take(200_000);
    for (int i = 0; i < 10; i++) {
      waits("large", 200_000);
    }
    passes(Duration.ofSeconds(5));
    waits("small", 1_000);
    parsers.add(parser);
    assertThat(parsed(11)).startsWith("small");
  }

  @Test
  void pagesOfOneSize_areParsedInTheOrderOfArrival() throws Exception {
    PageParser parser = parsers.take(1_000);
    for (String page : List.of("first", "second", "third")) {
      waits(page, 1_000);
      passes(Duration.ofMillis(1));
    }
    parsers.add(parser);
    assertThat(parsed(3)).containsExactly("first", "second", "third");
  }

  @Test
  void largePage_thatWaitsForTenSeconds_isNotOvertaken() throws Exception {
    PageParser parser = parsers.take(1_000);
    waits("large", Integer.MAX_VALUE);
    passes(Duration.ofSeconds(10));
    waits("small", 1_000);
    parsers.add(parser);
    assertThat(parsed(2)).containsExactly("large", "small");
  }

  @Test
  void scrape_interruptedWhileItWaits_leavesTheParserToTheOthers() throws Exception {
    PageParser parser = parsers.take(1_000);
    Thread first = waits("first", 1_000);
    waits("second", 1_000);
    first.interrupt();
    assertThat(parsed(1)).containsExactly("first was interrupted");
    parsers.add(parser);
    assertThat(parsed(1)).containsExactly("second");
  }
}
