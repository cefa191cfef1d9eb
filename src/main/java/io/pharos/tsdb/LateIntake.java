package io.pharos.tsdb;

import static java.util.Comparator.comparingInt;

import io.pharos.model.Labels;
import io.pharos.model.histogram.Histogram;
import io.pharos.storage.AppendOutcome;
import io.pharos.storage.SampleWindow;
import io.pharos.tsdb.late.LateSamples;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// Accepts samples that are older than the last sample of their series, or older than the head
/// accepts, if they lie within a time window before the newest sample of all series. Stores them
/// until they are in blocks.
final class LateIntake {
  /* The store decides whether to accept a late sample before it logs the sample, and the log marks
   * the sample as accepted. So a replay restores the same samples, even if the length of the window
   * was changed. */

  private final Tsdb store;
  private final InstantSource clock;
  private final long maxBytes;
  private volatile long windowMillis;
  private volatile long newest;
  private volatile long oldest = Long.MAX_VALUE;
  private final AtomicLong revision = new AtomicLong();
  private final AtomicLong bytes = new AtomicLong();

  /* Series with late samples; guarded by the commit lock. */
  private final Set<HeadSeries> series = new HashSet<>();

  private long dueMillis = Long.MAX_VALUE;

  /// @param store a store after its replay
  /// @param maxBytes approximate limit on the memory of the samples
  LateIntake(Tsdb store, InstantSource clock, long maxBytes) {
    this.store = store;
    this.clock = clock;
    this.maxBytes = maxBytes;
    this.newest = store.newestMillis();
    store.head.all().stream().filter(one -> one.late != LateSamples.NONE).forEach(series::add);
    recount();
    store.metrics.gauge(
        "pharos_tsdb_out_of_order_bytes",
        "Approximate memory of the out-of-order samples that are in no block yet.",
        this,
        it -> it.bytes.get());
  }

  private void recount() {
    long first = Long.MAX_VALUE;
    long sum = 0;
    for (HeadSeries one : series) {
      first = Math.min(first, one.late.oldest());
      sum += one.late.bytes();
    }
    oldest = first;
    bytes.set(sum);
  }

  /// Sets the length of the window; zero to accept no late samples.
  void window(Duration window) {
    if (window.isNegative()) {
      throw new IllegalArgumentException(
          "the out-of-order window is " + window + ", expected 0 or more");
    }
    windowMillis = window.toMillis();
  }

  boolean isOn() {
    return windowMillis > 0;
  }

  /// Whether a time lies within the window. As long as the store has no sample, the window ends at
  /// the current time.
  boolean accepts(long timeMillis) {
    long end = newest == Long.MIN_VALUE ? clock.millis() : newest;
    return isOn() && timeMillis >= end - windowMillis;
  }

  /// Unix milliseconds of the oldest late sample, or `Long.MAX_VALUE` without one.
  long oldest() {
    return oldest;
  }

  /// Approximate memory of the late samples in bytes.
  long bytes() {
    return bytes.get();
  }

  /// A number that changes when late samples have moved to blocks.
  long revision() {
    return revision.get();
  }

  /// Computes the outcome of adding a late sample to a series. `histogram` is the sample if it is a
  /// histogram, else null.
  AppendOutcome outcomeOf(
      HeadSeries owner, long time, double value, @Nullable Histogram histogram) {
    if (!accepts(time)) {
      return AppendOutcome.TOO_OLD;
    }
    return outcomeOf(owner, owner.late, time, value, histogram);
  }

  private AppendOutcome outcomeOf(
      HeadSeries owner, LateSamples late, long time, double value, @Nullable Histogram histogram) {
    AppendOutcome lateOutcome = late.outcomeOf(time, value, histogram);
    if (lateOutcome != AppendOutcome.APPENDED) {
      return lateOutcome;
    }
    var stored = new SampleWindow(1);
    owner.snapshot().read(time, time, stored);
    if (stored.size() > 0) {
      return AppendOutcome.atSameTime(stored.value(0), stored.histogram(0), value, histogram);
    }
    return bytes.get() + LateSamples.bytes(histogram) > maxBytes
        ? AppendOutcome.LATE_LIMIT
        : AppendOutcome.APPENDED;
  }

