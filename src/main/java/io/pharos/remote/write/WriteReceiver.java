package io.pharos.remote.write;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.pharos.bytes.protobuf.ProtoReader;
import io.pharos.bytes.snappy.Snappy;
import io.pharos.limits.heap.MemoryBound;
import io.pharos.limits.heap.MemoryBounds;
import io.pharos.model.Labels;
import io.pharos.model.Quoted;
import io.pharos.model.histogram.Histogram;
import io.pharos.remote.write.WriteRequestReader.SeriesLabels;
import io.pharos.remote.write.WriteRequestReader.SeriesLabels.Valid;
import io.pharos.storage.Appendable;
import io.pharos.storage.Exemplar;
import io.pharos.storage.SeriesShare;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Stores the samples of Remote Write requests. Thread-safe.
///
/// In both versions, a rejected sample does not affect other samples. The answer contains the
/// reason.
public final class WriteReceiver {
  private static final Logger LOG = LoggerFactory.getLogger(WriteReceiver.class);

  private final Appendable store;
  private final ReceivedMetadata metadata;
  private final InstantSource clock;
  private final MemoryBounds bounds;

  /* The series of each sender. There are as many senders as tokens. */
  private final Map<String, SeriesShare> shares = new ConcurrentHashMap<>();

  private final Counter written;
  private final Counter refused;

  /// Creates a receiver.
  ///
  /// @param bounds contain the maximum length of an uncompressed request
  public WriteReceiver(
      Appendable store,
      ReceivedMetadata metadata,
      InstantSource clock,
      MemoryBounds bounds,
      MeterRegistry registry) {
    this.bounds = bounds;
    this.store = store;
    this.metadata = metadata;
    this.clock = clock;
    this.written = counter(registry, "written");
    this.refused = counter(registry, "refused");
  }

  private static Counter counter(MeterRegistry registry, String outcome) {
    return Counter.builder("pharos_remote_write_samples")
        .description("Samples and histograms received by Remote Write.")
        .tag("outcome", outcome)
        .register(registry);
  }

  /// Returns the length in bytes that a body has uncompressed, as it states. [#receive] refuses a
  /// body that contains more.
  public static long uncompressedLength(byte[] body) {
    return Math.max(body.length, Snappy.length(body).orElse(0));
  }

  /// Stores the samples of a request.
  ///
  /// @param sender name of the sender, whose series are counted together
  /// @param contentType the header `Content-Type`, empty if absent
  /// @param contentEncoding the header `Content-Encoding`, empty if absent
  /// @throws java.io.UncheckedIOException if the store can't be written; then nothing is stored
  public Outcome receive(String sender, String contentType, String contentEncoding, byte[] body) {
    try {
      WriteVersion version = WriteVersion.of(contentType);
      if (!contentEncoding.isBlank() && !contentEncoding.strip().equals("snappy")) {
        throw WriteRequestReader.RefusedException.unsupported(
            "expected the Content-Encoding snappy, found " + Quoted.of(contentEncoding));
      }
      long length = uncompressedLength(body);
      if (length > bounds.of(MemoryBound.BODY)) {
        return new Outcome.TooLarge(bounds.over(MemoryBound.BODY, false, length).reason());
      }
      byte[] message = Snappy.decode(body, (int) length);
      return store(sender, version, WriteRequestReader.read(version, message));
    } catch (WriteRequestReader.RefusedException e) {
      return e.outcome;
    } catch (Snappy.SnappyException e) {
      String reason = String.valueOf(e.getMessage());
      return e.tooLarge() ? new Outcome.TooLarge(reason) : new Outcome.Malformed(reason);
    } catch (ProtoReader.ProtobufException e) {
      return e.tooLarge()
          ? new Outcome.TooLarge(String.valueOf(e.getMessage()))
          : new Outcome.Malformed("not a Remote Write message: " + e.getMessage());
    }
  }

