package io.pharos.tsdb;

import io.pharos.model.Labels;
import io.pharos.model.StaleMarker;
import io.pharos.model.histogram.Histogram;
import io.pharos.storage.AppendOutcome;
import io.pharos.storage.Appender;
import io.pharos.storage.Exemplar;
import io.pharos.storage.ExemplarOutcome;
import io.pharos.storage.SeriesRow;
import io.pharos.storage.WrittenSeries;
import io.pharos.tsdb.chunk.SampleKind;
import io.pharos.tsdb.exemplar.ExemplarStore;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A batch of samples in columns. Used by one thread.
final class Batch implements Appender {
  /* What a scrape says of itself behind its row. */
  private static final int SPARE = 16;

  private final Tsdb store;
  private final int id;
  private final long oldest;
  private final Map<Labels, HeadSeries> begun = new HashMap<>();
  private HeadSeries[] series = new HeadSeries[64];
  private long[] timestamps = new long[64];
  private double[] values = new double[64];
  private @Nullable Histogram @Nullable [] histograms;
  private long @Nullable [] starts;
  private int size;

  /* What the first samples are of, if they were added as a row: then they are not in `series`. */
  private @Nullable HeadRow row;
  private @Nullable LateBatch late;
  private boolean lastIsLate;
  private List<ExemplarStore.Offered> exemplars = List.of();

  /// @param id unique among the store's batches that are under way
  /// @param oldest Unix milliseconds that samples must not be before
  Batch(Tsdb store, int id, long oldest) {
    this.store = store;
    this.id = id;
    this.oldest = oldest;
  }

  int size() {
    return size;
  }

  int id() {
    return id;
  }

  /// The row whose series the first samples are of, or null.
  @Nullable HeadRow row() {
    return row;
  }

  /// How many samples are of the row. They are at one time.
  int rowSize() {
    return row == null ? 0 : row.size();
  }

  @Override
  public boolean append(SeriesRow of, long timestampMillis, double[] newValues) {
    if (size > 0 || of.size() == 0 || keepsStarts() || isTooOld(timestampMillis)) {
      return false;
    }
    HeadRow known = of.found() instanceof HeadRow one && !one.isDissolved() ? one : store.join(of);
    if (known == null) {
      return false;
    }
    of.found(known);
    if (timestampMillis <= known.lastTime()) {
      return false;
    }
    reserve(known.size());
    row = known;
    size = known.size();
    System.arraycopy(newValues, 0, values, 0, size);
    Arrays.fill(timestamps, 0, size, timestampMillis);
    return true;
  }

  /// Takes the samples of the row as if they had been added one by one. What becomes of each is
  /// told at the commit.
  void expand() {
    HeadRow of = row;
    if (of == null) {
      return;
    }
    row = null;
    for (int i = 0; i < of.size(); i++) {
      series[i] = of.series(i);
      AppendOutcome _ = series[i].offer(this, i, timestamps[i], values[i], null);
    }
  }

  /// The series of the samples; the store replaces those that the head knows by another object.
  HeadSeries[] series() {
    return series;
  }

  long[] timestamps() {
    return timestamps;
  }

  double[] values() {
    return values;
  }

  /// The samples that are histograms, null where a sample is a float; null while all of them are.
  @Nullable Histogram @Nullable [] histograms() {
    return histograms;
  }

  /// Whether a sample that was added by itself is of a series. After a rollback it may be
  /// another's.
  @SuppressWarnings("ReferenceEquality") // a series of the head is itself alone
  boolean isOf(int i, HeadSeries one) {
    return series[i] == one;
  }

  @Nullable Histogram histogram(int i) {
    return histograms == null ? null : histograms[i];
  }

  /// From when on a sample counts, in Unix milliseconds; 0 for unknown.
  long start(int i) {
    return starts == null || i >= starts.length ? 0 : starts[i];
  }

  /// Whether a sample says from when on it counts. What ends a series is no such.
  boolean saysStart(int i) {
    return start(i) != 0 || !StaleMarker.is(values[i]);
  }

