package io.pharos.tsdb;

import io.pharos.model.Labels;
import io.pharos.model.histogram.Histogram;
import io.pharos.storage.AppendOutcome;
import io.pharos.storage.SampleWindow;
import io.pharos.tsdb.chunk.SampleKind;
import io.pharos.tsdb.late.LateSamples;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// Takes samples that are older than others of their series, or than what the head accepts, while
/// they are within a window behind the newest sample of all; and keeps account of them until blocks
/// have them.
final class LateArrivals {
  /* What is taken is decided before it is logged, and the log says of such a sample that it was taken: so a
   * replay takes the same ones, whatever the window is by then. */

  private final Tsdb store;
  private final InstantSource clock;
  private final long maxBytes;
  private volatile long windowMillis;
  private volatile long newest;
  private volatile long oldest = Long.MAX_VALUE;
  private final AtomicLong revision = new AtomicLong();
  private final AtomicLong bytes = new AtomicLong();

  /* Series that have any; guarded by the commit lock. */
  private final Set<HeadSeries> series = new HashSet<>();

  private long dueMillis = Long.MAX_VALUE;

  /// @param store whose log was read
  /// @param maxBytes about what the samples may take of the memory
  LateArrivals(Tsdb store, InstantSource clock, long maxBytes) {
    this.store = store;
    this.clock = clock;
    this.maxBytes = maxBytes;
    this.newest = store.newestMillis();
    for (HeadSeries one : store.head().all()) {
      if (one.late() != LateSamples.NONE) {
        series.add(one);
      }
    }
    takeStock();
    store
        .metrics()
        .gauge(
            "pharos_tsdb_out_of_order_bytes",
            "Memory of the samples that came out of order and are in no block yet, about.",
            this,
            it -> it.bytes.get());
  }

  private void takeStock() {
    long first = Long.MAX_VALUE;
    long sum = 0;
    for (HeadSeries one : series) {
      first = Math.min(first, one.late().oldest());
      sum += one.late().bytes();
    }
    oldest = first;
    bytes.set(sum);
  }

  void window(Duration window) {
    if (window.isNegative()) {
      throw new IllegalArgumentException(window + ": a window can't be negative");
    }
    windowMillis = window.toMillis();
  }

  boolean isOn() {
    return windowMillis > 0;
  }

  /// Whether a sample of a time would be within the window. While nothing is known, that is behind
  /// the clock.
  boolean takes(long timeMillis) {
    long end = newest == Long.MIN_VALUE ? clock.millis() : newest;
    return isOn() && timeMillis >= end - windowMillis;
  }

  /// Unix milliseconds of the first sample, or `Long.MAX_VALUE` without any.
  long oldest() {
    return oldest;
  }

  long bytes() {
    return bytes.get();
  }

  /// Changes when samples have gone from here into blocks.
  long revision() {
    return revision.get();
  }

  /// What would become of a sample.
  ///
  /// @param histogram the sample, or null where it is the float
  AppendOutcome judge(HeadSeries of, long time, double value, @Nullable Histogram histogram) {
    if (!takes(time)) {
      return AppendOutcome.TOO_OLD;
    }
    return judge(of, of.late(), time, value, histogram);
  }

  private AppendOutcome judge(
      HeadSeries of, LateSamples late, long time, double value, @Nullable Histogram histogram) {
    AppendOutcome beside = late.judge(time, value, histogram);
    if (beside != AppendOutcome.APPENDED) {
      return beside;
    }
    var stored = new SampleWindow(1);
    of.snapshot().read(time, time, stored);
    if (stored.size() > 0) {
      return LateSamples.isSame(stored.value(0), stored.histogram(0), value, histogram)
          ? AppendOutcome.DUPLICATE
          : AppendOutcome.DUPLICATE_TIMESTAMP;
    }
    return bytes.get() + LateSamples.bytes(histogram) > maxBytes
        ? AppendOutcome.LATE_LIMIT
        : AppendOutcome.APPENDED;
  }

