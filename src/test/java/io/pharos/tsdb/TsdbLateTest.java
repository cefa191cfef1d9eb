package io.pharos.tsdb;

import static io.pharos.tsdb.TestStore.HOUR;
import static io.pharos.tsdb.TestStore.T0;
import static io.pharos.tsdb.TestStore.WINDOW;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.tuple;

import io.pharos.model.LabelMatcher;
import io.pharos.model.Labels;
import io.pharos.model.histogram.Histogram;
import io.pharos.model.histogram.ResetHint;
import io.pharos.storage.AppendOutcome;
import io.pharos.storage.Appender;
import io.pharos.storage.SampleWindow;
import io.pharos.storage.SeriesRow;
import io.pharos.storage.SeriesSet;
import io.pharos.storage.TestHistograms;
import io.pharos.storage.WrittenSeries;
import io.pharos.tsdb.block.Block;
import io.pharos.tsdb.block.BlockFiles;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Out-of-order samples.
class TsdbLateTest {
  private static final Labels A = Labels.of("__name__", "a", "i", "1");
  private static final Labels B = Labels.of("__name__", "b", "i", "1");
  private static final Labels C = Labels.of("__name__", "c", "i", "1");
  private static final long END = T0 + 100 * HOUR;
  private static final String APPENDED = "prometheus_tsdb_head_out_of_order_samples_appended_total";

  @TempDir Path directory;

  private TestStore open(Duration window) throws Exception {
    var store =
        new TestStore(
            directory, TsdbOptions.defaults().with(draft -> draft.walSegmentBytes = 64 << 10));
    store.tsdb().outOfOrderWindow(window);
    return store;
  }

  private static Object bits(double value) {
    return Double.doubleToRawLongBits(value);
  }

  private static void put(TestStore store, Labels labels, long time, double value) {
    store.now(Math.max(time, store.now()));
    assertThat(store.append(labels, time, value)).isEqualTo(AppendOutcome.APPENDED);
  }

  @Test
  void sample_outOfOrder_isRefusedWithoutAWindow() throws Exception {
    try (TestStore store = open(Duration.ZERO)) {
      put(store, A, T0 + 1_000, 1);
      assertThat(store.append(A, T0, 1)).isEqualTo(AppendOutcome.OUT_OF_ORDER);
      assertThat(store.counter("prometheus_tsdb_out_of_order_samples_total", "float")).isEqualTo(1);
      assertThat(store.counter(APPENDED)).isZero();
      assertThatIllegalArgumentException()
          .isThrownBy(() -> store.tsdb().outOfOrderWindow(Duration.ofSeconds(-1)));
    }
  }

  @Test
  void window_countsBackFromTheNewestSampleOfAllSeries() throws Exception {
    try (TestStore store = open(Duration.ofMinutes(10))) {
      put(store, A, T0, 1);
      put(store, B, T0 + 1_200_000, 1);
      put(store, A, T0 + 1_000_000, 2);

      assertThat(store.append(A, T0 + 600_000, 3)).isEqualTo(AppendOutcome.APPENDED);
      assertThat(store.append(A, T0 + 599_999, 3)).isEqualTo(AppendOutcome.TOO_OLD);
      assertThat(store.append(C, T0 + 599_999, 3)).isEqualTo(AppendOutcome.APPENDED);
      assertThat(store.samples(A, T0, END))
          .isEqualTo(Map.of(T0, bits(1), T0 + 600_000, bits(3), T0 + 1_000_000, bits(2)));
      assertThat(store.counter(APPENDED, "float")).isEqualTo(1);
      assertThat(store.counter("prometheus_tsdb_head_samples_appended_total")).isEqualTo(5);
      assertThat(store.counter("prometheus_tsdb_too_old_samples_total", "float")).isEqualTo(1);

      store.tsdb().outOfOrderWindow(Duration.ZERO);
      assertThat(store.append(A, T0 + 700_000, 3)).isEqualTo(AppendOutcome.OUT_OF_ORDER);
    }
  }

