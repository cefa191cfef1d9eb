package io.pharos.rules.gap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.model.Labels;
import io.pharos.model.StaleMarker;
import io.pharos.model.histogram.Histogram;
import io.pharos.model.histogram.ResetHint;
import io.pharos.promql.ast.Expr;
import io.pharos.promql.engine.Engine;
import io.pharos.promql.engine.query.EngineOptions;
import io.pharos.promql.parser.ParserOptions;
import io.pharos.promql.parser.PromqlParser;
import io.pharos.promql.value.InstantVector;
import io.pharos.promql.value.Query;
import io.pharos.storage.InMemoryStorage;
import io.pharos.trouble.ObservationGaps;
import io.pharos.trouble.SourceHistory;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// A counter that grows by 10 per second with a sample each 15 s, and a gap from 600 s to 780 s.
class GapFillsTest {
  private static final Labels COUNTER = Labels.of("__name__", "x_total", "instance", "a");
  private static final long END = 1200;

  private final InMemoryStorage store = new InMemoryStorage();
  private final ObservationGaps gaps = new ObservationGaps();
  private final GapFills fills =
      GapFills.of(
          gaps,
          store,
          new Engine(store, EngineOptions.defaults(), System::nanoTime, new SimpleMeterRegistry())
              ::over);

  private void store(long second, double value) {
    try (var appender = store.appender()) {
      appender.append(COUNTER, second * 1000, value);
      appender.commit();
    }
  }

  private void storeCounter() {
    for (long second = 0; second <= END; second += 15) {
      if (second <= 600 || second >= 780) {
        store(second, second * 10.0);
      }
    }
  }

  private void absent(long from, long to) {
    gaps.addAbsence(
        Optional.of(Instant.ofEpochSecond(from)), Instant.ofEpochSecond(to), "it was away");
  }

  /// Returns the values of a query with one series under all assumptions, sorted; `-` for no value,
  /// and an empty text if no gap is in its windows.
  private String values(String query, long second) {
    return texts(
        fills.evaluate(Query.at(query, PromqlParser.parse(query), second * 1000), END * 1000));
  }

  private static String texts(Optional<GapFills.Filled> results) {
    return results
        .map(
            filled ->
                filled.results().stream()
                    .map(result -> (InstantVector) result.value())
                    .map(it -> it.size() == 0 ? "-" : String.valueOf(Math.round(it.value(0))))
                    .collect(Collectors.toCollection(TreeSet::new))
                    .toString())
        .orElse("");
  }

  @ParameterizedTest
  @CsvSource(
      textBlock =
          """
          # query,                             second, values
          count_over_time(x_total[5m]),           900, [20]
          # All increments at the end of the gap, all at its start, and an even increase.
          increase(x_total[5m]),                  900, '[1263, 3000, 3158]'
          increase(x_total[10m]),                 900, [6000]
          # In a window within the gap there may be no increment, an even share, or all of them.
          increase(x_total[2m]),                  760, '[0, 1200, 2057]'
          # The window of one operand lies within the gap, the other contains its end.
          increase(x_total[2m] offset 2m) - increase(x_total[3m]), 870, '[-2945, -600, -982, 1075]'
          x_total offset 3m,                      900, '[6000, 7200, 7800]'
          x_total,                                700, '[6000, 6900, 7800]'
          absent(x_total),                        700, [-]
          """)
  void window_withAGap_isEvaluatedUnderEachAssumption(String query, long second, String values) {
    storeCounter();
    absent(600, 780);
    assertThat(values(query, second)).isEqualTo(values);
  }

  @Test
  void windowsWithDifferentGaps_areEvaluatedUnderAllPairsOfAssumptions() {
    for (long second = 0; second <= END; second += 15) {
      if (second <= 300 || (second >= 480 && second <= 600) || second >= 780) {
        store(second, second * 10.0);
      }
    }
    absent(300, 480);
    absent(600, 780);
    // In the first gap, the target was not scraped before and after it either.
    gaps.add(new ObservationGaps.Missing(COUNTER.withoutMetricName(), 290_000, 470_000, "late"));
    gaps.add(new ObservationGaps.Missing(COUNTER.withoutMetricName(), 310_000, 490_000, "late"));
    assertThat(values("x_total offset 500s", 900)).isEqualTo("[3000, 3900, 4800]");
    assertThat(values("x_total offset 200s", 900)).isEqualTo("[6000, 6900, 7800]");
    assertThat(values("x_total offset 200s - x_total offset 500s", 900))
        .isEqualTo("[1200, 2100, 3000, 3900, 4800]");
  }

