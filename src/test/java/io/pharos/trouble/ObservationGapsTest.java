package io.pharos.trouble;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.model.LabelMatcher;
import io.pharos.model.Labels;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// The times for which samples are missing.
class ObservationGapsTest {
  private static final Labels A = Labels.of("instance", "a");
  private static final FailureOrigin.Own FULL =
      new FailureOrigin.Own(FailureOrigin.Kind.DESCRIPTORS, "no descriptors");

  private final ObservationGaps gaps = new ObservationGaps();
  private final ObservationGaps.Source source = gaps.source(A, Duration.ofSeconds(10));

  private static Instant at(long second) {
    return Instant.ofEpochSecond(second);
  }

  private List<String> missing(long now) {
    return gaps.missing(now * 1000).stream()
        .map(
            it ->
                "%s %s-%d %s"
                    .formatted(
                        it.labels(),
                        it.hasOpenStart() ? "" : it.fromMillis() / 1000,
                        it.toMillis() / 1000,
                        it.reason()))
        .toList();
  }

  @Test
  void scrape_moreThanHalfAnIntervalLate_leavesAGap() {
    source.seen(at(10));
    source.seen(at(25));
    assertThat(missing(25)).isEmpty();
    source.seen(at(41));
    assertThat(missing(41)).containsExactly("{instance=\"a\"} 25-41 a scrape was late");
  }

  /// A scrape that began in time may still run.
  @Test
  void scrape_thatIsOverdueForLongerThanItMayTake_isAGapUntilNow() {
    source.seen(at(10));
    assertThat(missing(30)).isEmpty();
    assertThat(missing(31)).containsExactly("{instance=\"a\"} 10-31 a scrape was late");
    source.lost(FULL, at(32), Set.of());
    assertThat(missing(33)).containsExactly("{instance=\"a\"} 10-33 no descriptors");
  }

  @Test
  void scrapeThatHasNotBegun_isAGapUntilNow_soonAfterItWasDue() {
    source.begins(at(10));
    source.seen(at(10));
    assertThat(missing(22)).isEmpty();
    assertThat(missing(23)).containsExactly("{instance=\"a\"} 10-23 a scrape was late");
    source.begins(at(20));
    assertThat(missing(30)).isEmpty();
    assertThat(missing(31)).containsExactly("{instance=\"a\"} 10-31 a scrape was late");
  }

  @Test
  void source_thatWasOverdue_isSoAtThatTime_evenIfNewerSamplesHaveCome() {
    source.seen(at(10));
    source.seen(at(30));
    source.seen(at(40));
    assertThat(gaps.overdue(20_000)).isEmpty();
    assertThat(gaps.overdue(21_000)).containsExactly(A);
    assertThat(gaps.overdue(29_000)).containsExactly(A);
    assertThat(gaps.overdue(30_000)).isEmpty();
    assertThat(gaps.overdue(60_000)).isEmpty();
    assertThat(gaps.overdue(61_000)).containsExactly(A);
  }

  /// Each scrape is a little later than the one before.
  @Test
  void skippedScrape_betweenLateOnes_leavesAGap() {
    source.begins(at(10));
    source.seen(at(17));
    source.begins(at(20));
    source.seen(at(28));
    assertThat(missing(30)).isEmpty();
    source.begins(at(40));
    source.seen(at(42));
    source.begins(at(50));
    source.seen(at(50));
    assertThat(missing(50)).containsExactly("{instance=\"a\"} 28-42 a scrape was late");
  }

  @Test
  void lostScrapes_areAGap_fromTheLastSampleOn() {
    source.seen(at(10));
    source.lost(FULL, at(20), Set.of());
    assertThat(missing(25)).containsExactly("{instance=\"a\"} 10-25 no descriptors");
    source.seen(at(30));
    source.seen(at(40));
    assertThat(missing(40)).containsExactly("{instance=\"a\"} 10-30 no descriptors");
  }

  @Test
  void firstScrape_thatDoesNotBeginInTime_isAGapUntilTheSecond() {
    source.awaits(at(10));
    gaps.loseAwaited(at(12));
    assertThat(source.isLost()).isFalse();
    gaps.loseAwaited(at(13));
    assertThat(missing(13)).containsExactly("{instance=\"a\"} 0-13 a scrape was late");
    source.begins(at(20));
    source.seen(at(26));
    assertThat(source.isLost()).isTrue();
    source.begins(at(30));
    source.seen(at(36));
    assertThat(source.isLost()).isFalse();
    assertThat(missing(36)).containsExactly("{instance=\"a\"} 0-26 a scrape was late");
  }

