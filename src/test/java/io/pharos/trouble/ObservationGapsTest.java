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
  void successor_continuesTheGap_withItsOwnLabels() {
    source.lost(FULL, at(20), Set.of());
    Labels renamed = Labels.of("instance", "renamed");
    assertThat(source.successor(renamed, Duration.ofSeconds(10)).isLost()).isTrue();
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