  /// Logs and stores the acceptable late samples of a batch. Called after the batch's other samples
  /// were stored, under the commit lock.
  void commit(@Nullable LateBatch batch) {
    newest = Math.max(newest, store.wal.encoder().maxTime());
    if (batch == null) {
      return;
    }
    Map<Labels, HeadSeries> created = new HashMap<>();
    Map<HeadSeries, LateSamples> changed = new HashMap<>();
    var accepted = new LateBatch();
    SampleWindow samples = batch.samples;
    long addedBytes = 0;
    for (int i = 0; i < batch.size(); i++) {
      HeadSeries one = store.head.resolve(batch.series(i), created);
      long time = samples.timestamp(i);
      double value = samples.value(i);
      Histogram histogram = samples.histogram(i);
      LateSamples current = changed.getOrDefault(one, one.late);
      AppendOutcome outcome = outcomeOf(one, current, time, value, histogram);
      if (outcome == AppendOutcome.APPENDED) {
        changed.put(one, current.with(time, value, histogram));
        accepted.add(one, time, value, histogram);
        addedBytes += LateSamples.bytes(histogram);
      } else {
        store.metrics.refused(histogram, outcome);
      }
    }
    if (accepted.size() == 0) {
      return;
    }
    store.logOrKeepInMemory(accepted.size(), () -> log(accepted.sorted()));
    created.values().removeIf(one -> !changed.containsKey(one));
    if (!created.isEmpty()) {
      store.head.attach(created.values());
    }
    changed.forEach((one, late) -> one.late = late);
    series.addAll(changed.keySet());
    bytes.addAndGet(addedBytes);
    for (int i = 0; i < accepted.size(); i++) {
      oldest = Math.min(oldest, accepted.samples.timestamp(i));
      store.metrics.appendedLate(accepted.samples.histogram(i));
    }
  }

  private void log(LateBatch batch) {
    int segment = store.wal.begin();
    var numbers = new int[batch.size()];
    for (int i = 0; i < numbers.length; i++) {
      HeadSeries one = batch.series(i);
      numbers[i] = one.numberIn(segment, store.wal.encoder());
    }
    store.wal.encoder().late(numbers, batch.samples);
    store.wal.write();
  }

  /// Whether late samples should move to blocks although no window has ended: because they use half
  /// of the memory limit, or have been in memory for the length of a block window.
  ///
  /// @param endMillis only samples before this time may move
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

  /// Starts to move the current samples to blocks.
  Transfer begin() {
    var moving = new Transfer();
    store.exclusively(
        () -> {
          series.forEach(one -> moving.samples.put(one, one.late));
          moving.segment = store.wal.segment();
        });
    return moving;
  }

  /// The late samples at one moment, which are being moved to blocks.
  final class Transfer {
    private final Map<HeadSeries, LateSamples> samples = new HashMap<>();
    private int segment;

    /// The start times of the windows before `endMillis` that have samples.
    NavigableSet<Long> windowsBefore(long endMillis) {
      var starts = new TreeSet<Long>();
      samples.values().forEach(one -> one.addWindowsBefore(endMillis, Tsdb.WINDOW_MILLIS, starts));
      return starts;
    }

    /// Adds the samples of a window to the content of its block.
    void addTo(WindowContent content, long start) {
      samples.forEach(
          (one, late) ->
              content.add(one.labels(), late.within(start, start + Tsdb.WINDOW_MILLIS - 1)));
    }

    /// Removes the samples of a window from memory, because they are now in its block or are
    /// expired.
    void removeWindow(long start) {
      revision.incrementAndGet();
      store.exclusively(
          () -> {
            samples.forEach(
                (one, late) ->
                    one.late = one.late.without(late, start, start + Tsdb.WINDOW_MILLIS));
            series.removeIf(one -> one.late == LateSamples.NONE);
            recount();
          });
    }

    /// Ends the transfer. `allMoved` tells whether all samples before the end of the last block
    /// were moved.
    void end(boolean allMoved, long nowMillis) {
      dueMillis = allMoved ? Long.MAX_VALUE : nowMillis + Tsdb.WINDOW_MILLIS;
      if (allMoved) {
        store.exclusively(() -> store.wal.lateFrom(segment));
      }
    }
  }

  /// The samples of a batch that are too old to be appended to their series, in the order of
  /// arrival. Used by one thread.
  static final class LateBatch {
    private final List<HeadSeries> series = new ArrayList<>();

    /// The samples; not sorted by time.
    final SampleWindow samples = new SampleWindow(64);

    /// @param histogram the sample if it is a histogram, else null
    void add(HeadSeries owner, long timestampMillis, double value, @Nullable Histogram histogram) {
      series.add(owner);
      samples.add(timestampMillis, value, histogram);
    }

    /// Returns the same samples, grouped by series and sorted by time, because the log encodes them
    /// in fewer bytes then.
    LateBatch sorted() {
      var ranks = new HashMap<HeadSeries, Integer>();
      var order = new ArrayList<Integer>(size());
      for (int i = 0; i < size(); i++) {
        ranks.putIfAbsent(series.get(i), i);
        order.add(i);
      }
      order.sort(
          comparingInt((Integer i) -> ranks.getOrDefault(series.get(i), 0))
              .thenComparingLong(samples::timestamp));
      var sorted = new LateBatch();
      for (int i : order) {
        sorted.add(series.get(i), samples.timestamp(i), samples.value(i), samples.histogram(i));
      }
      return sorted;
    }

    /// Number of samples.
    int size() {
      return series.size();
    }

    /// The series of the i-th sample.
    HeadSeries series(int i) {
      return series.get(i);
    }
  }
}
