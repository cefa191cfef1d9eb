package io.pharos.tsdb;

import io.pharos.model.Labels;
import io.pharos.model.StaleMarker;
import io.pharos.model.histogram.Histogram;
import io.pharos.storage.AppendOutcome;
import io.pharos.storage.Appender;
import io.pharos.storage.Exemplar;
import io.pharos.storage.SampleWindow;
import io.pharos.storage.SeriesRow;
import io.pharos.storage.SeriesShare;
import io.pharos.storage.WrittenSeries;
import io.pharos.tsdb.exemplar.ExemplarStore;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A batch of samples, stored in columns. Used by one thread.
final class Batch implements Appender {
  /* Spare capacity after a row, for the samples that a scrape appends about itself. */
  private static final int SPARE = 16;

  private final Tsdb store;
  final int id;
  private final long oldest;
  private final Map<Labels, HeadSeries> created = new HashMap<>();

  /// The series of each sample. At the commit, the store replaces each object by the head's object
  /// for the same labels.
  HeadSeries[] series = new HeadSeries[64];

  /// The samples, in the order of arrival.
  final SampleWindow samples = new SampleWindow(64);

  /* The row of the first samples, if they were added as a row; `series` has no entries for them. */
  @Nullable HeadRow row;
  private LateIntake.@Nullable LateBatch late;
  private boolean lastIsLate;
  private boolean reserve;

  /* Asked before the first new series: only a garbage collection changes the answer. */
  private boolean heapIsFull;

  /// The source of all samples; null if the writer does not name it.
  @Nullable SeriesShare share;

  private List<ExemplarStore.Offered> exemplars = List.of();

  /// @param id unique among the store's open batches
  /// @param oldest Unix milliseconds of the oldest sample that is accepted
  Batch(Tsdb store, int id, long oldest) {
    this.store = store;
    this.id = id;
    this.oldest = oldest;
  }

  /// Number of in-order samples; late samples are not counted.
  int size() {
    return samples.size();
  }

  /// Number of samples of the row. They have the same timestamp.
  int rowSize() {
    return row == null ? 0 : row.size();
  }

  @Override
  public boolean append(SeriesRow written, long timestampMillis, double[] newValues) {
    if (size() > 0 || written.size() == 0 || keepsStarts() || isTooOld(timestampMillis)) {
      return false;
    }
    HeadRow headRow =
        written.found() instanceof HeadRow candidate && !candidate.isDissolved()
            ? candidate
            : store.join(written);
    if (headRow == null) {
      return false;
    }
    written.found(headRow);
    if (timestampMillis <= headRow.lastTime()) {
      return false;
    }
    int count = headRow.size();
    samples.reserve(count + SPARE);
    System.arraycopy(newValues, 0, samples.values(), 0, count);
    Arrays.fill(samples.timestamps(), 0, count, timestampMillis);
    samples.added(count);
    growSeries();
    row = headRow;
    return true;
  }

  /// Converts the samples of the row to samples of single series. The commit computes their
  /// outcomes.
  void expand() {
    HeadRow expanded = row;
    if (expanded == null) {
      return;
    }
    row = null;
    for (int i = 0; i < expanded.size(); i++) {
      series[i] = expanded.series(i);
      AppendOutcome _ = series[i].offer(this, i, samples.timestamp(i), samples.value(i), null);
    }
  }

  /// Whether the `i`-th sample was added singly and belongs to a series. Returns false if another
  /// series has this index now, because the batch was rolled back meanwhile.
  @SuppressWarnings("ReferenceEquality") // compares identities: the head has one object per series
  boolean isOf(int i, HeadSeries candidate) {
    return series[i] == candidate;
  }

  /// Whether the start timestamp of the `i`-th sample, or that it is unknown, must be stored. A
  /// staleness marker without a start timestamp does not change the start of its series.
  boolean carriesStart(int i) {
    return samples.start(i) != 0 || !StaleMarker.is(samples.value(i));
  }

  @Override
  public void share(SeriesShare source) {
    share = source;
  }

  @Override
  public void useReserve() {
    reserve = true;
  }

  @Override
  public boolean keepsStarts() {
    return store.options.keepStarts();
  }

  /* Searches backwards: the sample is the last one, or one of the last few if a caller added all
   * series of a histogram before. */
  @Override
  public void start(WrittenSeries written, long startMillis) {
    if (keepsStarts() && !lastIsLate && written.found() instanceof HeadSeries headSeries) {
      for (int i = size() - 1; i >= 0; i--) {
        if (series[i] == headSeries) {
          start(i, startMillis);
          return;
        }
      }
    }
  }

  /* A start before 1970 or after the sample is invalid. */
  private void start(int i, long reported) {
    long startMillis = reported < 0 || reported > samples.timestamp(i) ? 0 : reported;
    if (startMillis != 0 || samples.starts() != null) {
      samples.setStart(i, startMillis);
    }
  }

  @Override
  public AppendOutcome append(Labels labels, long timestampMillis, double value, long startMillis) {
    return started(offer(null, labels, timestampMillis, value, null), startMillis);
  }

  @Override
  public AppendOutcome append(
      Labels labels, long timestampMillis, Histogram histogram, long startMillis) {
    return StaleMarker.is(histogram.sum())
        ? append(labels, timestampMillis, StaleMarker.VALUE, startMillis)
        : started(offer(null, labels, timestampMillis, Double.NaN, histogram), startMillis);
  }

  private AppendOutcome started(AppendOutcome outcome, long startMillis) {
    if (outcome == AppendOutcome.APPENDED && !lastIsLate && keepsStarts()) {
      start(size() - 1, startMillis);
    }
    return outcome;
  }

