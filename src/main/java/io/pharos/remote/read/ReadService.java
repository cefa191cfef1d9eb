package io.pharos.remote.read;

import static java.util.Objects.requireNonNull;

import io.pharos.bytes.ByteSink;
import io.pharos.bytes.protobuf.ProtoReader;
import io.pharos.bytes.protobuf.ProtoWriter;
import io.pharos.bytes.snappy.Snappy;
import io.pharos.limits.heap.MemoryBound;
import io.pharos.limits.heap.MemoryBounds;
import io.pharos.limits.heap.MemoryReservation;
import io.pharos.model.LabelMatcher;
import io.pharos.model.Labels;
import io.pharos.model.RegexBudget;
import io.pharos.model.histogram.Histogram;
import io.pharos.remote.write.HistogramMessage;
import io.pharos.storage.Queryable;
import io.pharos.storage.SampleWindow;
import io.pharos.storage.SeriesSet;
import io.pharos.tsdb.prometheus.ChunkEncoder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.function.Supplier;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/// Answers Remote Read requests from a store. Thread-safe.
public final class ReadService {
  /// Maximum number of samples in an answer that is not streamed.
  private static final int MAX_SAMPLES = 10_000_000;

  /// Maximum number of concurrent answers that are not streamed. Each of them is completely in
  /// memory.
  static final int MAX_CONCURRENT = 4;

  /// No further chunk is added to a frame whose chunks have this number of bytes.
  private static final int FRAME_BYTES = 1 << 20;

  private final Queryable store;
  private final Supplier<Labels> externalLabels;
  private final int maxSamples;
  private final MemoryBounds budgets;
  private final Semaphore places = new Semaphore(MAX_CONCURRENT, true);

  /// Creates a service.
  ///
  /// @param externalLabels labels that are added to the series, as in Prometheus
  /// @param budgets limits the size of answers that are not streamed
  public ReadService(Queryable store, Supplier<Labels> externalLabels, MemoryBounds budgets) {
    this(store, externalLabels, MAX_SAMPLES, budgets);
  }

  ReadService(
      Queryable store, Supplier<Labels> externalLabels, int maxSamples, MemoryBounds budgets) {
    this.budgets = budgets;
    this.store = store;
    this.externalLabels = externalLabels;
    this.maxSamples = maxSamples;
  }

  /// An answer in one of the two forms.
  public sealed interface Answer {
    /// One compressed message.
    record Samples(byte[] body) implements Answer {}

    /// A stream of frames.
    record Streamed(Frames frames) implements Answer {}
  }

  /// Answers a request in the first accepted form that this service supports.
  ///
  /// @throws RefusedException if the request is invalid, or none of the accepted forms is supported
  public Answer answer(byte[] body) {
    var request = Request.read(body, budgets.count(MemoryBound.BODY));
    if (request.accepted().isEmpty()) {
      return new Answer.Samples(samples(request));
    }
    for (int form : request.accepted()) {
      if (form == Request.SAMPLES) {
        return new Answer.Samples(samples(request));
      }
      if (form == Request.STREAMED_XOR_CHUNKS) {
        return new Answer.Streamed(new Frames(request));
      }
    }
    throw new RefusedException(
        "expected SAMPLES or STREAMED_XOR_CHUNKS among the accepted forms, found "
            + request.accepted());
  }

  private SeriesSet select(Request.Query query, Labels external) {
    List<LabelMatcher> matchers =
        query.matchers().stream()
            .filter(
                matcher ->
                    matcher.type() != LabelMatcher.Type.EQUAL
                        || !external.has(matcher.name())
                        || !external.get(matcher.name()).equals(matcher.value()))
            .toList();
    return store.select(matchers, query.fromMillis(), query.toMillis());
  }

  private static void writeLabels(ProtoWriter series, Labels labels, Labels external) {
    external.toBuilder()
        .setAll(labels)
        .build()
        .forEach(
            (name, value) -> series.message(1, label -> label.string(1, name).string(2, value)));
  }

  private byte[] samples(Request request) {
    places.acquireUninterruptibly();
    try (MemoryReservation memory = budgets.pool(MemoryBound.ANSWERS).open()) {
      return collected(request, memory);
    } finally {
      places.release();
    }
  }

  private byte[] collected(Request request, MemoryReservation memory) {
    Labels external = externalLabels.get();
    var window = new SampleWindow();
    long[] total = {0};
    var response = new ProtoWriter();
    for (Request.Query query : request.queries()) {
      response.message(
          1,
          result -> {
            SeriesSet found = select(query, external);
            for (int i = 0; i < found.size(); i++) {
              window.clear();
              found.read(i, query.fromMillis(), query.toMillis(), window);
              total[0] += window.size();
              if (total[0] > maxSamples) {
                throw new RefusedException("exceeded sample limit (" + maxSamples + ")");
              }
              Labels labels = found.labels(i);
              if (window.size() > 0) {
                result.message(
                    1,
                    series -> {
                      writeLabels(series, labels, external);
                      writeSamples(series, window);
                    });
                memory.ensure(response.size() + (long) result.size());
              }
            }
          });
    }
    return Snappy.encode(response.toByteArray());
  }

  private static void writeSamples(ProtoWriter series, SampleWindow window) {
    for (int i = 0; i < window.size(); i++) {
      long time = window.timestamp(i);
      Histogram histogram = window.histogram(i);
      if (histogram == null) {
        double value = window.value(i);
        series.message(2, sample -> sample.float64(1, value).int64(2, time));
      } else {
        series.message(4, message -> HistogramMessage.write(message, time, histogram));
      }
    }
  }