  @Test
  void gaugeThatRoseInOneHoleAndFellInTheNext_mayHaveBeenHighOrLowInBoth() {
    for (long second = 0; second <= END; second += 15) {
      boolean isHigh = second == 660 || second == 675;
      if (second <= 600 || isHigh || second >= 735) {
        store(second, isHigh ? 5 : 1);
      }
    }
    absent(600, 660);
    absent(675, 735);
    // Six samples are missing between six.
    assertThat(values("sum_over_time(x_total[3m])", 750)).isEqualTo("[20, 32, 41, 44]");
  }

  /// There were requests all the time, and errors in the gap and from a time after it on. If none
  /// were right after the gap, those in it may have been at its start.
  @ParameterizedTest
  @CsvSource({"1095, '[22, 35, 48, 57]'", "1020, '[60, 64, 65]'"})
  void countersOfAQuotient_mayHaveIncreasedAsAfterTheGap(long errorsSince, String values) {
    try (var appender = store.appender()) {
      for (long second = 0; second <= END; second += 15) {
        if (second <= 600 || second >= 1020) {
          double errors = second <= 600 ? 0 : 300 + Math.max(0, second - errorsSince) * 0.6;
          appender.append(Labels.of("__name__", "errors_total"), second * 1000, errors);
          appender.append(Labels.of("__name__", "x_total"), second * 1000, second * 10.0);
        }
      }
      appender.commit();
    }
    absent(600, 1020);
    assertThat(values("1000 * increase(errors_total[5m]) / increase(x_total[5m])", 1200))
        .isEqualTo(values);
  }

  /// The first error was in the gap, perhaps right before the only sample after it.
  @Test
  void counterThatBeginsInAGap_mayHaveBegunAtItsEnd() {
    try (var appender = store.appender()) {
      for (long second = 0; second <= 1020; second += 15) {
        if (second <= 600 || second == 1020) {
          double errors = second <= 600 ? 0 : 300;
          appender.append(Labels.of("__name__", "errors_total"), second * 1000, errors);
          appender.append(Labels.of("__name__", "x_total"), second * 1000, second * 10.0);
        }
      }
      appender.commit();
    }
    absent(600, 1020);
    assertThat(values("1000 * increase(errors_total[5m]) / increase(x_total[5m])", 1030))
        .isEqualTo("[0, 104, 70, 71]");
  }

  /// Errors ended after the second sample after the gap.
  @Test
  void counter_mayHaveIncreasedInAGapAsFastAsRightAfterIt() {
    for (long second = 0; second <= END; second += 15) {
      if (second <= 600 || second >= 1020) {
        store(second, second <= 600 ? 0 : 1200 + Math.min(15, second - 1020) * 4.0);
      }
    }
    absent(600, 1020);
    assertThat(values("increase(x_total[5m])", 1080)).isEqualTo("[1011, 1260, 63, 740]");
  }

  @Test
  void idleCounter_mayBeBusyAfterAnAbsence_untilItsNextSample() {
    for (long second = 300; second <= 600; second += 15) {
      store(second, 50);
    }
    absent(600, 780);
    assertThat(values("rate(x_total[1m]) < 1", 790)).isEqualTo("[-, 0]");
    store(795, 50);
    assertThat(values("rate(x_total[1m]) < 1", 800)).isEqualTo("[0]");
  }

  /// Until the first sample after the absence, 20 is only the last value that was seen.
  @Test
  void gaugeThatRoseBeforeAnAbsence_mayHaveFallenInIt_untilItsNextSample() {
    for (long second = 300; second <= 600; second += 15) {
      store(second, second <= 540 ? 1 : 20);
    }
    absent(600, 780);
    assertThat(values("count_over_time((x_total > bool 10 > 0)[1m:15s])", 790)).isEqualTo("[-, 4]");
    store(795, 1);
    assertThat(values("x_total", 800)).isEmpty();
  }

  private static Histogram histogramOfZeros(double count) {
    return new Histogram(
        ResetHint.UNKNOWN,
        0,
        0,
        count,
        count,
        0,
        Histogram.Buckets.none(),
        Histogram.Buckets.none(),
        new double[0]);
  }

  @Test
  void histogramBeforeAnAbsence_doesNotFallInIt() {
    for (long second = 300; second <= 600; second += 15) {
      try (var appender = store.appender()) {
        appender.append(COUNTER, second * 1000, histogramOfZeros(second));
        appender.commit();
      }
    }
    absent(600, 780);
    assertThat(values("histogram_count(x_total)", 790)).isEqualTo("[600]");
  }

