package io.pharos.tsdb;

import static io.pharos.model.LabelMatcher.equal;
import static io.pharos.tsdb.TestStore.HOUR;
import static io.pharos.tsdb.TestStore.T0;
import static io.pharos.tsdb.TestStore.WINDOW;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.prometheus.PrometheusConfig;
import io.micrometer.prometheus.PrometheusMeterRegistry;
import io.pharos.model.Labels;
import io.pharos.model.StaleMarker;
import io.pharos.storage.AppendOutcome;
import io.pharos.storage.Appender;
import io.pharos.storage.SampleWindow;
import io.pharos.storage.SeriesSet;
import io.pharos.storage.WrittenSeries;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TsdbTest {
  private static final Labels UP = Labels.of("__name__", "up", "job", "api");
  private static final Labels OTHER = Labels.of("__name__", "other", "job", "api");
  private static final long MINUTE = 60_000;

  @TempDir Path directory;

  /* One sample per minute for both series from T0 on. */
  private static void fill(TestStore store, long from, long to) {
    for (long time = from; time < to; time += MINUTE) {
      store.now(time);
      try (Appender appender = store.tsdb().appender()) {
        appender.append(UP, time, time - T0);
        appender.append(OTHER, time, 1);
        appender.commit();
      }
    }
  }

  @Test
  void reopen_restoresCommittedSamples() throws Exception {
    try (var store = new TestStore(directory)) {
      fill(store, T0, T0 + HOUR);
      store.append(UP, T0 + HOUR, StaleMarker.VALUE);
      store.append(UP, T0 + HOUR + 1, Double.longBitsToDouble(0x7ff8_0000_0000_0badL));
      var before = store.dump(T0, T0 + 2 * HOUR);
      store.reopen();
      assertThat(store.dump(T0, T0 + 2 * HOUR)).isEqualTo(before);
      assertThat(store.samples(UP, T0 + HOUR, T0 + HOUR))
          .containsExactly(Map.entry(T0 + HOUR, StaleMarker.BITS));
      assertThat(store.append(UP, T0, 1)).isEqualTo(AppendOutcome.OUT_OF_ORDER);
      assertThat(store.append(UP, T0 + HOUR + 2, 1)).isEqualTo(AppendOutcome.APPENDED);
      store.reopen();
      assertThat(store.samples(UP, T0, T0 + 2 * HOUR)).hasSize(63);
    }
  }

  @Test
  void compactTick_movesClosedWindowsToBlocks() throws Exception {
    try (var store = new TestStore(directory)) {
      fill(store, T0, T0 + WINDOW);
      store.append(UP, T0 + WINDOW - 1, StaleMarker.VALUE);
      fill(store, T0 + WINDOW, T0 + WINDOW + HOUR - MINUTE);
      var before = store.dump(T0, T0 + 2 * WINDOW);
      assertThat(store.tick().blocksWritten()).isZero();
      store.now(T0 + WINDOW + HOUR);
      SeriesSet earlier = store.tsdb().select(List.of(), T0, T0 + 2 * WINDOW);
      assertThat(store.tick().blocksWritten()).isEqualTo(1);
      assertThat(store.tick()).isEqualTo(new Tsdb.CompactionReport(0, 0, 0, 0));
      assertThat(store.dump(T0, T0 + 2 * WINDOW)).isEqualTo(before);
      assertThat(TestStore.dump(earlier, T0, T0 + 2 * WINDOW)).isEqualTo(before);
      assertThat(store.files(store.blocks())).containsExactly(T0 + "-" + (T0 + WINDOW) + ".block");
      assertThat(store.counter("prometheus_tsdb_compactions_total")).isEqualTo(1);
      assertThat(store.gauge("prometheus_tsdb_blocks_loaded")).isEqualTo(1);
      assertThat(store.append(OTHER, T0 + WINDOW - 1, 1)).isEqualTo(AppendOutcome.TOO_OLD);
      store.reopen();
      assertThat(store.dump(T0, T0 + 2 * WINDOW)).isEqualTo(before);
      assertThat(store.gauge("prometheus_tsdb_head_series")).isEqualTo(2);
    }
  }

  @Test
  void writtenSeries_afterLeavingMemory_isFoundAgain() throws Exception {
    var written = new WrittenSeries(UP) {};
    try (var store = new TestStore(directory)) {
      write(store, written, T0);
      store.append(OTHER, T0, 1);
      store.now(T0 + WINDOW + HOUR);
      assertThat(store.tick().seriesRemoved()).isEqualTo(2);

      // First it returns under its labels, as another object.
      store.append(UP, T0 + WINDOW + 1, 1);
      write(store, written, T0 + WINDOW + 2);

      assertThat(store.tsdb().seriesCount()).isEqualTo(1);
      assertThat(store.samples(UP, T0, T0 + 2 * WINDOW)).hasSize(3);
      store.reopen();
      assertThat(store.samples(UP, T0, T0 + 2 * WINDOW)).hasSize(3);
    }
  }

  private static void write(TestStore store, WrittenSeries series, long time) {
    try (Appender appender = store.tsdb().appender()) {
      assertThat(appender.append(series, time, 1)).isEqualTo(AppendOutcome.APPENDED);
      appender.commit();
    }
  }

  @Test
  void compactTick_removesSeriesWithoutSamplesFromMemory() throws Exception {
    try (var store = new TestStore(directory)) {
      store.append(OTHER, T0, 1);
      store.now(T0 + WINDOW + HOUR);
      store.append(UP, T0 + WINDOW, 1);
      long before = store.tsdb().select(List.of(), T0 + WINDOW, T0 + 2 * WINDOW).generation();
      Tsdb.CompactionReport report = store.tick();
      assertThat(report.seriesRemoved()).isEqualTo(1);
      SeriesSet recent = store.tsdb().select(List.of(), T0 + WINDOW, T0 + 2 * WINDOW);
      assertThat(recent.size()).isEqualTo(1);
      assertThat(recent.generation()).isNotEqualTo(before);
      assertThat(store.tsdb().labelValues("__name__", List.of(), T0 + WINDOW, T0 + 2 * WINDOW))
          .containsExactly("up");
      assertThat(store.tsdb().labelNames(List.of(), T0 + WINDOW, T0 + 2 * WINDOW))
          .containsExactly("__name__", "job");
      assertThat(store.tsdb().labelValues("__name__", List.of(), T0, T0 + 2 * WINDOW))
          .containsExactly("other", "up");
      assertThat(store.tsdb().labelNames(List.of(equal("__name__", "other")), T0, T0 + 1))
          .containsExactly("__name__", "job");
      assertThat(store.append(OTHER, T0 + WINDOW, 3)).isEqualTo(AppendOutcome.APPENDED);
      assertThat(store.samples(OTHER, T0, T0 + 2 * WINDOW)).hasSize(2);
      assertThat(store.gauge("prometheus_tsdb_head_chunks")).isEqualTo(2);
    }
  }

  @Test
  void commit_afterItsSeriesLeftMemory_beginsItAgain() throws Exception {
    try (var store = new TestStore(directory)) {
      store.append(UP, T0, 1);
      store.now(T0 + WINDOW + HOUR);
      try (Appender appender = store.tsdb().appender();
          Appender rival = store.tsdb().appender()) {
        appender.append(UP, T0 + WINDOW, 2);
        assertThat(store.tick().seriesRemoved()).isEqualTo(1);
        appender.append(UP, T0 + WINDOW + 1, 3);
        rival.append(UP, T0 + WINDOW + 2, 4);
        appender.commit();
        rival.commit();
      }
      assertThat(store.samples(UP, T0, T0 + 2 * WINDOW).keySet())
          .containsExactly(T0, T0 + WINDOW, T0 + WINDOW + 1, T0 + WINDOW + 2);
      store.reopen();
      assertThat(store.samples(UP, T0, T0 + 2 * WINDOW)).hasSize(4);
    }
  }

  @Test
  void commit_afterItsWindowWasClosed_isCountedAsTooOld() throws Exception {
    try (var store = new TestStore(directory)) {
      store.append(UP, T0, 1);
      try (Appender appender = store.tsdb().appender()) {
        assertThat(appender.append(UP, T0 + 1, 2)).isEqualTo(AppendOutcome.APPENDED);
        store.now(T0 + WINDOW + HOUR);
        store.tick();
        appender.commit();
      }
      assertThat(store.samples(UP, T0, T0 + 2 * WINDOW).keySet()).containsExactly(T0);
      assertThat(store.counter("prometheus_tsdb_too_old_samples_total")).isEqualTo(1);
    }
  }

  @Test
  void compactTick_shortensTheLog() throws Exception {
    try (var store = new TestStore(directory)) {
      for (int hour = 0; hour < 12; hour++) {
        fill(store, T0 + hour * HOUR, T0 + (hour + 1) * HOUR);
        store.now(T0 + (hour + 1) * HOUR);
        store.tick();
      }
      assertThat(store.files(store.wal())).hasSizeLessThanOrEqualTo(5);
      assertThat(store.files(store.blocks())).hasSize(5);
      assertThat(store.gauge("prometheus_tsdb_wal_storage_size_bytes"))
          .isEqualTo(size(store.wal()));
      store.reopen();
      assertThat(store.gauge("prometheus_tsdb_wal_storage_size_bytes"))
          .isEqualTo(size(store.wal()));
      assertThat(store.samples(UP, T0, T0 + 12 * HOUR)).hasSize(12 * 60);
      assertThat(store.samples(UP, T0 + HOUR, T0 + 5 * HOUR)).hasSize(4 * 60 + 1);
    }
  }

  private static double size(Path wal) throws Exception {
    try (var files = Files.list(wal)) {
      return files.mapToLong(file -> file.toFile().length()).sum();
    }
  }

  @Test
  void compactTick_removesBlocksByAge() throws Exception {
    var options = TsdbOptions.defaults().with(draft -> draft.retention = Duration.ofHours(4));
    try (var store = new TestStore(directory, options)) {
      for (int hour = 0; hour < 12; hour++) {
        fill(store, T0 + hour * HOUR, T0 + (hour + 1) * HOUR);
        store.tick();
      }
      assertThat(store.files(store.blocks())).hasSizeBetween(2, 3);
      assertThat(store.samples(UP, T0, T0 + 12 * HOUR).keySet().iterator().next())
          .isGreaterThanOrEqualTo(T0 + 6 * HOUR);
      /* A clock far in the future deletes nothing: age is measured from the newest sample. */
      store.now(T0 + 10_000 * HOUR);
      store.tick();
      assertThat(store.samples(UP, T0, T0 + 12 * HOUR)).hasSize(4 * 60);
    }
  }

  @Test
  void generation_isEqualForEqualBlocksAndHead() throws Exception {
    try (var store = new TestStore(directory)) {
      fill(store, T0, T0 + 6 * HOUR);
      store.tick();
      Tsdb tsdb = store.tsdb();
      long both = tsdb.select(List.of(), T0, T0 + 6 * HOUR).generation();
      assertThat(tsdb.select(List.of(), T0 + 1, T0 + 5 * HOUR).generation()).isEqualTo(both);
      assertThat(tsdb.select(List.of(), T0 + 3 * HOUR, T0 + 6 * HOUR).generation())
          .isNotEqualTo(both);
      assertThat(tsdb.select(List.of(), T0, T0 + HOUR).generation()).isNotEqualTo(both);
      assertThat(tsdb.select(List.of(), T0, T0 + 6 * HOUR).size()).isEqualTo(2);
      assertThat(tsdb.select(List.of(equal("job", "none")), T0, T0 + 6 * HOUR).size()).isZero();
    }
  }

  @Test
  void newSeries_whileTheHeapIsFull_isRefusedUnlessItMayUseTheReserve() throws Exception {
    var full = new AtomicBoolean();
    try (var store =
        new TestStore(
            directory, TsdbOptions.defaults().with(draft -> draft.heapIsFull = full::get))) {
      assertThat(store.append(UP, T0, 1)).isEqualTo(AppendOutcome.APPENDED);
      full.set(true);
      try (Appender appender = store.tsdb().appender()) {
        assertThat(appender.append(UP, T0 + 1, 1)).isEqualTo(AppendOutcome.APPENDED);
        assertThat(appender.append(OTHER, T0, 1)).isEqualTo(AppendOutcome.SERIES_LIMIT);
        appender.useReserve();
        assertThat(appender.append(OTHER, T0, 1)).isEqualTo(AppendOutcome.APPENDED);
        appender.commit();
      }
      full.set(false);
      assertThat(store.append(Labels.of("a", "b"), T0, 1)).isEqualTo(AppendOutcome.APPENDED);
    }
  }

  @Test
  void append_tooOldOrOverTheLimit_isRefusedAndCounted() throws Exception {
    try (var store =
        new TestStore(directory, TsdbOptions.defaults().with(draft -> draft.maxSeries = 2))) {
      assertThat(store.append(UP, T0 - HOUR - 1, 1)).isEqualTo(AppendOutcome.TOO_OLD);
      assertThat(store.append(UP, T0 - HOUR, 1)).isEqualTo(AppendOutcome.APPENDED);
      try (Appender appender = store.tsdb().appender()) {
        assertThat(appender.append(OTHER, T0, 1)).isEqualTo(AppendOutcome.APPENDED);
        assertThat(appender.append(Labels.of("a", "b"), T0, 1))
            .isEqualTo(AppendOutcome.SERIES_LIMIT);
        assertThat(appender.append(UP, T0, 1)).isEqualTo(AppendOutcome.APPENDED);
        appender.commit();
      }
      store.append(UP, T0, 2);
      store.append(UP, T0 - 1, 2);
      assertThat(store.counter("prometheus_tsdb_too_old_samples_total")).isEqualTo(1);
      assertThat(store.counter("pharos_tsdb_series_limit_samples_total")).isEqualTo(1);
      assertThat(store.counter("pharos_tsdb_duplicate_timestamp_samples_total")).isEqualTo(1);
      assertThat(store.counter("prometheus_tsdb_out_of_order_samples_total")).isEqualTo(1);
      assertThat(store.counter("prometheus_tsdb_head_samples_appended_total")).isEqualTo(3);
    }
  }

  @Test
  void open_twice_namesDirectoryAndProcess() throws Exception {
    try (var store = new TestStore(directory)) {
      assertThatThrownBy(() -> new TestStore(directory))
          .isInstanceOf(Tsdb.InUseException.class)
          .hasMessageContaining(directory.toString())
          .hasMessageContaining("process " + ProcessHandle.current().pid());
      store.reopen();
    }
  }

  @Test
  void commit_afterClose_fails() throws Exception {
    var store = new TestStore(directory);
    try (Appender appender = store.tsdb().appender()) {
      appender.append(UP, T0, 1);
      store.close();
      store.close();
      assertThatThrownBy(appender::commit)
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("closed");
    }
  }

  @Test
  void open_unfinishedBlock_isDeletedAndWrittenAgain() throws Exception {
    try (var store = new TestStore(directory)) {
      fill(store, T0, T0 + 4 * HOUR);
      var before = store.dump(T0, T0 + 4 * HOUR);
      Files.writeString(store.blocks().resolve(T0 + "-" + (T0 + WINDOW) + ".tmp"), "half");
      store.reopen();
      assertThat(store.files(store.blocks())).isEmpty();
      assertThat(store.tick().blocksWritten()).isEqualTo(1);
      assertThat(store.dump(T0, T0 + 4 * HOUR)).isEqualTo(before);
    }
  }

  @Test
  void open_damagedBlock_isSetAsideAndCounted() throws Exception {
    try (var store = new TestStore(directory)) {
      fill(store, T0, T0 + 7 * HOUR + MINUTE);
      store.tick();
      List<String> names = store.files(store.blocks());
      assertThat(names).hasSize(3);
      Path first = store.blocks().resolve(names.getFirst());
      flip(first, Files.size(first) - 200);
      store.reopen();
      assertThat(store.counter("pharos_tsdb_block_corruptions_total")).isEqualTo(1);
      assertThat(store.files(store.blocks()))
          .containsExactly(names.get(0) + ".corrupt", names.get(1), names.get(2));
      assertThat(store.samples(UP, T0, T0 + 7 * HOUR)).hasSize(5 * 60 + 1);
    }
  }

  @Test
  void read_damagedChunk_failsWithItsOffset() throws Exception {
    try (var store = new TestStore(directory)) {
      fill(store, T0, T0 + 4 * HOUR);
      store.tick();
      flip(store.blocks().resolve(store.files(store.blocks()).getFirst()), 40);
      store.reopen();
      assertThatThrownBy(() -> store.dump(T0, T0 + 4 * HOUR))
          .isInstanceOf(UncheckedIOException.class)
          .hasMessageContaining(".block: damaged at offset 28");
    }
  }

  private static void flip(Path file, long at) throws Exception {
    try (var raw = new RandomAccessFile(file.toFile(), "rw")) {
      raw.seek(at);
      int old = raw.read();
      raw.seek(at);
      raw.write(old ^ 0xFF);
    }
  }

  @Test
  void compactTick_failedWrite_isCountedAndLosesNothing() throws Exception {
    try (var store = new TestStore(directory)) {
      fill(store, T0, T0 + 4 * HOUR);
      var before = store.dump(T0, T0 + 4 * HOUR);
      Path obstacle = store.blocks().resolve(T0 + "-" + (T0 + WINDOW) + ".tmp");
      Path inside = Files.createFile(Files.createDirectory(obstacle).resolve("stays"));
      assertThatThrownBy(store::tick).isInstanceOf(UncheckedIOException.class);
      assertThat(store.counter("prometheus_tsdb_compactions_failed_total")).isEqualTo(1);
      assertThat(store.dump(T0, T0 + 4 * HOUR)).isEqualTo(before);
      Files.delete(inside);
      Files.delete(obstacle);
      assertThat(store.tick().blocksWritten()).isEqualTo(1);
      assertThat(store.dump(T0, T0 + 4 * HOUR)).isEqualTo(before);
    }
  }

  @Test
  void commit_failedLogWrite_isNotVisible() throws Exception {
    try (var store = new TestStore(directory)) {
      store.append(UP, T0, 1);
      store.tsdb().wal.roll();
      Path next = store.wal().resolve("00000002.wal");
      Files.createDirectory(next);
      assertThatThrownBy(() -> store.append(OTHER, T0 + 1, 1))
          .isInstanceOf(UncheckedIOException.class)
          .hasMessageContaining("wal");
      assertThat(store.dump(T0, T0 + HOUR)).containsOnlyKeys(UP);
      assertThat(store.counter("prometheus_tsdb_wal_writes_failed_total")).isEqualTo(1);
      Files.delete(next);
      assertThat(store.append(OTHER, T0 + 1, 1)).isEqualTo(AppendOutcome.APPENDED);
      store.reopen();
      assertThat(store.dump(T0, T0 + HOUR)).containsOnlyKeys(UP, OTHER);
    }
  }

  @Test
  void commit_isForcedToDiskWithinTheInterval() throws Exception {
    var registry = new SimpleMeterRegistry();
    var options =
        new TsdbOptions(
            Duration.ofDays(1),
            Duration.ofMillis(5),
            1 << 20,
            100,
            Duration.ofHours(1),
            0,
            0,
            false,
            0,
            1,
            () -> false);
    try (Tsdb tsdb =
        Tsdb.open(directory, options, InstantSource.fixed(Instant.ofEpochMilli(T0)), registry)) {
      try (Appender appender = tsdb.appender()) {
        appender.append(UP, T0, 1);
        appender.commit();
      }
      var syncs = registry.get("prometheus_tsdb_wal_fsync_duration_seconds").timer();
      long deadline = System.nanoTime() + Duration.ofSeconds(10).toNanos();
      while (syncs.count() == 0 && System.nanoTime() < deadline) {
        Thread.onSpinWait();
      }
      assertThat(syncs.count()).isPositive();
    }
  }

  @Test
  void appender_onAnInterruptedThread_stillWorks() throws Exception {
    try (var store = new TestStore(directory)) {
      Thread.currentThread().interrupt();
      store.append(UP, T0, 1);
      assertThat(Thread.interrupted()).isTrue();
      assertThat(store.append(UP, T0 + 1, 1)).isEqualTo(AppendOutcome.APPENDED);
      store.reopen();
      assertThat(store.samples(UP, T0, T0 + 1)).hasSize(2);
    }
  }

  @Test
  @SuppressWarnings("deprecation") // The registry that the Quarkus extension brings.
  void metrics_comeOutUnderPrometheusNames() throws Exception {
    var registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    try (Tsdb tsdb =
        Tsdb.open(
            directory,
            TsdbOptions.defaults(),
            InstantSource.fixed(Instant.ofEpochMilli(T0)),
            registry)) {
      try (Appender appender = tsdb.appender()) {
        appender.append(UP, T0, 1);
        appender.commit();
      }
      tsdb.wal.sync();
      assertThat(registry.scrape())
          .contains(
              "prometheus_tsdb_head_samples_appended_total{type=\"float\",} 1.0",
              "prometheus_tsdb_head_series 1.0",
              "prometheus_tsdb_head_chunks 1.0",
              "prometheus_tsdb_out_of_order_samples_total{type=\"float\",} 0.0",
              "prometheus_tsdb_wal_corruptions_total 0.0",
              "prometheus_tsdb_wal_fsync_duration_seconds_count 1",
              "prometheus_tsdb_wal_fsync_duration_seconds_sum ",
              "prometheus_tsdb_wal_storage_size_bytes ",
              "prometheus_tsdb_blocks_loaded 0.0",
              "prometheus_tsdb_compactions_total 0.0",
              "prometheus_tsdb_compactions_failed_total 0.0");
    }
    assertThat(registry.scrape()).doesNotContain("prometheus_tsdb_head_series ");
  }

  @Test
  void select_beforeTheFirstBlock_isEmpty() throws Exception {
    try (var store = new TestStore(directory)) {
      fill(store, T0, T0 + 4 * HOUR);
      store.tick();
      assertThat(store.tsdb().select(List.of(), T0 - HOUR, T0 - 1).size()).isZero();
      var window = new SampleWindow();
      SeriesSet set = store.tsdb().select(List.of(), T0 + 3 * HOUR, T0 + 4 * HOUR);
      set.read(0, T0, T0 + HOUR, window);
      assertThat(window.size()).isEqualTo(61);
    }
  }
}