  /// The frames of a streamed answer, created on demand. Used by one thread at a time.
  public final class Frames {
    private final Request request;
    private final Labels external = externalLabels.get();
    private final SampleWindow window = new SampleWindow();
    private int query = -1;
    private @Nullable SeriesSet found;
    private int series = -1;
    private int sample;

    private Frames(Request request) {
      this.request = request;
    }

    /// Returns the next frame, with about 1 MiB or less; empty after the last frame.
    public Optional<byte[]> next() {
      while (sample == window.size()) {
        if (!nextSeries()) {
          return Optional.empty();
        }
      }
      var message = new ProtoWriter();
      writeLabels(message, requireNonNull(found).labels(series), external);
      sample = writeChunks(message, window, sample);
      return Optional.of(
          frame(new ProtoWriter().bytes(1, message.toByteArray()).int64(2, query).toByteArray()));
    }

    private boolean nextSeries() {
      while (found == null || series + 1 == found.size()) {
        if (query + 1 == request.queries().size()) {
          return false;
        }
        query++;
        found = select(request.queries().get(query), external);
        series = -1;
      }
      series++;
      sample = 0;
      window.clear();
      Request.Query selected = request.queries().get(query);
      found.read(series, selected.fromMillis(), selected.toMillis(), window);
      return true;
    }
  }

  /* Writes chunks until the frame is full. Returns the index of the first sample that was not
   * written. */
  private static int writeChunks(ProtoWriter series, SampleWindow window, int from) {
    var encoder = new ChunkEncoder();
    int next = from;
    int size = 0;
    while (next < window.size() && size < FRAME_BYTES) {
      long minTime = window.timestamp(next);
      next = encoder.encode(window, next);
      long maxTime = window.timestamp(next - 1);
      byte[] data = encoder.toByteArray();
      size += data.length;
      series.message(
          2,
          one ->
              one.int64(1, minTime).int64(2, maxTime).int64(3, encoder.encoding()).bytes(4, data));
    }
    return next;
  }

  /* Returns a frame: the length of the message as a varint, its checksum, and the message. */
  private static byte[] frame(byte[] message) {
    var checksum = new CRC32C();
    checksum.update(message);
    var frame = new ByteSink(message.length + 16);
    frame.uvarint(message.length);
    frame.u32((int) checksum.getValue());
    frame.bytes(message, 0, message.length);
    return frame.toByteArray();
  }

  /// Thrown if a request is invalid or can't be answered.
  public static final class RefusedException extends RuntimeException {
    RefusedException(String message) {
      super(message);
    }
  }

  /// A Remote Read request.
  ///
  /// @param accepted accepted forms of answers, the preferred one first; empty means samples only
  record Request(List<Query> queries, List<Integer> accepted) {
    /// The protocol's number for an answer as one message.
    static final int SAMPLES = 0;

    /// The protocol's number for a streamed answer.
    static final int STREAMED_XOR_CHUNKS = 1;

    private static final LabelMatcher.Type[] TYPES = {
      LabelMatcher.Type.EQUAL,
      LabelMatcher.Type.NOT_EQUAL,
      LabelMatcher.Type.REGEX,
      LabelMatcher.Type.NOT_REGEX
    };

    /// A selector and a time range in Unix milliseconds, including both ends.
    record Query(long fromMillis, long toMillis, List<LabelMatcher> matchers) {
      Query {
        matchers = List.copyOf(matchers);
      }
    }

    Request {
      queries = List.copyOf(queries);
      accepted = List.copyOf(accepted);
    }

    /// Parses a request.
    ///
    /// @param maxLength maximum length of the uncompressed body in bytes
    /// @throws RefusedException if the body is not a Remote Read request
    static Request read(byte[] body, int maxLength) {
      try {
        return read(new ProtoReader(Snappy.decode(body, maxLength)));
      } catch (Snappy.SnappyException | ProtoReader.ProtobufException e) {
        throw new RefusedException("not a Remote Read request: " + e.getMessage());
      }
    }

    private static Request read(ProtoReader message) {
      var regexes = new RegexBudget();
      var queries = new ArrayList<Query>();
      var accepted = new ArrayList<Integer>();
      while (message.next()) {
        switch (message.field()) {
          case 1 -> queries.add(query(message.message(), regexes));
          case 2 -> message.int64s(number -> accepted.add((int) number));
          default -> {} // unknown fields are skipped
        }
      }
      return new Request(queries, accepted);
    }

    private static Query query(ProtoReader message, RegexBudget regexes) {
      long from = 0;
      long to = 0;
      var matchers = new ArrayList<LabelMatcher>();
      while (message.next()) {
        switch (message.field()) {
          case 1 -> from = message.int64();
          case 2 -> to = message.int64();
          case 3 -> matchers.add(matcher(message.message(), regexes));
          default -> {} // hints are optional, so they are ignored
        }
      }
      return new Query(from, to, matchers);
    }

    private static LabelMatcher matcher(ProtoReader message, RegexBudget regexes) {
      int type = 0;
      String name = "";
      String value = "";
      while (message.next()) {
        switch (message.field()) {
          case 1 -> type = message.int32();
          case 2 -> name = message.string();
          case 3 -> value = message.string();
          default -> {} // unknown fields are skipped
        }
      }
      if (type < 0 || type >= TYPES.length) {
        throw new RefusedException("invalid matcher type " + type);
      }
      try {
        return LabelMatcher.of(TYPES[type], name, value, true, regexes);
      } catch (IllegalArgumentException e) {
        throw new RefusedException("invalid matcher: " + e.getMessage());
      }
    }
  }
}