  @Override
  public boolean keepsStarts() {
    return store.options().keepStarts();
  }

  /* It is said right behind the sample, or behind the few of its histogram. */
  @Override
  public void start(WrittenSeries of, long startMillis) {
    if (keepsStarts() && !lastIsLate && of.found() instanceof HeadSeries known) {
      for (int i = size - 1; i >= 0; i--) {
        if (series[i] == known) {
          start(i, startMillis);
          return;
        }
      }
    }
  }

  /* A sample can't count from before 1970 or from after itself. */
  private void start(int i, long said) {
    long startMillis = said < 0 || said > timestamps[i] ? 0 : said;
    if (startMillis == 0 && starts == null) {
      return;
    }
    if (starts == null) {
      starts = new long[timestamps.length];
    } else if (starts.length <= i) {
      starts = Arrays.copyOf(starts, timestamps.length);
    }
    starts[i] = startMillis;
  }

  @Override
  public AppendOutcome append(Labels labels, long timestampMillis, double value, long startMillis) {
    return started(append(labels, timestampMillis, value), startMillis);
  }

  @Override
  public AppendOutcome append(
      Labels labels, long timestampMillis, Histogram histogram, long startMillis) {
    return started(append(labels, timestampMillis, histogram), startMillis);
  }

  private AppendOutcome started(AppendOutcome outcome, long startMillis) {
    if (outcome == AppendOutcome.APPENDED && !lastIsLate && keepsStarts()) {
      start(size - 1, startMillis);
    }
    return outcome;
  }

  @Override
  public AppendOutcome append(Labels labels, long timestampMillis, double value) {
    return note(SampleKind.FLOAT, offer(labels, timestampMillis, value, null));
  }

  @Override
  public AppendOutcome append(WrittenSeries series, long timestampMillis, double value) {
    return note(SampleKind.FLOAT, offer(series, timestampMillis, value, null));
  }

  @Override
  public AppendOutcome append(Labels labels, long timestampMillis, Histogram histogram) {
    return StaleMarker.is(histogram.sum())
        ? append(labels, timestampMillis, StaleMarker.VALUE)
        : note(SampleKind.HISTOGRAM, offer(labels, timestampMillis, Double.NaN, histogram));
  }

  @Override
  public AppendOutcome append(WrittenSeries series, long timestampMillis, Histogram histogram) {
    return StaleMarker.is(histogram.sum())
        ? append(series, timestampMillis, StaleMarker.VALUE)
        : note(SampleKind.HISTOGRAM, offer(series, timestampMillis, Double.NaN, histogram));
  }

  private AppendOutcome note(SampleKind kind, AppendOutcome outcome) {
    store.metrics().refused(kind, outcome);
    return outcome;
  }

  /* What is not attached any more may be in the head as another object; the commit looks again. */
  private @Nullable HeadSeries find(WrittenSeries series) {
    if (series.found() instanceof HeadSeries known && known.isAttached()) {
      return known;
    }
    HeadSeries known = find(series.labels());
    if (known != null) {
      series.found(known, known.labels());
    }
    return known;
  }

  /// The series of these labels, begun where the head lacks it; null where it has no room.
  private @Nullable HeadSeries find(Labels labels) {
    HeadSeries known = store.head().find(labels);
    if (known == null) {
      known = begun.get(labels);
    }
    if (known == null && store.head().size() + begun.size() < store.options().maxSeries()) {
      known = store.head().detached(labels);
      begun.put(known.labels(), known);
    }
    return known;
  }

  private AppendOutcome offer(
      Labels labels, long timestampMillis, double value, @Nullable Histogram histogram) {
    if (isTooOld(timestampMillis)) {
      return store.late().takes(timestampMillis)
          ? offerLate(find(labels), timestampMillis, value, histogram)
          : AppendOutcome.TOO_OLD;
    }
    return offer(find(labels), timestampMillis, value, histogram);
  }