  @Test
  void sample_atTheTimeOfAnother_isADuplicateOrRefused() throws Exception {
    try (TestStore store = open(Duration.ofHours(1))) {
      put(store, A, T0, 1);
      put(store, A, T0 + 10, 2);
      put(store, A, T0 + 5, 3);

      assertThat(store.append(A, T0 + 10, 2)).isEqualTo(AppendOutcome.DUPLICATE);
      assertThat(store.append(A, T0 + 10, 9)).isEqualTo(AppendOutcome.DUPLICATE_TIMESTAMP);
      assertThat(store.append(A, T0 + 5, 3)).isEqualTo(AppendOutcome.DUPLICATE);
      assertThat(store.append(A, T0 + 5, 9)).isEqualTo(AppendOutcome.DUPLICATE_TIMESTAMP);
      assertThat(store.append(A, T0, 1)).isEqualTo(AppendOutcome.DUPLICATE);
      assertThat(store.append(A, T0, 9)).isEqualTo(AppendOutcome.DUPLICATE_TIMESTAMP);
      assertThat(store.samples(A, T0, END)).hasSize(3);

      try (Appender batch = store.tsdb().appender()) {
        assertThat(batch.append(A, T0 + 7, 7)).isEqualTo(AppendOutcome.APPENDED);
        assertThat(batch.append(A, T0 + 7, 8)).isEqualTo(AppendOutcome.APPENDED);
        batch.commit();
      }
      assertThat(store.samples(A, T0, END).get(T0 + 7)).isEqualTo(bits(7));
    }
  }

  @Test
  void batch_ofBothKinds_isStoredAndNewestIsTheNewest() throws Exception {
    try (TestStore store = open(Duration.ofHours(1))) {
      try (Appender batch = store.tsdb().appender()) {
        for (long second : new long[] {5, 3, 9, 1, 7}) {
          assertThat(batch.append(A, T0 + second * 1_000, second))
              .isEqualTo(AppendOutcome.APPENDED);
        }
        assertThat(store.samples(A, T0, END)).isEmpty();
        batch.commit();
      }
      SeriesSet set = store.tsdb().select(List.of(), T0, END);
      var window = new SampleWindow();
      set.readNewest(0, T0, END, window);
      assertThat(window.timestamp(window.size() - 1)).isEqualTo(T0 + 9_000);
      assertThat(store.samples(A, T0, END).keySet())
          .containsExactly(T0 + 1_000, T0 + 3_000, T0 + 5_000, T0 + 7_000, T0 + 9_000);
    }
  }

  @Test
  void batch_overtakenByAnother_isStoredAsLate() throws Exception {
    try (TestStore store = open(Duration.ofHours(1));
        Appender slow = store.tsdb().appender()) {
      put(store, A, T0, 1);
      assertThat(slow.append(A, T0 + 1_000, 2)).isEqualTo(AppendOutcome.APPENDED);
      put(store, A, T0 + 2_000, 3);
      slow.commit();
      assertThat(store.samples(A, T0, END)).hasSize(3);
      store.reopen();
      assertThat(store.samples(A, T0, END)).hasSize(3);
      assertThat(store.counter("prometheus_tsdb_out_of_order_samples_total")).isZero();
    }
  }

  private static final class Written extends WrittenSeries {
    Written(Labels labels) {
      super(labels);
    }
  }