  private Outcome store(String sender, WriteVersion version, WriteRequestReader.Request request) {
    var families = new ArrayList<>(request.metadata());
    Outcome.Counts counts;
    List<String> reasons;
    SeriesShare share = shares.computeIfAbsent(sender, _ -> store.newSource());
    try (var batch = new ReceivedBatch(store, share, clock.instant())) {
      for (WriteRequestReader.Series series : request.series()) {
        add(series, batch);
        if (series.labels() instanceof Valid(Labels labels)) {
          exemplars(labels, series, version, batch);
        }
        series.metadata().filter(_ -> series.labels() instanceof Valid).ifPresent(families::add);
      }
      batch.commit();
      written.increment(batch.samples() + batch.histograms());
      refused.increment(batch.refusals());
      counts = new Outcome.Counts(batch.samples(), batch.histograms(), batch.exemplars());
      reasons = batch.reasons();
    }
    families.forEach(metadata::add);
    return reasons.isEmpty()
        ? new Outcome.Written(version, counts)
        : new Outcome.PartlyRefused(version, counts, reasons);
  }

  /* Adds the exemplars of a series. As in Prometheus, a rejected exemplar does not fail the
   * request; only version 2 reports exemplars that are out of order. */
  private void exemplars(
      Labels labels, WriteRequestReader.Series series, WriteVersion version, ReceivedBatch batch) {
    int samples = series.timestamps().length;
    long sampleTime = samples == 0 ? clock.millis() : series.timestamps()[samples - 1];
    for (WriteRequestReader.SentExemplar one : series.exemplars()) {
      switch (one) {
        case WriteRequestReader.SentExemplar.Invalid(String reason) ->
            LOG.debug("an exemplar of {} is dropped: {}", labels, reason);
        case WriteRequestReader.SentExemplar.Valid(
                Labels exemplarLabels,
                double value,
                long time) -> {
          var exemplar =
              new Exemplar(exemplarLabels, value, time == 0 ? sampleTime : time, time != 0);
          Exemplar.Outcome outcome = batch.add(labels, exemplar);
          if (outcome == Exemplar.Outcome.OUT_OF_ORDER && version == WriteVersion.V2) {
            batch.refuse(0, "out of order exemplar: " + labels + " at " + time);
          }
        }
      }
    }
  }

  private static void add(WriteRequestReader.Series series, ReceivedBatch batch) {
    switch (series.labels()) {
      case SeriesLabels.Invalid(String reason) ->
          batch.refuse(series.values().length + series.histograms().size(), reason);
      case Valid(Labels labels) -> {
        for (int i = 0; i < series.values().length; i++) {
          batch.add(labels, series.timestamps()[i], series.values()[i], series.starts()[i]);
        }
        for (HistogramMessage.Received one : series.histograms()) {
          switch (one) {
            case HistogramMessage.Received.Invalid(long time, String reason) ->
                batch.refuse(1, "invalid histogram: " + reason + ": " + labels + " at " + time);
            case HistogramMessage.Received.Valid(long time, Histogram histogram, long start) ->
                batch.add(labels, time, histogram, start);
          }
        }
      }
    }
  }

  /// The result of a request.
  public sealed interface Outcome {
    /// Everything was stored.
    record Written(WriteVersion version, Counts counts) implements Outcome {}

    /// Some samples were rejected; the others were stored. `reasons` are the first reasons.
    record PartlyRefused(WriteVersion version, Counts counts, List<String> reasons)
        implements Outcome {
      /// Copies the reasons.
      public PartlyRefused {
        reasons = List.copyOf(reasons);
      }
    }

    /// The body does not match its content type; nothing was stored.
    record Malformed(String reason) implements Outcome {}

    /// The request exceeds a limit; nothing was stored.
    record TooLarge(String reason) implements Outcome {}

    /// The content type or encoding is not supported; nothing was stored.
    record Unsupported(String reason) implements Outcome {}

    /// Numbers of stored items of a request.
    record Counts(int samples, int histograms, int exemplars) {}
  }
}