  /// As after a process that paused in each minute. The clock may have been set in each pause.
  @Test
  void manyGaps_areEvaluatedABoundedNumberOfTimes() {
    long end = 4 * 3600;
    for (long minute = 0; minute < end; minute += 60) {
      store(minute, minute * 10.0);
      store(minute + 5, (minute + 5) * 10.0);
      gaps.add(
          new ObservationGaps.Missing(
              Labels.empty(),
              (minute + 5) * 1000,
              (minute + 60) * 1000,
              "it was away",
              new ObservationGaps.Step(54_999, false),
              false));
    }
    store(end, end * 10.0);
    var query = Query.at("x_total", PromqlParser.parse("increase(x_total[4h])"), end * 1000);
    assertThat(fills.evaluate(query, end * 1000).orElseThrow().results()).hasSizeBetween(4, 40);
  }

  @ParameterizedTest
  @CsvSource({"increase(x_total[5m]), 600", "increase(x_total[5m]), 1200", "x_total, 1190"})
  void window_withoutAGap_isNotEvaluated(String query, long second) {
    storeCounter();
    absent(601, 780);
    assertThat(values(query, second)).isEmpty();
  }

  @Test
  void seriesThatIsLateForLong_isFilledAtTheIntervalOfItsSource() {
    var source = gaps.source(COUNTER.withoutMetricName(), Duration.ofSeconds(15));
    for (long second = 0; second <= 900; second += 45) {
      store(second, second * 10.0);
      source.seen(Instant.ofEpochSecond(second));
    }
    assertThat(values("count_over_time(x_total[5m])", 900)).isEqualTo("[20]");
  }

  /// No increment in the last minute before the gap. It may also be a gauge that falls.
  @Test
  void counterThatIsQuietBeforeAHoleThatLastsUntilNow_mayBeAsBusyInItAsBetweenAnyTwoSamples() {
    for (long second = 0; second <= 600; second += 15) {
      store(second, Math.min(second, 540) * 10.0);
    }
    absent(600, 780);
    assertThat(values("increase(x_total[5m])", 780)).isEqualTo("[2333, 2667, 500, 867]");
  }

  @Test
  void clockSetAhead_mayMeanThatNoTimePassed() {
    for (long second = 0; second <= END; second += 15) {
      if (second <= 600 || second >= 795) {
        store(second, (second <= 600 ? second : second - 180) * 10.0);
      }
    }
    gaps.add(stepAt(600, 780, 180));
    assertThat(values("increase(x_total[5m])", 900)).contains("3000");
    assertThat(values("x_total offset 5m", 960)).contains("4800").contains("6000");
    assertThat(values("x_total offset 11m", 1200)).isEqualTo("[3600, 5400]");
    assertThat(values("increase(x_total[5m])", 1200)).isEmpty();
  }

  @Test
  void clockSetAhead_mayHaveAddedASample() {
    for (long second = 0; second <= END; second += 15) {
      store(second <= 600 ? second : second + 17, second * 10.0); // 1 s after the one before
    }
    gaps.add(stepAt(600, 618, 26));
    assertThat(values("count_over_time(x_total[75s])", 660)).isEqualTo("[4, 5]");
  }

  @Test
  void clockSetBack_opensAHoleBeforeTheTimeAtWhichItHadCaughtUp() {
    for (long second = 0; second <= END; second += 15) {
      store(second, (second <= 900 ? second : second + 300) * 10.0);
    }
    gaps.add(stepAt(600, 901, -300));
    assertThat(values("increase(x_total[5m])", 1050)).contains("3000");
    assertThat(values("x_total offset 3m", 1005)).isEqualTo("[11250, 12150, 8250, 9000]");
  }

  /// The last check of the clock before the step was that of the scrape.
  @Test
  void clockSetBack_rightAfterASample_isAStepAfterThatSample() {
    for (long second = 0; second <= END; second += 15) {
      store(second, (second <= 900 ? second : second + 300) * 10.0);
    }
    gaps.add(stepAt(600, 900, -300));
    assertThat(values("increase(x_total[5m])", 1050)).contains("3000");
  }

  @Test
  void clockSetAhead_rightAfterAFirstStart_endsTheTimeBeforeTheStartAtTheStep() {
    gaps.addAbsence(Optional.empty(), Instant.ofEpochSecond(19), "it has just begun");
    gaps.add(stepAt(9, 1009, 1000));
    for (long second = 5; second <= 50; second += 15) {
      store(second <= 9 ? second : second + 1000, 5000 + second * 10.0);
    }
    assertThat(values("increase(x_total[5m])", 1050)).contains("3000");
  }

  private static ObservationGaps.Missing stepAt(long from, long to, long step) {
    return new ObservationGaps.Missing(
        Labels.empty(),
        from * 1000,
        to * 1000,
        "the clock was set",
        new ObservationGaps.Step(step * 1000, true),
        false);
  }

