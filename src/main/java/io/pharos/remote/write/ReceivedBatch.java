package io.pharos.remote.write;

import io.pharos.model.Labels;
import io.pharos.model.StaleMarker;
import io.pharos.model.histogram.Histogram;
import io.pharos.storage.AppendOutcome;
import io.pharos.storage.Appendable;
import io.pharos.storage.Appender;
import io.pharos.storage.Exemplar;
import io.pharos.storage.ExemplarOutcome;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.LongFunction;

/// One request of others on its way into the store: what can't be stored concerns itself alone, and
/// the reasons are kept. Nothing is stored before [#commit].
public final class ReceivedBatch implements AutoCloseable {
  /// How far ahead of the clock a sample may be, as in Prometheus.
  private static final Duration MAX_AHEAD = Duration.ofMinutes(10);

  /// So many reasons are told; a sender whose whole batch is refused needs no more.
  private static final int MAX_REASONS = 20;

  private final Appender appender;
  private final long latest;
  private final List<String> reasons = new ArrayList<>();
  private int moreReasons;
  private int samples;
  private int histograms;
  private int exemplars;
  private int refusals;

  /// An empty batch.
  ///
  /// @param now by the clock here
  public ReceivedBatch(Appendable store, Instant now) {
    appender = store.appender();
    latest = now.plus(MAX_AHEAD).toEpochMilli();
  }

  /// Adds a sample.
  ///
  /// @return whether it can be stored
  public boolean add(Labels labels, long timestampMillis, double value) {
    return add(labels, timestampMillis, value, 0);
  }

  /// As [#add(Labels, long, double)].
  ///
  /// @param startMillis from when on it counts, in Unix milliseconds; 0 for unknown
  public boolean add(Labels labels, long timestampMillis, double value, long startMillis) {
    boolean stored =
        store(labels, timestampMillis, time -> appender.append(labels, time, value, startMillis));
    samples += stored ? 1 : 0;
    return stored;
  }

  /// Adds a native histogram. Senders mark the end of a series of them by the marker as the sum of
  /// an empty one.
  ///
  /// @return whether it can be stored
  public boolean add(Labels labels, long timestampMillis, Histogram histogram) {
    return add(labels, timestampMillis, histogram, 0);
  }

  /// As [#add(Labels, long, Histogram)].
  ///
  /// @param startMillis from when on it counts, in Unix milliseconds; 0 for unknown
  public boolean add(Labels labels, long timestampMillis, Histogram histogram, long startMillis) {
    boolean stored =
        store(
            labels,
            timestampMillis,
            time ->
                StaleMarker.is(histogram.sum())
                    ? appender.append(labels, time, StaleMarker.VALUE)
                    : appender.append(labels, time, histogram, startMillis));
    histograms += stored ? 1 : 0;
    return stored;
  }

  /// Adds a sample that nobody misses: whether it could be stored is not counted.
  ///
  /// @return whether it can be stored
  public boolean offer(Labels labels, long timestampMillis, double value) {
    return timestampMillis <= latest
        && problem(appender.append(labels, timestampMillis, value)).isEmpty();
  }

  /// Adds an exemplar. One that can't be stored is no refusal of its series' samples.
  public ExemplarOutcome add(Labels labels, Exemplar exemplar) {
    ExemplarOutcome outcome =
        exemplar.timestampMillis() > latest
            ? ExemplarOutcome.OUT_OF_ORDER
            : appender.append(labels, exemplar);
    switch (outcome) {
      case ACCEPTED, DUPLICATE -> exemplars++;
      case OUT_OF_ORDER, TOO_LONG, NOT_KEPT -> {}
    }
    return outcome;
  }

  private boolean store(Labels labels, long time, LongFunction<AppendOutcome> append) {
    Optional<String> problem;
    if (time > latest) {
      problem = Optional.of("out of bounds: more than 10m ahead of the clock here");
    } else {
      try {
        problem = problem(append.apply(time));
      } catch (UnsupportedOperationException e) { // a store that holds floats only
        problem = Optional.of(String.valueOf(e.getMessage()));
      }
    }
    problem.ifPresent(text -> refuse(1, text + ": " + labels + " at " + time));
    return problem.isEmpty();
  }

  /// Notes that so many samples can't be stored.
  public void refuse(int count, String reason) {
    refusals += count;
    if (reasons.size() < MAX_REASONS) {
      reasons.add(reason);
    } else {
      moreReasons++;
    }
  }

  private static Optional<String> problem(AppendOutcome outcome) {
    return switch (outcome) {
      case APPENDED, DUPLICATE -> Optional.empty();
      case DUPLICATE_TIMESTAMP -> Optional.of("duplicate sample for timestamp");
      case OUT_OF_ORDER -> Optional.of("out of order sample");
      case TOO_OLD -> Optional.of("too old sample");
      case LATE_LIMIT -> Optional.of("the store holds as many out-of-order samples as it may");
      case SERIES_LIMIT -> Optional.of("the store holds as many series as it may");
    };
  }

  /// Stores what can be.
  ///
  /// @throws java.io.UncheckedIOException when the store can't be written; then nothing is stored
  public void commit() {
    appender.commit();
  }

  /// How many samples can be stored.
  public int samples() {
    return samples;
  }

  /// How many native histograms can be stored.
  public int histograms() {
    return histograms;
  }

  /// How many exemplars can be stored, or are already.
  public int exemplars() {
    return exemplars;
  }

  /// How many can't.
  public int refusals() {
    return refusals;
  }

  /// Why, the first reasons at least.
  public List<String> reasons() {
    var all = new ArrayList<>(reasons);
    if (moreReasons > 0) {
      all.add("and " + moreReasons + " more");
    }
    return all;
  }

  @Override
  public void close() {
    appender.close();
  }
}