  @Test
  void firstScrape_thatRunsForLong_isNoGap() {
    source.awaits(at(10));
    source.begins(at(10));
    gaps.loseAwaited(at(19));
    assertThat(source.isLost()).isFalse();
  }

  /// Its series may have begun before the first scrape.
  @Test
  void sourceThatFailsFromItsFirstScrapeOn_mayHaveFailedBefore() {
    source.failed(at(20));
    assertThat(gaps.failures(30_000))
        .containsExactly(ObservationGaps.Missing.failure(A, 10_000, 30_000));
  }

  @Test
  void sourceAddedInAGapOfATargetWithoutLabels_hasNone() {
    gaps.source(Labels.empty(), Duration.ZERO).lost(FULL, at(0), Set.of());
    assertThat(gaps.source(Labels.of("instance", "b"), Duration.ZERO).isLost()).isFalse();
  }

  @Test
  void sourceAddedInAGapOfAll_beginsWithIt() {
    gaps.allSources().lost(FULL, at(0), Set.of());
    ObservationGaps.Source added = gaps.source(Labels.of("instance", "b"), Duration.ZERO);
    assertThat(added.isLost()).isTrue();
    assertThat(source.isLost()).isFalse();
  }

  @Test
  void gapOfKnownNames_isAGapOfAllNames_afterAPause() {
    source.lost(FULL, at(20), Set.of("x"));
    source.lost(FULL, at(30), Set.of());
    assertThat(gaps.gaps()).extracting(ObservationGaps.Gap::names).containsExactly(Set.of());
  }

  @Test
  void change_continuesTheGap_withTheNewLabels() {
    source.lost(FULL, at(20), Set.of());
    Labels renamed = Labels.of("instance", "renamed");
    source.change(renamed, Duration.ofSeconds(10));
    assertThat(gaps.gaps()).extracting(ObservationGaps.Gap::labels).containsExactly(renamed);
  }

  @Test
  void lateScrapes_afterAnAbsence_areNoFurtherGaps() {
    source.seen(at(10));
    gaps.addAbsence(Optional.of(at(12)), at(60), "away");
    source.seen(at(65));
    assertThat(missing(65)).containsExactly("{} 12-60 away");
  }

  @Test
  void absenceBeforeTheClockWasSetBack_isAGapOfItsOwn() {
    gaps.add(
        new ObservationGaps.Missing(
            Labels.empty(),
            300_000,
            480_000,
            "set back",
            new ObservationGaps.Step(-180_000, true),
            false));
    gaps.add(new ObservationGaps.Missing(Labels.empty(), 370_000, 480_000, "absent"));
    assertThat(missing(600)).containsExactly("{} 300-480 set back", "{} 370-480 absent");
  }

  @Test
  void gaps_areKeptForTwoDays_andTheOldestMerged() {
    for (int i = 1; i <= 300; i++) {
      source.seen(at(i * 100));
    }
    List<String> merged = missing(30_000);
    assertThat(merged).hasSizeBetween(128, 257);
    assertThat(merged.getFirst()).startsWith("{} 100-");
    source.seen(at(300_000));
    assertThat(missing(300_000)).containsExactly("{instance=\"a\"} 30000-300000 a scrape was late");
  }

  /// A rule about other metrics must not wait at a start for the second result of a slow probe.
  @Test
  void gapOfAllSources_affectsOfASourceWithKnownNamesOnlyThese() {
    gaps.source(Labels.of("job", "probe"), Duration.ofSeconds(30), Set.of("probe_success"));
    gaps.loseAll(FULL, at(0), at(0));
    assertThat(gaps.affecting(List.of(List.of(LabelMatcher.equal("__name__", "probe_success")))))
        .extracting(ObservationGaps.Gap::labels)
        .contains(Labels.of("job", "probe"));
    assertThat(gaps.affecting(List.of(List.of(LabelMatcher.equal("__name__", "other")))))
        .extracting(ObservationGaps.Gap::labels)
        .doesNotContain(Labels.of("job", "probe"));
  }

  /// Otherwise rules would be uncertain after a restart about what a failing target's absence
  /// shows.
  @Test
  void earlierFailureOfASource_isNoGapOfPharos() {
    ObservationGaps.Missing failure = ObservationGaps.Missing.failure(A, 10_000, 20_000);
    gaps.add(failure);
    assertThat(gaps.missing(30_000)).isEmpty();
    assertThat(gaps.failures(30_000)).containsExactly(failure);
  }
}
