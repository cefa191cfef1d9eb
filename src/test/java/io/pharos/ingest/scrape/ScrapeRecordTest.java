package io.pharos.ingest.scrape;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.ingest.scrape.TargetsSnapshot.Health;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class ScrapeRecordTest {
  private static final Instant START = Instant.parse("2026-01-31T12:00:00Z");

  private final ScrapeRecord.Log log = new ScrapeRecord.Log();
  private int scrapes;

  private void scrape(Health health, String error) {
    log.add(
        new ScrapeOutcomes.Status(
            health, error, START.plusSeconds(10L * scrapes++), Duration.ofMillis(5)));
  }

  @Test
  void record_firstHealth_mayBeOlderThanTheFirstScrape() {
    scrape(Health.DOWN, "refused");
    scrape(Health.DOWN, "refused");

    assertThat(log.record().since()).isEqualTo(START);
    assertThat(log.record().isOlder()).isTrue();
  }

  @Test
  void record_changedHealth_beganAtTheChange() {
    scrape(Health.UP, "");
    scrape(Health.DOWN, "refused");
    scrape(Health.DOWN, "timeout");

    assertThat(log.record().since()).isEqualTo(START.plusSeconds(10));
    assertThat(log.record().isOlder()).isFalse();
    assertThat(log.record().recent())
        .extracting(ScrapeRecord.Scrape::error)
        .containsExactly("", "refused", "timeout");
  }

  @Test
  void record_manyScrapes_keepsTheLastAndTheStart() {
    scrape(Health.UP, "");
    for (int i = 0; i < 1000; i++) {
      scrape(Health.DOWN, "refused " + i / 1000);
    }

    assertThat(log.record().recent()).hasSize(ScrapeRecord.MAX_RECENT);
    assertThat(log.record().since()).isEqualTo(START.plusSeconds(10));
    assertThat(log.record().isOlder()).isFalse();
    assertThat(log.record().recent().getFirst().error())
        .as("equal texts are one object")
        .isSameAs(log.record().recent().getLast().error());
  }
}