  @Override
  public AppendOutcome append(WrittenSeries series, long timestampMillis, double value) {
    return offer(series, series.labels(), timestampMillis, value, null);
  }

  @Override
  public AppendOutcome append(WrittenSeries series, long timestampMillis, Histogram histogram) {
    return StaleMarker.is(histogram.sum())
        ? append(series, timestampMillis, StaleMarker.VALUE)
        : offer(series, series.labels(), timestampMillis, Double.NaN, histogram);
  }

  /* The head may contain another object for these labels; then the commit replaces the returned
   * object. */
  private @Nullable HeadSeries find(WrittenSeries series) {
    if (series.found() instanceof HeadSeries headSeries && headSeries.attached) {
      return headSeries;
    }
    HeadSeries headSeries = find(series.labels());
    if (headSeries != null) {
      series.found(headSeries, headSeries.labels());
    }
    return headSeries;
  }

  /// Returns the series with these labels; creates it if the head has none. Returns null if the
  /// limit on series, or the share of the source, is reached.
  private @Nullable HeadSeries find(Labels labels) {
    HeadSeries headSeries = store.head.find(labels);
    if (headSeries == null) {
      headSeries = created.get(labels);
    }
    if (headSeries == null && mayCreate()) {
      headSeries = store.head.detached(labels);
      headSeries.share = share;
      created.put(headSeries.labels(), headSeries);
      store.uncommitted.incrementAndGet();
    }
    return headSeries;
  }

  private boolean mayCreate() {
    if (created.isEmpty() && !heapIsFull) {
      heapIsFull = store.options.heapIsFull().getAsBoolean();
    }
    return (reserve || !heapIsFull)
        && store.limit.hasRoom(
            store.head.size() + store.uncommitted.get(), created.size(), share, reserve);
  }

  private AppendOutcome offer(
      @Nullable WrittenSeries series,
      Labels labels,
      long timestampMillis,
      double value,
      @Nullable Histogram histogram) {
    AppendOutcome outcome =
        isTooOld(timestampMillis) && !store.late.accepts(timestampMillis)
            ? AppendOutcome.TOO_OLD
            : outcomeOf(
                series == null ? find(labels) : find(series), timestampMillis, value, histogram);
    store.metrics.refused(histogram, outcome);
    return outcome;
  }

  private boolean isTooOld(long timestampMillis) {
    return timestampMillis < oldest || timestampMillis < store.acceptsFrom;
  }

  private AppendOutcome outcomeOf(
      @Nullable HeadSeries headSeries,
      long timestampMillis,
      double value,
      @Nullable Histogram histogram) {
    if (headSeries == null) {
      return AppendOutcome.SERIES_LIMIT;
    }
    if (isTooOld(timestampMillis)) {
      return offerLate(headSeries, timestampMillis, value, histogram);
    }
    if (row != null && isInRow(headSeries)) {
      expand();
    }
    AppendOutcome outcome = headSeries.offer(this, size(), timestampMillis, value, histogram);
    if (outcome == AppendOutcome.APPENDED) {
      add(headSeries, timestampMillis, value, histogram);
    } else if (outcome == AppendOutcome.OUT_OF_ORDER && store.late.isOn()) {
      return offerLate(headSeries, timestampMillis, value, histogram);
    }
    return outcome;
  }

  private AppendOutcome offerLate(
      HeadSeries headSeries, long timestampMillis, double value, @Nullable Histogram histogram) {
    AppendOutcome outcome = store.late.outcomeOf(headSeries, timestampMillis, value, histogram);
    if (outcome == AppendOutcome.APPENDED) {
      late().add(headSeries, timestampMillis, value, histogram);
      lastIsLate = true;
    }
    return outcome;
  }

  private LateIntake.LateBatch late() {
    if (late == null) {
      late = new LateIntake.LateBatch();
    }
    return late;
  }

  /// The samples that cannot be appended to their series in order, or null if there are none.
  LateIntake.@Nullable LateBatch lateSamples() {
    return late;
  }

  /// Moves a sample to the late samples because newer samples of its series were committed first.
  void moveToLate(int i) {
    late().add(series[i], samples.timestamp(i), samples.value(i), samples.histogram(i));
  }

  @SuppressWarnings("ReferenceEquality") // compares identities: a row equals only itself
  private boolean isInRow(HeadSeries candidate) {
    return candidate.row == row;
  }

  private void add(
      HeadSeries headSeries, long timestampMillis, double value, @Nullable Histogram histogram) {
    samples.add(timestampMillis, value, histogram);
    growSeries();
    series[size() - 1] = headSeries;
    lastIsLate = false;
  }

  private void growSeries() {
    if (series.length < size()) {
      series = Arrays.copyOf(series, samples.timestamps().length);
    }
  }

  @Override
  public Exemplar.Outcome append(Labels labels, Exemplar exemplar) {
    Exemplar.Outcome outcome = store.exemplars().outcomeOf(labels, exemplar);
    if (outcome == Exemplar.Outcome.ACCEPTED) {
      if (exemplars.isEmpty()) {
        exemplars = new ArrayList<>();
      }
      exemplars.add(new ExemplarStore.Offered(labels, exemplar));
    }
    return outcome;
  }

  @Override
  public void commit() {
    if (size() > 0 || late != null) {
      store.commit(this);
    }
    if (!exemplars.isEmpty()) {
      store.exemplars().append(exemplars);
    }
    rollback();
  }

  @Override
  public void rollback() {
    samples.clear();
    row = null;
    late = null;
    exemplars = List.of();
    store.uncommitted.addAndGet(-created.size());
    created.clear();
  }

  @Override
  public void close() {
    rollback();
  }
}