  /* The start of the late sample does not apply to the sample before it in the batch. */
  @Test
  void lateSample_ofAWriter_hasNoStart() throws Exception {
    try (var store =
        new TestStore(directory, TsdbOptions.defaults().with(draft -> draft.keepStarts = true))) {
      store.tsdb().outOfOrderWindow(Duration.ofHours(1));
      var series = new Written(A);
      try (Appender batch = store.tsdb().appender()) {
        assertThat(batch.append(series, T0 + 10, 1)).isEqualTo(AppendOutcome.APPENDED);
        batch.start(series, T0 - 5);
        assertThat(batch.append(series, T0 + 5, 2)).isEqualTo(AppendOutcome.APPENDED);
        batch.start(series, T0 + 1);
        assertThat(batch.append(B, T0 + 10, 1)).isEqualTo(AppendOutcome.APPENDED);
        assertThat(batch.append(B, T0 + 5, 1, T0)).isEqualTo(AppendOutcome.APPENDED);
        batch.commit();
      }
      SeriesSet set = store.tsdb().select(List.of(), T0, END);
      var window = new SampleWindow();
      set.read(0, T0, END, window);
      set.read(1, T0, END, window);
      assertThat(window.size()).isEqualTo(4);
      assertThat(window.timestamp(1)).isEqualTo(T0 + 10);
      assertThat(window.start(0)).isZero();
      assertThat(window.start(1)).isEqualTo(T0 - 5);
      assertThat(window.start(3)).isZero();
    }
  }

  @Test
  void row_overtakenByAnotherBatch_isStoredAsLate() throws Exception {
    try (TestStore store = open(Duration.ofHours(1))) {
      var series = List.of(new Written(A), new Written(B));
      try (Appender batch = store.tsdb().appender()) {
        for (Written one : series) {
          assertThat(batch.append(one, T0, 1)).isEqualTo(AppendOutcome.APPENDED);
        }
        batch.commit();
        for (Written one : series) {
          assertThat(batch.append(one, T0 + 10, 1)).isEqualTo(AppendOutcome.APPENDED);
        }
        batch.commit();
      }
      var row = new SeriesRow(series);
      try (Appender slow = store.tsdb().appender();
          Appender fast = store.tsdb().appender()) {
        assertThat(slow.append(row, T0 + 20, new double[] {2, 3})).isTrue();
        assertThat(fast.append(new Written(A), T0 + 30, 4)).isEqualTo(AppendOutcome.APPENDED);
        fast.commit();
        slow.commit();
      }
      for (int round = 0; round < 2; round++) {
        assertThat(store.samples(A, T0, END))
            .containsOnlyKeys(T0, T0 + 10, T0 + 20, T0 + 30)
            .containsEntry(T0 + 20, bits(2));
        assertThat(store.samples(B, T0, END)).containsEntry(T0 + 20, bits(3)).hasSize(3);
        store.reopen();
      }
    }
  }

  @Test
  void replay_restoresAcceptedSamples_withAnyWindow() throws Exception {
    try (TestStore store = open(Duration.ofHours(12))) {
      put(store, A, T0 + 6 * HOUR, 1);
      put(store, A, T0 + HOUR, 2);
      put(store, B, T0 + 2 * HOUR, 3);
      Histogram histogram = TestHistograms.of(1, 2);
      assertThat(store.append(A, T0 + 3 * HOUR, histogram)).isEqualTo(AppendOutcome.APPENDED);
      var before = store.dump(T0, END);

      store.reopen();

      assertThat(store.dump(T0, END)).isEqualTo(before);
      assertThat(before).hasSize(2);
      assertThat(store.append(A, T0 + 6 * HOUR - 1, 1)).isEqualTo(AppendOutcome.OUT_OF_ORDER);
      store.tsdb().outOfOrderWindow(Duration.ofHours(12));
      assertThat(store.append(A, T0 + HOUR, 2)).isEqualTo(AppendOutcome.DUPLICATE);
      assertThat(store.append(A, T0 - 7 * HOUR, 2)).isEqualTo(AppendOutcome.TOO_OLD);
    }
  }

  private static void fill(TestStore store, long from, long to) {
    for (long time = from; time < to; time += 60_000) {
      put(store, A, time, time - T0);
      if (time % 180_000 == 0) {
        put(store, B, time, -1);
      }
    }
  }