  @ParameterizedTest
  @CsvSource({"0, '[0, 3]'", "1, '[1, 3]'", "2, '[2, 3]'", "3, [3]"})
  void firstStart_isUncertainAboutChanges(int changes, String values) {
    gaps.addAbsence(Optional.empty(), Instant.ofEpochSecond(598), "it has run only since");
    for (int i = 0; i <= changes; i++) {
      store(595 + i * 15L, i % 2);
    }
    assertThat(values("changes(x_total[1m])", 595 + changes * 15L + 1)).isEqualTo(values);
  }

  /// Its traffic stopped at 30 s, and its scrapes were late.
  @Test
  void counterThatIsQuietSoonAfterAFirstStart_mayHaveIncreasedAsBetweenTwoSamples() {
    var _ = gaps.source(COUNTER.withoutMetricName(), Duration.ofSeconds(15));
    gaps.addAbsence(Optional.empty(), Instant.ofEpochSecond(25), "it has run only since");
    store(15, 150);
    for (long second = 30; second <= 180; second += 50) {
      store(second, 300);
      late(second, second + 50);
    }
    assertThat(values("increase(x_total[5m])", 180)).isEqualTo("[1263, 157, 158]");
  }

  /// Its traffic stopped in a pause right after the first scrape: 450 requests may have come within
  /// one interval.
  @Test
  void counterWithOneSampleBeforeAPause_mayHaveIncreasedInOneInterval() {
    var _ = gaps.source(COUNTER.withoutMetricName(), Duration.ofSeconds(15));
    gaps.addAbsence(Optional.empty(), Instant.ofEpochSecond(10), "it has run only since");
    store(5, 50);
    absent(5, 140);
    for (long second = 140; second <= 185; second += 15) {
      store(second, 500);
    }
    assertThat(values("increase(x_total[5m])", 185)).isEqualTo("[3368, 469, 474]");
  }

  @Test
  void gapOfAnotherSource_changesNoSeries() {
    storeCounter();
    gaps.add(new ObservationGaps.Missing(Labels.of("instance", "b"), 600_000, 780_000, "late"));
    assertThat(values("count_over_time(x_total[5m])", 900)).isEmpty();
    assertThat(values("count_over_time(x_total{instance='a'}[5m])", 900)).isEmpty();
  }

  @Test
  void counterThatWasResetInAGap_continuesItsIncreaseOnBothSides() {
    for (long second = 0; second <= 600; second += 15) {
      store(second, 100_000 + second * 10.0);
    }
    for (long second = 780; second <= END; second += 15) {
      store(second, (second - 750) * 10.0);
    }
    absent(600, 780);
    assertThat(values("increase(x_total[10m])", 900)).contains("6000");
  }

  /// It was so small before the gap that it did not decrease.
  @Test
  void counterThatMayHaveBeenResetInAGap_mayHaveContinuedItsIncrease() {
    store(585, 50);
    store(600, 200);
    for (long second = 780; second <= END; second += 15) {
      store(second, (second - 750) * 10.0);
    }
    absent(600, 780);
    assertThat(values("increase(x_total[5m])", 900)).isEqualTo("[1263, 1368, 3000]");
  }

  /// Its target was down until shortly before the gap.
  @Test
  void counterThatHadEndedBeforeAGap_continuesItsIncrease() {
    for (long second = 0; second <= 480; second += 15) {
      store(second, second * 10.0);
    }
    store(495, StaleMarker.VALUE);
    for (long second = 555; second <= 600; second += 15) {
      store(second, second * 10.0);
    }
    absent(600, END);
    assertThat(values("increase(x_total[5m])", 850)).contains("3000");
  }

  /// Its target was down when Pharos ended, and has no traffic now.
  @Test
  void counterThatHadEndedBeforeAGap_andIsQuietAfterIt_mayHaveIncreasedInIt() {
    for (long second = 0; second <= 585; second += 15) {
      store(second, second * 10.0);
    }
    store(600, StaleMarker.VALUE);
    for (long second = 780; second <= END; second += 15) {
      store(second, 7800);
    }
    absent(600, 780);
    assertThat(values("increase(x_total[5m])", 900)).isEqualTo("[0, 1737]");
  }

  @Test
  void seriesWithEverySecondSampleLost_hasASampleInEachHole() {
    var _ = gaps.source(Labels.of("instance", "a"), Duration.ofSeconds(15));
    for (long second = 0; second <= END; second += 30) {
      store(second, second * 10.0);
      gaps.add(
          new ObservationGaps.Missing(
              Labels.of("instance", "a"), second * 1000, (second + 30) * 1000, "lost"));
    }
    assertThat(values("count_over_time(x_total[5m])", 900)).isEqualTo("[20]");
  }

