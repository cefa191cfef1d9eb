package io.pharos.remote.write;

import static java.util.Objects.requireNonNull;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.pharos.bytes.protobuf.ProtobufException;
import io.pharos.bytes.snappy.Snappy;
import io.pharos.bytes.snappy.SnappyException;
import io.pharos.model.Labels;
import io.pharos.model.Quoted;
import io.pharos.model.StaleMarker;
import io.pharos.model.histogram.Histogram;
import io.pharos.storage.AppendOutcome;
import io.pharos.storage.Appendable;
import io.pharos.storage.Appender;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.LongFunction;

/// Stores what requests of Remote Write hold. Safe for use by many threads.
///
/// A sample that can't be stored concerns itself alone, in both versions: the rest of its request
/// is stored, and the answer says what was refused.
public final class WriteReceiver {
  /// The most bytes that a request may hold when it is unpacked.
  private static final int MAX_BYTES = 32 << 20;

  /// How far ahead of the clock a sample may be, as in Prometheus.
  private static final Duration MAX_AHEAD = Duration.ofMinutes(10);

  /// So many reasons are told; a sender whose whole batch is refused needs no more.
  private static final int MAX_REASONS = 20;

  private final Appendable store;
  private final ReceivedMetadata metadata;
  private final InstantSource clock;
  private final Counter written;
  private final Counter refused;

  public WriteReceiver(
      Appendable store, ReceivedMetadata metadata, InstantSource clock, MeterRegistry registry) {
    this.store = requireNonNull(store, "store is null");
    this.metadata = requireNonNull(metadata, "metadata is null");
    this.clock = requireNonNull(clock, "clock is null");
    this.written = counter(registry, "written");
    this.refused = counter(registry, "refused");
  }

  private static Counter counter(MeterRegistry registry, String outcome) {
    return Counter.builder("pharos_remote_write_samples")
        .description("Samples and histograms that came by Remote Write.")
        .tag("outcome", outcome)
        .register(registry);
  }

  /// Stores what a request holds.
  ///
  /// @param contentType the header `Content-Type`, empty if absent
  /// @param contentEncoding the header `Content-Encoding`, empty if absent
  /// @throws java.io.UncheckedIOException when the store can't be written; then nothing is stored
  public WriteOutcome receive(String contentType, String contentEncoding, byte[] body) {
    try {
      WriteVersion version = WriteVersion.of(contentType);
      if (!contentEncoding.isBlank() && !contentEncoding.strip().equals("snappy")) {
        throw RefusedWriteException.unsupported(
            "expected the Content-Encoding snappy, found " + Quoted.of(contentEncoding));
      }
      byte[] message = Snappy.decode(body, MAX_BYTES);
      return store(version, WriteRequestReader.read(version, message));
    } catch (RefusedWriteException e) {
      return e.outcome();
    } catch (SnappyException e) {
      String reason = String.valueOf(e.getMessage());
      return e.tooLarge() ? new WriteOutcome.TooLarge(reason) : new WriteOutcome.Malformed(reason);
    } catch (ProtobufException e) {
      return e.tooLarge()
          ? new WriteOutcome.TooLarge(String.valueOf(e.getMessage()))
          : new WriteOutcome.Malformed("not a message of Remote Write: " + e.getMessage());
    }
  }

  private WriteOutcome store(WriteVersion version, WriteRequest request) {
    var batch = new Batch(clock.instant().plus(MAX_AHEAD).toEpochMilli());
    try (Appender appender = store.appender()) {
      for (WriteSeries series : request.series()) {
        batch.add(series, appender);
      }
      appender.commit();
    }
    request.metadata().forEach(metadata::add);
    batch.metadata.forEach(metadata::add);
    written.increment(batch.samples + batch.histograms);
    refused.increment(batch.refusals);
    var counts = new WriteCounts(batch.samples, batch.histograms, 0);
    return batch.refusals == 0 && batch.reasons.isEmpty()
        ? new WriteOutcome.Written(version, counts)
        : new WriteOutcome.PartlyRefused(version, counts, batch.reasons());
  }

  /* One request on its way into the store. */
  private static final class Batch {
    private final long latest;
    private final List<FamilyMetadata> metadata = new ArrayList<>();
    private final List<String> reasons = new ArrayList<>();
    private int moreReasons;
    private int samples;
    private int histograms;
    private int refusals;

    Batch(long latest) {
      this.latest = latest;
    }

    void add(WriteSeries series, Appender appender) {
      switch (series.labels()) {
        case SeriesLabels.Invalid(String reason) ->
            refuse(series.values().length + series.histograms().size(), reason);
        case SeriesLabels.Valid(Labels labels) -> {
          series.metadata().ifPresent(metadata::add);
          for (int i = 0; i < series.values().length; i++) {
            double value = series.values()[i];
            if (store(labels, series.timestamps()[i], t -> appender.append(labels, t, value))) {
              samples++;
            }
          }
          for (WriteHistogram one : series.histograms()) {
            switch (one) {
              case WriteHistogram.Invalid(long time, String reason) ->
                  refuse(1, "invalid histogram: " + reason + ": " + labels + " at " + time);
              case WriteHistogram.Valid(long time, Histogram histogram) -> {
                if (store(labels, time, t -> append(appender, labels, t, histogram))) {
                  histograms++;
                }
              }
            }
          }
        }
      }
    }

    /* Senders mark the end of a series of histograms by the marker as the sum of an empty one. */
    private static AppendOutcome append(
        Appender appender, Labels labels, long time, Histogram histogram) {
      return StaleMarker.is(histogram.sum())
          ? appender.append(labels, time, StaleMarker.VALUE)
          : appender.append(labels, time, histogram);
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

    private void refuse(int count, String reason) {
      refusals += count;
      if (reasons.size() < MAX_REASONS) {
        reasons.add(reason);
      } else {
        moreReasons++;
      }
    }

    List<String> reasons() {
      var all = new ArrayList<>(reasons);
      if (moreReasons > 0) {
        all.add("and " + moreReasons + " more");
      }
      return all;
    }

    private static Optional<String> problem(AppendOutcome outcome) {
      return switch (outcome) {
        case APPENDED, DUPLICATE -> Optional.empty();
        case DUPLICATE_TIMESTAMP -> Optional.of("duplicate sample for timestamp");
        case OUT_OF_ORDER -> Optional.of("out of order sample");
        case TOO_OLD -> Optional.of("too old sample");
        case SERIES_LIMIT -> Optional.of("the store holds as many series as it may");
      };
    }
  }
}