  private AppendOutcome offer(
      WrittenSeries series, long timestampMillis, double value, @Nullable Histogram histogram) {
    if (isTooOld(timestampMillis)) {
      return store.late().takes(timestampMillis)
          ? offerLate(find(series), timestampMillis, value, histogram)
          : AppendOutcome.TOO_OLD;
    }
    return offer(find(series), timestampMillis, value, histogram);
  }

  private boolean isTooOld(long timestampMillis) {
    return timestampMillis < oldest || timestampMillis < store.acceptsFrom();
  }

  private AppendOutcome offer(
      @Nullable HeadSeries known,
      long timestampMillis,
      double value,
      @Nullable Histogram histogram) {
    if (known == null) {
      return AppendOutcome.SERIES_LIMIT;
    }
    if (row != null && isInRow(known)) {
      expand();
    }
    AppendOutcome outcome = known.offer(this, size, timestampMillis, value, histogram);
    if (outcome == AppendOutcome.APPENDED) {
      add(known, timestampMillis, value, histogram);
    } else if (outcome == AppendOutcome.OUT_OF_ORDER && store.late().isOn()) {
      return offerLate(known, timestampMillis, value, histogram);
    }
    return outcome;
  }

  private AppendOutcome offerLate(
      @Nullable HeadSeries known,
      long timestampMillis,
      double value,
      @Nullable Histogram histogram) {
    if (known == null) {
      return AppendOutcome.SERIES_LIMIT;
    }
    AppendOutcome outcome = store.late().judge(known, timestampMillis, value, histogram);
    if (outcome == AppendOutcome.APPENDED) {
      late().add(known, timestampMillis, value, histogram);
      lastIsLate = true;
    }
    return outcome;
  }

  private LateBatch late() {
    if (late == null) {
      late = new LateBatch();
    }
    return late;
  }

  /// The samples that can't go behind those of their series; null without any.
  @Nullable LateBatch lateOnes() {
    return late;
  }

  /// Puts a sample among those whose turn among the others has passed.
  void isLate(int i) {
    late().add(series[i], timestamps[i], values[i], histograms == null ? null : histograms[i]);
  }

  @SuppressWarnings("ReferenceEquality") // a row is itself alone
  private boolean isInRow(HeadSeries one) {
    return one.row() == row;
  }

  private void reserve(int samples) {
    int room = timestamps.length;
    if (samples > room) {
      room = Math.max(samples + SPARE, room * 2);
      series = Arrays.copyOf(series, room);
      timestamps = Arrays.copyOf(timestamps, room);
      values = Arrays.copyOf(values, room);
      if (histograms != null) {
        histograms = Arrays.copyOf(histograms, room);
      }
    }
  }

  private void add(
      HeadSeries known, long timestampMillis, double value, @Nullable Histogram histogram) {
    reserve(size + 1);
    if (histogram != null) {
      if (histograms == null) {
        histograms = new Histogram[timestamps.length];
      }
      histograms[size] = histogram;
    }
    lastIsLate = false;
    series[size] = known;
    timestamps[size] = timestampMillis;
    values[size++] = value;
  }

  @Override
  public ExemplarOutcome append(Labels labels, Exemplar exemplar) {
    ExemplarOutcome outcome = store.exemplars().judge(labels, exemplar);
    if (outcome == ExemplarOutcome.ACCEPTED) {
      if (exemplars.isEmpty()) {
        exemplars = new ArrayList<>();
      }
      exemplars.add(new ExemplarStore.Offered(labels, exemplar));
    }
    return outcome;
  }

  @Override
  public void commit() {
    if (size > 0 || late != null) {
      store.commit(this);
    }
    if (!exemplars.isEmpty()) {
      store.exemplars().append(exemplars);
    }
    rollback();
  }

  @Override
  public void rollback() {
    size = 0;
    row = null;
    late = null;
    histograms = null;
    starts = null;
    exemplars = List.of();
    begun.clear();
  }

  @Override
  public void close() {
    rollback();
  }
}