  /// Otherwise a counter without traffic would seem to be reset in each gap.
  @Test
  void counterThatIsQuietAroundAGap_isNotReset() {
    for (long second = 0; second <= END; second += 15) {
      if (second <= 600 || second >= 660) {
        store(second, Math.min(second, 540) * 10.0 + Math.max(0, second - 690));
      }
    }
    absent(600, 660);
    assertThat(values("increase(x_total[90s])", 690)).isEqualTo("[0]");
  }

  private void late(long from, long to) {
    gaps.add(
        new ObservationGaps.Missing(Labels.of("instance", "a"), from * 1000, to * 1000, "late"));
  }

  private void storeExcept(long first, long last, long... times) {
    for (long second = 0; second <= END; second += 15) {
      if (second < first) {
        store(second, second * 10.0);
      }
    }
    for (long second : times) {
      store(second, second * 10.0);
    }
    for (long second = 0; second <= END; second += 15) {
      if (second > last) {
        store(second, second * 10.0);
      }
    }
  }

  /// The scrape that was due at 600 s began at 614 s.
  @Test
  void sampleThatWasTakenLate_rightBeforeTheNextOne_doesNotCountTwice() {
    storeExcept(600, 600, 614);
    late(585, 614);
    assertThat(values("count_over_time(x_total[5m])", 700)).isEqualTo("[20]");
  }

  /// The scrapes that were due at 600, 615 and 645 s were late, and that at 630 s was skipped.
  @Test
  void skippedScrape_betweenLateOnes_hasASample() {
    storeExcept(600, 645, 607, 628, 650);
    late(628, 650);
    assertThat(values("count_over_time(x_total[5m])", 700)).isEqualTo("[20]");
  }

  /// Each was 5 s later than the one before, so that every fourth was skipped.
  @ParameterizedTest
  @CsvSource({"680, [20]", "730, [20]", "790, [20]", "950, [20]"})
  void samplesThatWereTakenEverLater_countAsIfInTime(long second, String values) {
    storeExcept(600, 720, 620, 640, 660, 680, 700);
    late(585, 620);
    late(640, 660);
    assertThat(values("count_over_time(x_total[5m])", second)).isEqualTo(values);
  }

  /// It failed from 640 s on, and was scraped at 620 and 650 s instead of 615, 630 and 645 s.
  @Test
  void targetThatBeganToFailAmongLateSamples_mayHaveFailedAtEachTimeBetweenThem() {
    for (long second = 0; second <= 600; second += 15) {
      store(second, 1);
    }
    store(620, 1);
    store(650, 0);
    for (long second = 660; second <= 705; second += 15) {
      store(second, 0);
    }
    late(600, 620);
    late(620, 650);
    assertThat(values("sum_over_time(x_total[5m])", 710)).isEqualTo("[14, 16]");
  }

  /// Samples that alternate between 14 and 16 s do not show that the one after the hole is in time.
  @Test
  void sampleAfterALongHole_isInTimeByTheIntervalOfItsSource() {
    var _ = gaps.source(COUNTER.withoutMetricName(), Duration.ofSeconds(15));
    for (long second = 0; second <= 600; second += 15) {
      store(second + second / 15 % 2, 1);
    }
    store(930, 2);
    late(600, 930);
    assertThat(values("count_over_time(x_total[5m])", 931)).isEqualTo("[20]");
    assertThat(values("max_over_time(x_total[5m])", 931)).isEqualTo("[2]");
  }

  /// The scrapes have been late since 600 s. One of them was late by about an interval, so that its
  /// sample seems to be in time.
  @ParameterizedTest
  @CsvSource({
    "629 652, 659",
    "629 652 669, 674",
    "626 646 664 686, 690",
    "619 639 667 689 713, 719",
    "629 658 690 720 750, 755" // these were in time again
  })
  void newestSamplesThatWereTakenLate_countAsIfInTime(String times, long second) {
    var _ = gaps.source(COUNTER.withoutMetricName(), Duration.ofSeconds(15));
    for (long inTime = 0; inTime <= 600; inTime += 15) {
      store(inTime, inTime * 10.0);
    }
    long before = 600;
    for (String time : times.split(" ")) {
      long at = Long.parseLong(time);
      store(at, at * 10.0);
      late(before, at);
      before = at;
    }
    var query =
        Query.at("count", PromqlParser.parse("count_over_time(x_total[2m])"), second * 1000);
    assertThat(texts(fills.evaluate(query, second * 1000))).isEqualTo("[8]");
  }

  @Test
  void seriesThatEndedWithALateSample_hasEnded() {
    for (long second = 0; second <= 600; second += 15) {
      store(second, 1);
    }
    store(622, 1);
    store(644, StaleMarker.VALUE);
    late(600, 622);
    late(622, 644);
    assertThat(values("count(x_total)", 646)).isEqualTo("[-]");
  }

