package io.pharos.ingest.scrape;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class PacerTest {
  @Test
  @Timeout(60)
  void await_clockSetBackMeanwhile_waitsNoLongerThanItWasAhead() throws Exception {
    var looks = new AtomicLong();
    /* Set back by an hour after the first check. */
    Pacer pacer =
        Pacer.parking(() -> Instant.ofEpochMilli(looks.getAndIncrement() == 0 ? 3_600_000 : 0));
    pacer.await(3_600_050);
    assertThat(looks.get()).isGreaterThanOrEqualTo(2);
  }
}
