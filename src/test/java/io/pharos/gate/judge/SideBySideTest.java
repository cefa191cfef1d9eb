package io.pharos.gate.judge;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SideBySideTest {
  private final SideBySide both = new SideBySide(1.25);

  private static Reading.Counts counts(
      long millis, double total, double bad, Reading.Counts baseline) {
    return new Reading.Counts(0, total, bad, 1, -1, 0, 0, millis, false, baseline);
  }

  private static Reading.Counts counts(long millis, double total, double bad) {
    return new Reading.Counts(0, total, bad, 1, -1, 0, 0, millis, false, null);
  }

  @Test
  void sharedOutage_scrapedInTurn_isNotTheCandidatesAlone() {
    for (int i = 0; i < 10; i++) { // of each pair of observations one has the candidate anew
      both.add(counts(20 * i + 10, 10 * (i + 1), 5 * (i + 1), counts(20 * i, 10 * i, 5 * i)));
      both.add(
          counts(
              20 * i + 10, 10 * (i + 1), 5 * (i + 1), counts(20 * i + 20, 10 * i + 10, 5 * i + 5)));
    }

    assertThat(both.aloneDistinct()).isLessThanOrEqualTo(1); // the first, before any baseline
    assertThat(both.paired().sum()).isEqualTo(new AttributionEvidence.Interval(90, 90, 45, 45));
  }

  @Test
  void baselineWithoutRequests_leavesTheCandidateAlone() {
    for (int i = 0; i < 4; i++) {
      both.add(counts(10 * i, 10 * i, i, counts(10 * i, 7, 0)));
    }

    assertThat(both.alone()).isEqualTo(30);
    assertThat(both.aloneBad()).isEqualTo(3);
  }
}
