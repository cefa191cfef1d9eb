package io.pharos.tsdb;

import static io.pharos.model.LabelMatcher.equal;
import static io.pharos.tsdb.TestStore.HOUR;
import static io.pharos.tsdb.TestStore.T0;
import static io.pharos.tsdb.TestStore.WINDOW;
import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.limits.heap.MemoryBounds;
import io.pharos.model.Labels;
import io.pharos.model.StaleMarker;
import io.pharos.promql.engine.Engine;
import io.pharos.promql.engine.query.EngineOptions;
import io.pharos.promql.engine.query.Feature;
import io.pharos.promql.value.InstantVector;
import io.pharos.promql.value.Query;
import io.pharos.storage.Appender;
import io.pharos.storage.SampleWindow;
import io.pharos.storage.SeriesSet;
import io.pharos.storage.WrittenSeries;
import io.pharos.tsdb.prometheus.PrometheusBlock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Start timestamps from the batch to the reader, through memory, log and block.
class TsdbStartTest {
  private static final Labels A = Labels.of("__name__", "a_total");
  private static final Labels B = Labels.of("__name__", "b_total");
  private static final long MINUTE = 60_000;
  private static final TsdbOptions KEPT =
      TsdbOptions.defaults()
          .with(draft -> draft.keepStarts = true)
          .with(draft -> draft.maxSampleAge = Duration.ofHours(1));

  @TempDir Path directory;

  private static void add(TestStore store, Labels labels, long time, double value, long start) {
    store.now(time);
    try (Appender appender = store.tsdb().appender()) {
      appender.append(labels, time, value, start);
      appender.commit();
    }
  }

  /* Minutes since T0 of each sample and of its start, "-" for an unknown start. */
  private static List<String> starts(TestStore store, Labels labels) {
    SeriesSet set =
        store.tsdb().select(List.of(equal("__name__", labels.metricName())), T0, T0 + 10 * WINDOW);
    var window = new SampleWindow();
    if (set.size() > 0) {
      set.read(0, T0, T0 + 10 * WINDOW, window);
    }
    var texts = new ArrayList<String>();
    for (int i = 0; i < window.size(); i++) {
      long start = window.start(i);
      texts.add(
          (window.timestamp(i) - T0) / MINUTE
              + ":"
              + (start == 0 ? "-" : Long.toString((start - T0) / MINUTE)));
    }
    return texts;
  }

  @Test
  void starts_areReadBack_fromMemoryAndLog() throws IOException {
    try (var store = new TestStore(directory, KEPT)) {
      add(store, A, T0 + MINUTE, 1, 0);
      add(store, A, T0 + 2 * MINUTE, 2, T0);
      add(store, A, T0 + 3 * MINUTE, 3, T0);
      add(store, B, T0 + 3 * MINUTE, 3, 0);
      add(store, A, T0 + 4 * MINUTE, 1, T0 + 3 * MINUTE);
      add(store, A, T0 + 5 * MINUTE, StaleMarker.VALUE, 0);
      add(store, A, T0 + 6 * MINUTE, 2, T0 + 3 * MINUTE);
      add(store, A, T0 + 7 * MINUTE, 3, 0);
      List<String> expected = List.of("1:-", "2:0", "3:0", "4:3", "5:3", "6:3", "7:-");
      assertThat(starts(store, A)).isEqualTo(expected);
      assertThat(starts(store, B)).containsExactly("3:-");
      store.reopen();
      assertThat(starts(store, A)).isEqualTo(expected);
      add(store, A, T0 + 8 * MINUTE, 4, T0 + 7 * MINUTE);
      store.reopen();
      store.reopen();
      assertThat(starts(store, A)).hasSize(8).last().isEqualTo("8:7");
    }
  }

  @Test
  void eachSegment_repeatsTheStarts() throws IOException {
    try (var store =
        new TestStore(directory, KEPT.with(draft -> draft.walSegmentBytes = 64 << 10))) {
      for (int i = 0; i < 3; i++) {
        add(store, A, T0 + (i + 1) * MINUTE, i, T0);
        store.reopen();
      }
      List<String> files = store.files(store.wal());
      assertThat(files).hasSize(3);
      for (String file : files.subList(0, 2)) {
        Files.delete(store.wal().resolve(file));
      }
      store.reopen();
      assertThat(starts(store, A)).containsExactly("3:0");
    }
  }

  @Test
  void blocks_keepStarts_andLaterSamplesContinueThem() throws IOException {
    try (var store = new TestStore(directory, KEPT)) {
      long end = T0 + 3 * WINDOW;
      for (long time = T0; time < end; time += 30 * MINUTE) {
        add(store, A, time, 1 + time - T0, time < T0 + HOUR ? T0 - 5 * MINUTE : T0 + HOUR);
        add(store, B, time, 1, 0);
      }
      List<String> before = starts(store, A);
      assertThat(before).startsWith("0:-5", "30:-5", "60:60", "90:60", "120:60").hasSize(12);
      store.now(end + HOUR);
      assertThat(store.tick().blocksWritten()).isEqualTo(3);
      assertThat(starts(store, A)).isEqualTo(before);
      assertThat(starts(store, B)).hasSize(12).allMatch(one -> one.endsWith(":-"));
      add(store, A, end + HOUR, 1e9, T0 + HOUR);
      store.reopen();
      assertThat(starts(store, A))
          .startsWith(before.toArray(String[]::new))
          .last()
          .isEqualTo("420:60");
    }
  }