  /// Two of them were as late as the one before.
  @ParameterizedTest
  @ValueSource(longs = {680, 700, 730, 790})
  void equallyLateSamplesAmongLaterAndLater_countAsIfInTime(long second) {
    storeExcept(600, 720, 620, 635, 655, 670, 690, 710);
    late(585, 620);
    late(690, 710);
    assertThat(values("count_over_time(x_total[5m])", second)).isEqualTo("[20]");
  }

  @Test
  void hole_hasAsManySamplesAsFitBest() {
    storeExcept(615, 630, 633);
    late(600, 633);
    assertThat(values("count_over_time(x_total[40s])", 635)).isEqualTo("[3]");
  }

  /// Its target was down when Pharos ended, and may be up again.
  @Test
  void counterThatHadEndedBeforeAGapThatLastsUntilNow_mayBeBack() {
    for (long second = 0; second <= 300; second += 15) {
      store(second, second * 10.0);
    }
    store(315, StaleMarker.VALUE);
    gaps.add(ObservationGaps.Missing.failure(Labels.of("instance", "a"), 300_000, 600_000));
    absent(600, END);
    assertThat(values("increase(x_total[5m])", 1190)).isEqualTo("[-, 3000]");
    assertThat(values("count_over_time(x_total[1m])", 590)).isEmpty();
  }

  /// Its process was restarted in the gap. That may happen again and again while it fails.
  @Test
  void valueThatChangedInALongGapBeforeAFailure_mayChangeDuringTheFailure() {
    for (long second = 0; second < 720; second += 15) {
      if (second <= 240 || second >= 660) {
        store(second, second <= 240 ? 1 : 2);
      }
    }
    absent(240, 660);
    gaps.add(ObservationGaps.Missing.failure(Labels.of("instance", "a"), 705_000, 1_050_000));
    String changes = "changes(x_total[5m])";
    Query query = Query.at(changes, PromqlParser.parse(changes), 1_050_000);
    assertThat(texts(fills.continued(query, 1_050_000))).isEqualTo("[0, 19]");
  }

  @Test
  void seriesThatBeginsAfterAFailureThatBeganInAGap_mayHaveExistedInTheGap() {
    for (long second = 1140; second <= END; second += 15) {
      store(second, second * 10.0);
    }
    absent(600, 780);
    assertThat(values("x_total offset 7m", END)).isEmpty();
    gaps.add(ObservationGaps.Missing.failure(Labels.of("instance", "a"), 585_000, 1_155_000));
    assertThat(values("x_total offset 7m", END)).isEqualTo("[-, 11400, 7650]");
    assertThat(values("count_over_time(x_total[2m])", 880)).isEqualTo("[-, 1]");
  }

  @Test
  void seriesThatEndedBeforeAGap_mayHaveBegunAgainInIt() {
    store(585, 1);
    store(600, StaleMarker.VALUE);
    for (long second = 780; second <= END; second += 15) {
      store(second, 1);
    }
    absent(600, 780);
    assertThat(values("x_total unless x_total offset 3m", 900)).isEqualTo("[-, 1]");
  }

  /// The result without assumptions, 7, is left out.
  @Test
  void timeBeforeTheOldestSample_isAGap() {
    for (long second = 900; second <= END; second += 15) {
      store(second, second * 10.0);
    }
    gaps.addAbsence(Optional.empty(), Instant.ofEpochSecond(900), "there are no older samples");
    assertThat(values("count_over_time(x_total[10m])", 1000)).isEqualTo("[40]");
    assertThat(values("count_over_time(x_total[1m])", 1000)).isEmpty();
  }

  /// A store without series shows whether a gap is in the windows, so each operand must count
  /// there.
  @ParameterizedTest
  @ValueSource(
      strings = {
        "vector(1) > x_total offset 8m",
        "y and rate(x_total[1m] offset 8m)",
        "y unless x_total offset 8m",
        "y or x_total offset 8m",
        "y > scalar(x_total offset 8m)",
        "topk(scalar(x_total offset 8m), y)",
        "max_over_time(rate(x_total[1m])[1m:] offset 8m)",
        "absent(x_total offset 8m)",
        "clamp_max(y, scalar(x_total offset 8m))",
        "label_replace(x_total offset 8m, 'a', '$1', 'b', '(.*)')",
        "info(rate(y[1m] offset 5m))",
      })
  void gap_inTheWindowOfOneOperand_isFound(String expression) {
    absent(600, 780);
    Expr tree = PromqlParser.parse(expression, ParserOptions.all());
    assertThat(fills.isInterrupted(Query.at(expression, tree, END * 1000), END * 1000)).isTrue();
  }

