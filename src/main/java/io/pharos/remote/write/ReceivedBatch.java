package io.pharos.remote.write;

import io.pharos.model.Labels;
import io.pharos.model.StaleMarker;
import io.pharos.model.histogram.Histogram;
import io.pharos.storage.AppendOutcome;
import io.pharos.storage.Appendable;
import io.pharos.storage.Appender;
import io.pharos.storage.Exemplar;
import io.pharos.storage.SeriesShare;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.LongFunction;

/// The samples of one received request. Each sample is accepted or rejected independently of the
/// others. The first reasons of rejections are collected. Nothing is stored before [#commit].
public final class ReceivedBatch implements AutoCloseable {
  /// The maximum time by which a sample may be in the future, as in Prometheus.
  private static final Duration MAX_AHEAD = Duration.ofMinutes(10);

  /// Maximum number of reported reasons.
  private static final int MAX_REASONS = 20;

  private final Appender appender;
  private final long latest;
  private final List<String> reasons = new ArrayList<>();
  private int moreReasons;
  private int samples;
  private int histograms;
  private int exemplars;
  private int refusals;

  /// Creates an empty batch.
  ///
  /// @param share the series of all requests from the same source
  /// @param now current time of this process
  public ReceivedBatch(Appendable store, SeriesShare share, Instant now) {
    appender = store.appender();
    appender.share(share);
    latest = now.plus(MAX_AHEAD).toEpochMilli();
  }

  /// Adds a sample.
  ///
  /// @param startMillis time since which the value counts, in Unix milliseconds; 0 if unknown
  public void add(Labels labels, long timestampMillis, double value, long startMillis) {
    boolean stored =
        store(labels, timestampMillis, time -> appender.append(labels, time, value, startMillis));
    samples += stored ? 1 : 0;
  }

  /// Adds a native histogram. A histogram without buckets whose sum is the staleness marker ends
  /// the series.
  ///
  /// @param startMillis time since which the histogram counts, in Unix milliseconds; 0 if unknown
  public void add(Labels labels, long timestampMillis, Histogram histogram, long startMillis) {
    boolean stored =
        store(
            labels,
            timestampMillis,
            time ->
                StaleMarker.is(histogram.sum())
                    ? appender.append(labels, time, StaleMarker.VALUE)
                    : appender.append(labels, time, histogram, startMillis));
    histograms += stored ? 1 : 0;
  }

  /// Adds an optional sample. Its rejection is neither counted nor reported.
  public void offer(Labels labels, long timestampMillis, double value) {
    if (timestampMillis <= latest) {
      AppendOutcome _ = appender.append(labels, timestampMillis, value);
    }
  }

  /// Adds an exemplar. A rejected exemplar is not counted as a rejected sample.
  public Exemplar.Outcome add(Labels labels, Exemplar exemplar) {
    Exemplar.Outcome outcome =
        exemplar.timestampMillis() > latest
            ? Exemplar.Outcome.OUT_OF_ORDER
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
      problem = Optional.of("out of bounds: more than 10m ahead of the clock of Pharos");
    } else {
      try {
        problem = problem(append.apply(time));
      } catch (UnsupportedOperationException e) { // the store supports floats only
        problem = Optional.of(String.valueOf(e.getMessage()));
      }
    }
    problem.ifPresent(text -> refuse(1, text + ": " + labels + " at " + time));
    return problem.isEmpty();
  }

  /// Counts rejected samples, and reports the reason.
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
      case LATE_LIMIT -> Optional.of("the limit of out-of-order samples is reached");
      case SERIES_LIMIT ->
          Optional.of(
              "the limit of series, the sender's share of it, or the heap's limit is reached");
    };
  }

  /// Stores the accepted samples.
  ///
  /// @throws java.io.UncheckedIOException if the store can't be written; then nothing is stored
  public void commit() {
    appender.commit();
  }

  /// Returns the number of accepted samples.
  public int samples() {
    return samples;
  }

  /// Returns the number of accepted native histograms.
  public int histograms() {
    return histograms;
  }

  /// Returns the number of exemplars that were accepted or had already been stored.
  public int exemplars() {
    return exemplars;
  }

  /// Returns the number of rejected samples.
  public int refusals() {
    return refusals;
  }

  /// Returns the first reasons of rejections, and the number of reasons that are not listed.
  public List<String> reasons() {
    var reported = new ArrayList<>(reasons);
    if (moreReasons > 0) {
      reported.add("and " + moreReasons + " more");
    }
    return reported;
  }

  @Override
  public void close() {
    appender.close();
  }
}