  @Test
  void blockOfAWindow_receivesLateSamplesOnce() throws Exception {
    try (TestStore store = open(Duration.ofHours(24))) {
      fill(store, T0, T0 + 6 * HOUR);
      store.tick();
      assertThat(store.files(store.blocks())).hasSize(2);
      long sizeBefore = store.tsdb().blocks.sizeBytes();

      put(store, A, T0 + 30_000, 1);
      put(store, C, T0 + HOUR, 2);
      assertThat(store.append(C, T0 - HOUR, 3)).isEqualTo(AppendOutcome.APPENDED);
      Histogram histogram = TestHistograms.of(3, 4);
      assertThat(store.append(B, T0 + 40_000, histogram)).isEqualTo(AppendOutcome.APPENDED);
      var all = store.dump(T0 - WINDOW, END);
      assertThat(all.get(A)).containsEntry(T0 + 30_000, bits(1));
      assertThat(all.get(C)).containsOnlyKeys(T0 - HOUR, T0 + HOUR);
      assertThat(
              store.dump(
                  T0, T0 + 2 * HOUR - 1, LabelMatcher.of(LabelMatcher.Type.EQUAL, "__name__", "c")))
          .containsOnlyKeys(C);
      store.tick();
      assertThat(store.tsdb().blocks.sizeBytes()).isEqualTo(sizeBefore);

      /* They move to blocks together with the next window that ends. */
      fill(store, T0 + 6 * HOUR, T0 + 8 * HOUR);
      all = store.dump(T0 - WINDOW, END);
      store.tick();
      assertThat(store.dump(T0 - WINDOW, END)).isEqualTo(all);
      assertThat(store.files(store.blocks())).hasSize(4);
      assertThat(store.gauge("pharos_tsdb_out_of_order_bytes")).isZero();
      Block merged = store.tsdb().blocks.blocks().get(1);
      assertThat(merged.windowStart()).isEqualTo(T0);
      assertThat(merged.seriesCount()).isEqualTo(3);
      assertThat(merged.sampleCount()).isEqualTo(120 + 40 + 3);

      store.reopen();
      assertThat(store.dump(T0 - WINDOW, END)).isEqualTo(all);
      assertThat(store.gauge("pharos_tsdb_out_of_order_bytes")).isPositive();
      Block first = store.tsdb().blocks.of(T0);
      fill(store, T0 + 8 * HOUR, T0 + 10 * HOUR);
      all = store.dump(T0 - WINDOW, END);
      store.tick();
      assertThat(store.dump(T0 - WINDOW, END)).isEqualTo(all);
      assertThat(store.gauge("pharos_tsdb_out_of_order_bytes")).isZero();
      assertThat(store.tsdb().blocks.of(T0)).isSameAs(first);
    }
  }

  @Test
  void lateSamples_withoutOthers_goToBlocksAfterTwoHours_andTheLogIsShortened() throws Exception {
    try (TestStore store = open(Duration.ofHours(24))) {
      fill(store, T0, T0 + 6 * HOUR);
      store.tick();
      int segments = store.files(store.wal()).size();
      put(store, C, T0 + HOUR, 2);
      store.tick();
      assertThat(store.tsdb().blocks.blocks().getFirst().seriesCount()).isEqualTo(2);
      store.now(T0 + 6 * HOUR + WINDOW);
      store.tick();
      assertThat(store.tsdb().blocks.blocks().getFirst().seriesCount()).isEqualTo(3);
      assertThat(store.tsdb().seriesCount()).isZero();
      store.tick();
      assertThat(store.files(store.wal())).hasSizeLessThan(segments + 1);
      store.reopen();
      assertThat(store.samples(C, T0, END)).isEqualTo(Map.of(T0 + HOUR, bits(2)));
    }
  }

  @Test
  void log_keepsSamplesThatBlocksLack() throws Exception {
    try (TestStore store = open(Duration.ofHours(24))) {
      fill(store, T0, T0 + 6 * HOUR);
      store.tick();
      put(store, C, T0 + HOUR, 2);
      for (int tick = 0; tick < 4; tick++) {
        store.now(store.now() + 60_000);
        store.tick();
      }
      assertThat(store.tsdb().blocks.end()).isEqualTo(T0 + 4 * HOUR);
      store.reopen();
      assertThat(store.samples(C, T0, END)).isEqualTo(Map.of(T0 + HOUR, bits(2)));
    }
  }