  @Test
  void oneSample_isAssumedToRepeatAtTheShortestInterval() {
    gaps.source(Labels.of("instance", "a"), Duration.ofSeconds(5));
    store(900, 1);
    gaps.addAbsence(Optional.empty(), Instant.ofEpochSecond(905), "it began");
    assertThat(values("count_over_time(x_total[1m])", 902)).isEqualTo("[12]");
  }

  /// Pharos was restarted before the second scrape of its first start.
  @Test
  void oneSample_showsNoIncrease_soThatThisMayBeSteep() {
    store(5, 1000);
    gaps.addAbsence(Optional.empty(), Instant.ofEpochSecond(30), "it has just begun");
    assertThat(values("increase(x_total[5m])", 28)).isEqualTo("[0, 285263]");
  }

  private List<ObservationGaps.Missing> found(long now) {
    return EarlierGaps.find(
        store, Instant.ofEpochSecond(now), Map.of("api", Duration.ofSeconds(15)));
  }

  /// As the first process itself, which knew nothing for ten seconds.
  @Test
  void gaps_ofAnEarlierProcess_areFoundInUp() {
    for (long second = 0; second <= END; second += 15) {
      if (second <= 600 || second >= 780) {
        try (var appender = store.appender()) {
          appender.append(Labels.of("__name__", "up", "instance", "a"), second * 1000, second % 2);
          appender.commit();
        }
      }
    }
    assertThat(found(END))
        .filteredOn(gap -> !gap.ofSource())
        .extracting(ObservationGaps.Missing::labels, gap -> gap.toMillis() / 1000)
        .containsExactly(tuple(Labels.empty(), 10L), tuple(Labels.empty(), 780L));
  }

  @Test
  void gapsOfAnEarlierProcess_beforeTheClockWasSetBack_areFound() {
    for (long second = 0; second <= END; second += 15) {
      try (var appender = store.appender()) {
        appender.append(Labels.of("__name__", "up", "instance", "a"), second * 1000, 1);
        appender.commit();
      }
    }
    assertThat(found(-60))
        .extracting(ObservationGaps.Missing::labels, gap -> gap.toMillis())
        .containsExactly(tuple(Labels.empty(), 10_000L));
  }

  /// One restart of 200 targets would fill the memory of gaps if each were a gap of its target. A
  /// target that ended lacks nothing.
  @Test
  void refusedSeries_ofAnEarlierProcess_areFoundInSeriesAdded() {
    try (var appender = store.appender()) {
      for (long second = 0; second <= END; second += 15) {
        boolean isRefused = second >= 600 && second < 780;
        boolean isLast = second == END;
        appender.append(
            Labels.of("__name__", "up", "instance", "a"),
            second * 1000,
            isLast ? StaleMarker.VALUE : 1);
        appender.append(
            Labels.of("__name__", "scrape_series_added", "instance", "a"),
            second * 1000,
            isRefused || isLast ? StaleMarker.VALUE : 0);
      }
      appender.commit();
    }
    assertThat(found(END))
        .filteredOn(gap -> !gap.labels().isEmpty())
        .extracting(ObservationGaps.Missing::labels, gap -> gap.fromMillis(), gap -> gap.toMillis())
        .containsExactly(tuple(Labels.of("instance", "a"), 585_000L, 780_000L));
  }

  @Test
  void failures_ofTargetsOfAnEarlierProcess_areFoundInUp() {
    for (long second = 0; second <= END; second += 15) {
      try (var appender = store.appender()) {
        appender.append(
            Labels.of("__name__", "up", "instance", "a"),
            second * 1000,
            (second > 300 && second < 495) || second >= 900 ? 0 : 1);
        appender.commit();
      }
    }
    assertThat(found(END))
        .filteredOn(ObservationGaps.Missing::ofSource)
        .extracting(ObservationGaps.Missing::labels, gap -> gap.fromMillis(), gap -> gap.toMillis())
        .containsExactly(
            tuple(Labels.of("instance", "a"), 300_000L, 510_000L),
            tuple(Labels.of("instance", "a"), 885_000L, 1_200_000L));
  }

  /// Target a did not answer at first. The scrapes of target b were lost.
  @Test
  void timeBeforeTheFirstGoodScrapes_ofAnEarlierProcess_isUnknown() {
    try (var appender = store.appender()) {
      for (long second = 0; second <= END; second += 15) {
        appender.append(
            Labels.of("__name__", "up", "instance", "a"), second * 1000, second < 60 ? 0 : 1);
        if (second >= 300) {
          appender.append(Labels.of("__name__", "up", "instance", "b"), second * 1000, 1);
        }
        appender.append(
            Labels.of("__name__", "scrape_series_added", "instance", "b"),
            second * 1000,
            second < 300 ? StaleMarker.VALUE : 0);
      }
      appender.commit();
    }
    assertThat(found(END))
        .filteredOn(gap -> !gap.labels().isEmpty())
        .extracting(
            gap -> gap.labels().get("instance"), gap -> gap.fromMillis(), gap -> gap.toMillis())
        .containsExactly(tuple("b", 0L, 300_000L), tuple("a", -15_000L, 75_000L));
  }

