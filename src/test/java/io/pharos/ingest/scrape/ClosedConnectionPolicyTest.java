package io.pharos.ingest.scrape;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ClosedConnectionPolicyTest {
  private final TargetConnection.ClosedConnectionPolicy closings =
      new TargetConnection.ClosedConnectionPolicy(10_000);

  @Test
  void pause_isATenthOfTheInterval_andTwoSecondsAtMost() {
    assertThat(new TargetConnection.ClosedConnectionPolicy(1000).pauseMillis()).isEqualTo(100);
    assertThat(closings.pauseMillis()).isEqualTo(1000);
    assertThat(new TargetConnection.ClosedConnectionPolicy(120_000).pauseMillis()).isEqualTo(2000);
  }

  @Test
  void justifiesScrape_targetThatClosedAliveAfterAsLong_isNot() {
    assertThat(closings.justifiesScrape(5000, 5000)).isTrue();
    closings.closedWhileUp(5000);

    assertThat(closings.justifiesScrape(15_000, 5010)).isFalse();
    assertThat(closings.justifiesScrape(25_000, 4990)).isFalse();
    assertThat(closings.justifiesScrape(35_000, 900)).isTrue();
  }

  @Test
  void justifiesScrape_targetThatLeavesConnectionsOpenAgain_isAsBefore() {
    closings.closedWhileUp(3000);
    assertThat(closings.justifiesScrape(3000, 3000)).isFalse();
    closings.leftOpen(3100);
    assertThat(closings.justifiesScrape(13_000, 3000)).isFalse();

    closings.leftOpen(10_000);
    assertThat(closings.justifiesScrape(23_000, 3000)).isTrue();
  }

  @Test
  void justifiesScrape_twiceWithinAnInterval_isTrueOnce() {
    assertThat(closings.justifiesScrape(1000, 100)).isTrue();
    assertThat(closings.justifiesScrape(10_999, 100)).isFalse();
    assertThat(closings.justifiesScrape(11_000, 100)).isTrue();
  }
}