  @Test
  void lateSample_appendedDuringATransfer_stays() throws Exception {
    try (TestStore store = open(Duration.ofHours(24))) {
      fill(store, T0, T0 + 6 * HOUR);
      store.tick();
      put(store, C, T0 + HOUR, 2);
      LateIntake.Transfer moving = store.tsdb().late.begin();
      put(store, C, T0 + HOUR + 1, 3);
      var content = new WindowContent(T0, store.tsdb().blocks.of(T0));
      moving.addTo(content, T0);
      assertThat(content.join()).isZero();
      store
          .tsdb()
          .publish(
              store
                  .tsdb()
                  .blocks
                  .replacing(BlockFiles.write(store.blocks(), T0, T0 + WINDOW, content)));
      assertThat(store.samples(C, T0, END)).hasSize(2);
      moving.removeWindow(T0);
      assertThat(store.samples(C, T0, END)).hasSize(2);
      assertThat(store.gauge("pharos_tsdb_out_of_order_bytes")).isEqualTo(16);
    }
  }

  @Test
  void crash_betweenBlockAndLog_losesAndDoublesNothing() throws Exception {
    try (TestStore store = open(Duration.ofHours(24))) {
      fill(store, T0, T0 + 6 * HOUR);
      store.tick();
      put(store, C, T0 + HOUR, 2);
      put(store, A, T0 + 30_000, 1);
      var all = store.dump(T0, END);
      LateIntake.Transfer moving = store.tsdb().late.begin();
      var content = new WindowContent(T0, store.tsdb().blocks.of(T0));
      moving.addTo(content, T0);
      content.join();
      Block _ = BlockFiles.write(store.blocks(), T0, T0 + WINDOW, content);

      store.reopen();

      assertThat(store.dump(T0, END)).isEqualTo(all);
      store.now(store.now() + 3 * HOUR);
      store.tick();
      assertThat(store.dump(T0, END)).isEqualTo(all);
    }
  }

  @Test
  void lateSamples_beyondTheRetention_areDropped() throws Exception {
    var options = TsdbOptions.defaults().with(draft -> draft.retention = Duration.ofHours(6));
    try (var store = new TestStore(directory, options)) {
      store.tsdb().outOfOrderWindow(Duration.ofHours(48));
      fill(store, T0, T0 + 6 * HOUR);
      store.tick();
      put(store, A, T0 - 20 * HOUR, 1);
      fill(store, T0 + 6 * HOUR, T0 + 8 * HOUR);
      store.tick();
      assertThat(store.samples(A, T0 - 30 * HOUR, T0 - 1)).isEmpty();
      assertThat(store.gauge("pharos_tsdb_out_of_order_bytes")).isZero();
    }
  }

  @Test
  void damagedBlock_keepsItsLateSamplesInMemory() throws Exception {
    try (TestStore store = open(Duration.ofHours(24))) {
      fill(store, T0, T0 + 6 * HOUR);
      store.tick();
      Path file = store.tsdb().blocks.blocks().getFirst().file();
      byte[] bytes = Files.readAllBytes(file);
      bytes[40] ^= 1;
      Files.write(file, bytes);
      store.reopen();
      store.tsdb().outOfOrderWindow(Duration.ofHours(24));
      put(store, A, T0 + 30_000, 1);
      put(store, A, T0 + 3 * HOUR + 30_000, 1);
      fill(store, T0 + 6 * HOUR, T0 + 8 * HOUR);

      store.tick();

      assertThat(store.tsdb().blocks.end()).isEqualTo(T0 + 6 * HOUR);
      assertThat(store.counter("prometheus_tsdb_compactions_failed_total")).isEqualTo(1);
      assertThat(store.gauge("pharos_tsdb_out_of_order_bytes")).isEqualTo(16);
      assertThat(store.samples(A, T0 + 3 * HOUR, T0 + 4 * HOUR)).hasSize(62);
    }
  }