  /// The first scrape was due 10 s before the second one at the latest.
  @ParameterizedTest
  @CsvSource({"60, true", "55, false", "135, false"})
  void targetThatWasFirstScrapedLate_mayBeDueSinceTheStart(long first, boolean isLate) {
    try (var appender = store.appender()) {
      for (long second = 0; second <= END; second += 15) {
        appender.append(Labels.of("__name__", "up", "instance", "a"), second * 1000, 1);
      }
      Labels late = Labels.of("__name__", "up", "instance", "b");
      appender.append(late, first * 1000, 1);
      for (long second = first < 100 ? 70 : 145; second <= END; second += 15) {
        appender.append(late, second * 1000, 1);
      }
      appender.commit();
    }
    Labels labels = Labels.of("instance", "b");
    assertThat(found(END))
        .filteredOn(gap -> !gap.labels().isEmpty())
        .containsExactlyElementsOf(
            isLate
                ? List.of(
                    new ObservationGaps.Missing(
                        labels, 10_000, first * 1000, "an earlier process did not scrape it"))
                : List.of());
  }

  @Test
  void holesOfManyTargets_areOneAbsence_andTheHoleOfOneIsItsOwn() {
    try (var appender = store.appender()) {
      for (int target = 0; target < 200; target++) {
        Labels up = Labels.of("__name__", "up", "instance", "t" + target);
        for (long second = target % 15; second <= END; second += 15) {
          boolean away = second > 600 && second < 700;
          boolean lost = target == 7 && second > 900 && second < 950;
          if (!away && !lost) {
            appender.append(up, second * 1000, 1);
          }
        }
      }
      appender.commit();
    }
    assertThat(found(END))
        .extracting(ObservationGaps.Missing::labels, gap -> gap.toMillis() / 1000)
        .containsExactly(
            tuple(Labels.empty(), 10L),
            tuple(Labels.empty(), 700L),
            tuple(Labels.of("instance", "t7"), 952L));
  }

  /// A longer time between its scrapes was configured before 900 s.
  @ParameterizedTest
  @CsvSource({"0, '[52, 89, 126, 163]'", "900, '[952, 989, 1026, 1063]'"})
  void scrapesOfAnEarlierProcess_thatWereMostlyLate_areHolesSinceOneInTime(
      long since, String ends) {
    try (var appender = store.appender()) {
      Labels up = Labels.of("__name__", "up", "job", "api", "instance", "a");
      for (long second = 0; second < since; second += 30) {
        appender.append(up, second * 1000, 1);
      }
      for (long after : List.of(0, 15, 52, 89, 126, 163)) {
        appender.append(up, (since + after) * 1000, 1);
      }
      appender.commit();
    }
    assertThat(found(since + 170))
        .filteredOn(gap -> !gap.labels().isEmpty())
        .extracting(gap -> gap.toMillis() / 1000)
        .hasToString(ends);
  }

  /// Three scrapes took the time of four.
  @Test
  void scrapesOfAnEarlierProcess_thatWereEachALittleLate_areAHoleWhereOneWasSkipped() {
    try (var appender = store.appender()) {
      Labels up = Labels.of("__name__", "up", "job", "api", "instance", "a");
      for (long second : List.of(0, 15, 30, 45, 65, 85, 105, 120, 135, 150)) {
        appender.append(up, second * 1000, 1);
      }
      appender.commit();
    }
    assertThat(found(152))
        .filteredOn(gap -> !gap.labels().isEmpty())
        .extracting(gap -> gap.toMillis() / 1000)
        .containsExactly(85L);
  }

  /// Otherwise its failure would seem to begin anew when the next process starts.
  @Test
  void targetThatWasNeverUp_inAnEarlierProcess_failsSinceBeforeItsFirstScrape() {
    Labels target = Labels.of("instance", "a");
    try (var appender = store.appender()) {
      for (long second = 5; second <= 605; second += 15) {
        appender.append(
            Labels.of("__name__", "up", "instance", "a"), second * 1000, second < 600 ? 0 : 1);
      }
      appender.commit();
    }
    SourceHistory history = EarlierGaps.history(store);
    assertThat(history.failingSince(target, Instant.ofEpochSecond(5))).isEmpty();
    assertThat(history.failingSince(target, Instant.ofEpochSecond(600)))
        .contains(Instant.ofEpochSecond(-10));
    assertThat(history.failingSince(target, Instant.ofEpochSecond(605)))
        .contains(Instant.ofEpochSecond(605));
  }
}