  @Test
  void start_ofAWrittenSeries_appliesToItsNewestSample() throws IOException {
    try (var store = new TestStore(directory, KEPT);
        Appender appender = store.tsdb().appender()) {
      var a = new WrittenSeries(A) {};
      var b = new WrittenSeries(B) {};
      assertThat(appender.keepsStarts()).isTrue();
      appender.append(a, T0, 1);
      appender.append(a, T0 + MINUTE, 2);
      appender.append(b, T0, 3);
      appender.start(a, T0 - MINUTE);
      appender.commit();
      assertThat(starts(store, A)).containsExactly("0:-", "1:-1");
      assertThat(starts(store, B)).containsExactly("0:-");
    }
  }

  @Test
  void invalidStarts_areUnknown() throws IOException {
    try (var store = new TestStore(directory, KEPT)) {
      add(store, A, T0, 1, T0 + 1);
      add(store, A, T0 + MINUTE, 2, -1);
      add(store, A, T0 + 2 * MINUTE, 3, T0 + 2 * MINUTE);
      assertThat(starts(store, A)).containsExactly("0:-", "1:-", "2:2");
    }
  }

  @Test
  void storeWithoutStarts_ignoresThem() throws IOException {
    try (var store = new TestStore(directory);
        Appender appender = store.tsdb().appender()) {
      add(store, A, T0, 1, T0 - MINUTE);
      assertThat(starts(store, A)).containsExactly("0:-");
      assertThat(appender.keepsStarts()).isFalse();
    }
  }

  private static double increase(TestStore store, boolean used, long time) {
    var engine =
        new Engine(
            store.tsdb(),
            EngineOptions.defaults()
                .withFeatures(used ? Set.of(Feature.START_TIMESTAMPS) : Set.of()),
            System::nanoTime,
            MemoryBounds.unbounded(),
            new SimpleMeterRegistry());
    var result = engine.evaluate(Query.at("increase(a_total[10m])", time)).value();
    return ((InstantVector) result).value(0);
  }

  /* Created three minutes before its first sample, which is 30; then one more per minute. */
  @Test
  void increase_ofACounterCreatedInItsRange_includesTheFirstSamplesValue() throws IOException {
    try (var store = new TestStore(directory, KEPT)) {
      for (int i = 0; i <= 5; i++) {
        add(store, A, T0 + i * MINUTE, 30 + i, T0 - 3 * MINUTE);
      }
      assertThat(increase(store, true, T0 + 5 * MINUTE)).isEqualTo(35);
      assertThat(increase(store, false, T0 + 5 * MINUTE)).isEqualTo(5.5);
      store.reopen();
      assertThat(increase(store, true, T0 + 5 * MINUTE)).isEqualTo(35);
    }
  }

  /// A window that becomes a block by an import, and one that already is a block.
  @Test
  void imports_keepStarts() throws IOException {
    Path other = directory.resolve("other");
    Path exported = directory.resolve("exported");
    long end = T0 + 2 * WINDOW;
    try (var store = new TestStore(other)) {
      for (long time = T0; time < end; time += 30 * MINUTE) {
        add(store, B, time, 1, 0);
      }
      new PrometheusExport(
              StoredData.open(other),
              List.of(),
              T0,
              end,
              end,
              new Random(1),
              (_, _, _) -> {},
              (_, _, _) -> {})
          .run(exported);
    }
    Path own = directory.resolve("own");
    List<String> before;
    try (var store = new TestStore(own, KEPT)) {
      for (long time = T0; time < end; time += 30 * MINUTE) {
        add(store, A, time, 1 + time - T0, T0 - 5 * MINUTE);
      }
      store.now(T0 + WINDOW + HOUR);
      assertThat(store.tick().blocksWritten()).isEqualTo(1);
      before = starts(store, A);
      assertThat(before).startsWith("0:-5", "30:-5").hasSize(8);
    }
    var report =
        PrometheusImport.run(
            PrometheusBlock.folders(exported),
            own,
            Long.MIN_VALUE,
            Long.MAX_VALUE,
            Duration.ofDays(15),
            Instant.ofEpochMilli(end + 4 * WINDOW),
            (_, _, _) -> {},
            Map.of());
    assertThat(report.blocks()).isEqualTo(2);
    try (var store = new TestStore(own, KEPT)) {
      assertThat(starts(store, B)).hasSize(8);
      assertThat(starts(store, A)).isEqualTo(before);
    }
  }
}