  @Test
  void lateLimit_refusesMore_andHalfOfItStartsATransfer() throws Exception {
    var options = TsdbOptions.defaults().with(draft -> draft.maxLateBytes = 64);
    try (var store = new TestStore(directory, options)) {
      store.tsdb().outOfOrderWindow(Duration.ofHours(24));
      fill(store, T0, T0 + 6 * HOUR);
      store.tick();
      for (int i = 1; i <= 4; i++) {
        put(store, A, T0 + i, i);
      }
      assertThat(store.append(A, T0 + 5, 5)).isEqualTo(AppendOutcome.LATE_LIMIT);
      assertThat(store.counter("pharos_tsdb_out_of_order_limit_samples_total")).isEqualTo(1);
      store.tick();
      assertThat(store.append(A, T0 + 5, 5)).isEqualTo(AppendOutcome.APPENDED);
      assertThat(store.samples(A, T0 + 1, T0 + 5)).hasSize(5);
    }
  }

  @Test
  void storedData_hasLateSamples_withAndWithoutABlock() throws Exception {
    try (TestStore store = open(Duration.ofHours(24))) {
      fill(store, T0, T0 + 6 * HOUR);
      store.tick();
      put(store, A, T0 + 30_000, 1);
      put(store, C, T0 + HOUR, 2);
      put(store, C, T0 - HOUR, 3);
      put(store, A, T0 + 5 * HOUR + 30_000, 4);

      StoredData data = StoredData.open(directory);

      assertThat(data.lateBlocks()).containsExactly(T0);
      assertThat(data.openWindows()).containsExactly(T0 - WINDOW, T0 + 4 * HOUR);
      StoredData.Window first = data.window(data.blocks().getFirst(), List.of());
      assertThat(first.series()).extracting(StoredData.Series::labels).containsExactly(A, B, C);
      var samples = new SampleWindow();
      first.series().getFirst().read(T0, T0 + 60_000, samples);
      assertThat(samples.size()).isEqualTo(3);
      samples.clear();
      first.series().getLast().read(T0, T0 + WINDOW, samples);
      assertThat(samples.size()).isEqualTo(1);
      samples.clear();
      data.window(T0 + 4 * HOUR, List.of()).series().getFirst().read(T0 + 4 * HOUR, END, samples);
      assertThat(samples.size()).isEqualTo(121);
      assertThat(StoreStats.parts(data))
          .filteredOn(part -> !part.isBlock())
          .extracting(StoreStats.Part::oldest, StoreStats.Part::samples)
          .containsExactly(tuple(T0 - WINDOW, 1L), tuple(T0, 2L), tuple(T0 + 4 * HOUR, 161L));
      assertThat(StoreStats.of(data, (_, _, _) -> {}).series()).isEqualTo(3);
    }
  }

  @Test
  void histogram_outOfOrder_isStored() throws Exception {
    try (TestStore store = open(Duration.ofHours(1))) {
      Histogram one = TestHistograms.of(1, 2);
      Histogram two = TestHistograms.of(2, 2);
      store.now(T0);
      assertThat(store.append(A, T0, two)).isEqualTo(AppendOutcome.APPENDED);
      assertThat(store.append(A, T0 - 1_000, one)).isEqualTo(AppendOutcome.APPENDED);
      assertThat(store.append(A, T0 - 1_000, one)).isEqualTo(AppendOutcome.DUPLICATE);
      assertThat(store.append(A, T0 - 1_000, two)).isEqualTo(AppendOutcome.DUPLICATE_TIMESTAMP);
      assertThat(store.counter(APPENDED, "histogram")).isEqualTo(1);
      assertThat(store.samples(A, T0 - HOUR, END))
          .isEqualTo(
              Map.of(
                  T0 - 1_000,
                  one.withHint(ResetHint.UNKNOWN),
                  T0,
                  two.withHint(ResetHint.UNKNOWN)));
    }
  }
}
