package io.pharos.tsdb;

import static io.pharos.tsdb.TestStore.HOUR;
import static io.pharos.tsdb.TestStore.T0;
import static io.pharos.tsdb.TestStore.WINDOW;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.model.Labels;
import io.pharos.model.histogram.Histogram;
import io.pharos.model.histogram.ResetHint;
import io.pharos.storage.AppendOutcome;
import io.pharos.storage.SampleWindow;
import io.pharos.storage.SeriesSet;
import io.pharos.storage.TestHistograms;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TsdbHistogramTest {
  private static final Labels LATENCY = Labels.of("__name__", "latency");
  private static final long MINUTE = 60_000;

  @TempDir Path directory;

  private static SampleWindow read(TestStore store) {
    SeriesSet set = store.tsdb().select(List.of(), T0, T0 + 3 * WINDOW);
    var window = new SampleWindow();
    set.read(0, T0, T0 + 3 * WINDOW, window);
    return window;
  }

  private static List<ResetHint> hints(TestStore store) {
    SampleWindow window = read(store);
    var hints = new ArrayList<ResetHint>();
    for (int i = 0; i < window.size(); i++) {
      hints.add(requireNonNull(window.histogram(i)).hint());
    }
    return hints;
  }

  /* A counter that grows each minute and has one reset, over three windows. */
  private static void fill(TestStore store) {
    for (int minute = 0; minute < 300; minute++) {
      store.now(T0 + minute * MINUTE);
      int count = minute < 50 ? minute : minute - 50;
      assertThat(store.append(LATENCY, T0 + minute * MINUTE, TestHistograms.of(count, 2 * count)))
          .isEqualTo(AppendOutcome.APPENDED);
    }
  }

  @Test
  void reopenAndCompactTick_giveBackHistogramsAndHints() throws Exception {
    try (var store = new TestStore(directory)) {
      fill(store);
      var before = store.dump(T0, T0 + 3 * WINDOW);
      List<ResetHint> hints = hints(store);
      assertThat(hints).hasSize(300);
      assertThat(hints.get(49)).isEqualTo(ResetHint.NOT_RESET);
      assertThat(hints.get(50)).isEqualTo(ResetHint.UNKNOWN);
      assertThat(hints.get(51)).isEqualTo(ResetHint.NOT_RESET);
      /* At the reset and where chunks begin: at the first sample and at the borders of windows. */
      assertThat(hints.stream().filter(hint -> hint == ResetHint.UNKNOWN)).hasSizeLessThan(8);
      store.reopen();
      assertThat(hints(store)).isEqualTo(hints);
      store.now(T0 + 2 * WINDOW + HOUR);
      assertThat(store.tick().blocksWritten()).isEqualTo(2);
      assertThat(store.dump(T0, T0 + 3 * WINDOW)).isEqualTo(before);
      assertThat(hints(store)).isEqualTo(hints);
      store.reopen();
      assertThat(store.dump(T0, T0 + 3 * WINDOW)).isEqualTo(before);
      assertThat(hints(store)).isEqualTo(hints);
    }
  }

  @Test
  void append_largeHistograms_cutsChunksBySize() throws Exception {
    try (var store = new TestStore(directory)) {
      var random = new Random(1);
      Histogram histogram = TestHistograms.of(new double[200]);
      for (int i = 0; i < 60; i++) {
        histogram = TestHistograms.grown(histogram, random);
        store.append(LATENCY, T0 + i, histogram);
      }
      assertThat(store.gauge("prometheus_tsdb_head_chunks")).isBetween(2.0, 15.0);
      assertThat(read(store).size()).isEqualTo(60);
      assertThat(requireNonNull(read(store).histogram(59)).withHint(ResetHint.UNKNOWN))
          .isEqualTo(histogram);
      long unknown = hints(store).stream().filter(hint -> hint == ResetHint.UNKNOWN).count();
      assertThat((double) unknown).isEqualTo(store.gauge("prometheus_tsdb_head_chunks"));
    }
  }

  @Test
  void metrics_tellHistogramsFromFloats() throws Exception {
    try (var store = new TestStore(directory)) {
      store.append(LATENCY, T0, TestHistograms.of(1));
      store.append(LATENCY, T0 + 1, 1);
      store.append(LATENCY, T0 + 2, TestHistograms.of(2));
      assertThat(store.append(LATENCY, T0, TestHistograms.of(3)))
          .isEqualTo(AppendOutcome.OUT_OF_ORDER);
      assertThat(store.counter("prometheus_tsdb_head_samples_appended_total", "histogram"))
          .isEqualTo(2);
      assertThat(store.counter("prometheus_tsdb_head_samples_appended_total", "float"))
          .isEqualTo(1);
      assertThat(store.counter("prometheus_tsdb_out_of_order_samples_total", "histogram"))
          .isEqualTo(1);
      assertThat(store.counter("prometheus_tsdb_out_of_order_samples_total", "float")).isZero();
    }
  }
}