  /// Logs and stores what can be of a batch, whose other samples were stored. Under the commit
  /// lock.
  void commit(@Nullable LateBatch batch) {
    newest = Math.max(newest, store.wal().encoder().maxTime());
    if (batch == null) {
      return;
    }
    Map<Labels, HeadSeries> begun = new HashMap<>();
    Map<HeadSeries, LateSamples> changed = new HashMap<>();
    var taken = new LateBatch();
    SampleWindow samples = batch.samples();
    long more = 0;
    for (int i = 0; i < batch.size(); i++) {
      HeadSeries one = resolve(batch.series(i), begun);
      long time = samples.timestamp(i);
      double value = samples.value(i);
      Histogram histogram = samples.histogram(i);
      LateSamples known = changed.getOrDefault(one, one.late());
      AppendOutcome outcome = judge(one, known, time, value, histogram);
      if (outcome == AppendOutcome.APPENDED) {
        changed.put(one, known.with(time, value, histogram));
        taken.add(one, time, value, histogram);
        more += LateSamples.bytes(histogram);
      } else {
        store.metrics().refused(kind(histogram), outcome);
      }
    }
    if (taken.size() == 0) {
      return;
    }
    store.logOrRemember(taken.size(), () -> log(taken));
    begun.values().removeIf(one -> !changed.containsKey(one));
    if (!begun.isEmpty()) {
      store.head().attach(begun.values());
    }
    changed.forEach(HeadSeries::late);
    series.addAll(changed.keySet());
    bytes.addAndGet(more);
    for (int i = 0; i < taken.size(); i++) {
      oldest = Math.min(oldest, taken.samples().timestamp(i));
      store.metrics().appendedLate(kind(taken.samples().histogram(i)));
    }
  }

  private static SampleKind kind(@Nullable Histogram histogram) {
    return histogram == null ? SampleKind.FLOAT : SampleKind.HISTOGRAM;
  }

  /* As in Tsdb.resolve. */
  private HeadSeries resolve(HeadSeries one, Map<Labels, HeadSeries> begun) {
    if (one.isAttached()) {
      return one;
    }
    HeadSeries known = store.head().find(one.labels());
    if (known != null) {
      return known;
    }
    HeadSeries first = begun.putIfAbsent(one.labels(), one);
    return first == null ? one : first;
  }

  private void log(LateBatch batch) {
    int segment = store.wal().begin();
    var numbers = new int[batch.size()];
    for (int i = 0; i < numbers.length; i++) {
      HeadSeries one = batch.series(i);
      numbers[i] = one.numberIn(segment, store.wal().encoder());
    }
    SampleWindow samples = batch.samples();
    store
        .wal()
        .encoder()
        .late(
            numbers.length, numbers, samples.timestamps(), samples.values(), samples.histograms());
    store.wal().write();
  }

  /// Whether samples should go to blocks now though no window has ended: they take half of the
  /// memory that they may, or have been here for as long as a window takes.
  ///
  /// @param endMillis before which they can
  boolean isDue(long nowMillis, long endMillis) {
    if (oldest >= endMillis) {
      dueMillis = Long.MAX_VALUE;
      return false;
    }
    if (dueMillis == Long.MAX_VALUE) {
      dueMillis = nowMillis + Tsdb.WINDOW_MILLIS;
    }
    return nowMillis >= dueMillis || bytes.get() > maxBytes / 2;
  }

  /// What is here at this moment, for blocks.
  Moving begin() {
    var moving = new Moving();
    store.exclusively(
        () -> {
          series.forEach(one -> moving.samples.put(one, one.late()));
          moving.segment = store.wal().segment();
        });
    return moving;
  }

  /// Samples on their way into blocks.
  final class Moving {
    private final Map<HeadSeries, LateSamples> samples = new HashMap<>();
    private int segment;

    /// The starts of the windows before a time that have any.
    NavigableSet<Long> windowsBefore(long endMillis) {
      var starts = new TreeSet<Long>();
      samples.values().forEach(one -> one.addWindowsBefore(endMillis, Tsdb.WINDOW_MILLIS, starts));
      return starts;
    }

    /// Puts those of a window behind what a block is made of.
    void addTo(WindowContent content, long start) {
      samples.forEach(
          (one, late) ->
              content.add(one.labels(), late.within(start, start + Tsdb.WINDOW_MILLIS - 1)));
    }

    /// Forgets those of a window, which the store's block of it has, or which nobody wants.
    void moved(long start) {
      revision.incrementAndGet();
      store.exclusively(
          () -> {
            samples.forEach(
                (one, late) ->
                    one.late(one.late().without(late, start, start + Tsdb.WINDOW_MILLIS)));
            series.removeIf(one -> one.late() == LateSamples.NONE);
            takeStock();
          });
    }

    /// Ends it.
    ///
    /// @param whole whether all of before the end of the last block are moved
    void end(boolean whole, long nowMillis) {
      dueMillis = whole ? Long.MAX_VALUE : nowMillis + Tsdb.WINDOW_MILLIS;
      if (whole) {
        store.exclusively(() -> store.wal().lateFrom(segment));
      }
    }
  }
}
