package io.pharos.remote.otlp;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.pharos.bytes.protobuf.ProtoReader;
import io.pharos.limits.heap.MemoryBound;
import io.pharos.limits.heap.MemoryBounds;
import io.pharos.model.Quoted;
import io.pharos.remote.write.ReceivedBatch;
import io.pharos.remote.write.ReceivedMetadata;
import io.pharos.storage.Appendable;
import io.pharos.storage.SeriesShare;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import java.util.zip.GZIPInputStream;

/// Stores the metrics of OTLP requests. Thread-safe.
///
/// A rejected point does not affect other points. The answer contains the number of rejected
/// points.
public final class OtlpReceiver {
  /// Maximum number of series with delta temporality.
  private static final int MAX_DELTAS = 100_000;

  /// Deflate makes at most so many bytes of one.
  private static final int MAX_DEFLATE_RATIO = 1032;

  private static final String TYPE = "application/x-protobuf";
  private static final String JSON = "application/json";

  private final Appendable store;
  private final ReceivedMetadata metadata;
  private final Supplier<Settings> settings;
  private final InstantSource clock;
  private final MemoryBounds bounds;

  /* The series of each sender. There are as many senders as tokens. */
  private final Map<String, SeriesShare> shares = new ConcurrentHashMap<>();

  private final DeltaSums deltas = new DeltaSums(MAX_DELTAS);
  private final ReentrantLock deltaLock = new ReentrantLock();
  private final Counter written;
  private final Counter refused;
  private final Counter exemplars;

  /// Creates a receiver.
  ///
  /// @param settings supplies the current settings
  /// @param bounds contain the maximum length of an uncompressed request
  public OtlpReceiver(
      Appendable store,
      ReceivedMetadata metadata,
      Supplier<Settings> settings,
      InstantSource clock,
      MemoryBounds bounds,
      MeterRegistry registry) {
    this.store = store;
    this.bounds = bounds;
    this.metadata = metadata;
    this.settings = settings;
    this.clock = clock;
    written = counter(registry, "written");
    refused = counter(registry, "refused");
    exemplars =
        Counter.builder("pharos_otlp_exemplars_dropped")
            .description("Exemplars that were received by OTLP but not stored.")
            .register(registry);
    Gauge.builder("pharos_otlp_delta_series", deltas, DeltaSums::size)
        .description("Series with delta temporality whose running sums are in memory.")
        .register(registry);
  }

  private static Counter counter(MeterRegistry registry, String outcome) {
    return Counter.builder("pharos_otlp_points")
        .description("Data points received by OTLP.")
        .tag("outcome", outcome)
        .register(registry);
  }

  /// Returns the length in bytes that a body has uncompressed. A compressed body states it;
  /// [#receive] refuses a body that contains more.
  ///
  /// @param contentEncoding the header `Content-Encoding`, empty if absent
  public static long uncompressedLength(String contentEncoding, byte[] body) {
    boolean isGzip =
        encoding(contentEncoding).equals("gzip")
            && body.length > 2 * Long.BYTES
            && (body[0] & 0xff) == 0x1f
            && (body[1] & 0xff) == 0x8b;
    long stated =
        isGzip
            ? Integer.toUnsignedLong(
                ByteBuffer.wrap(body)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .getInt(body.length - Integer.BYTES))
            : 0;
    return stated > (long) MAX_DEFLATE_RATIO * body.length
        ? body.length // damaged, which is found when it is uncompressed
        : Math.max(body.length, stated);
  }

  /// Stores the metrics of a request.
  ///
  /// @param sender name of the sender, whose series are counted together
  /// @param contentType the header `Content-Type`, empty if absent
  /// @param contentEncoding the header `Content-Encoding`, empty if absent
  /// @throws java.io.UncheckedIOException if the store can't be written; then nothing is stored
  public Outcome receive(String sender, String contentType, String contentEncoding, byte[] body) {
    boolean json = isJson(contentType);
    if (!json && !type(contentType).equals(TYPE)) {
      return new Outcome.Unsupported(
          "expected the Content-Type %s or %s, found %s"
              .formatted(TYPE, JSON, Quoted.of(contentType)));
    }
    long length = uncompressedLength(contentEncoding, body);
    if (length > bounds.of(MemoryBound.BODY)) {
      return new Outcome.TooLarge(bounds.over(MemoryBound.BODY, false, length).reason());
    }
    try {
      byte[] message;
      switch (encoding(contentEncoding)) {
        case "", "identity" -> message = body;
        case "gzip" -> message = uncompressed(body, (int) length);
        default -> {
          return new Outcome.Unsupported(
              "expected the Content-Encoding gzip or none, found " + Quoted.of(contentEncoding));
        }
      }
      var reader = new OtlpReader();
      List<OtlpReader.Resource> resources =
          reader.read(json ? OtlpJson.protobuf(message) : message);
      return store(sender, resources);
    } catch (OtlpJson.TooLargeException e) {
      return new Outcome.TooLarge(String.valueOf(e.getMessage()));
    } catch (JsonProcessingException e) {
      return new Outcome.Malformed("not OTLP JSON: " + e.getMessage());
    } catch (IOException e) {
      return new Outcome.Malformed("the body is not gzip: " + e.getMessage());
    } catch (ProtoReader.ProtobufException e) {
      return e.tooLarge()
          ? new Outcome.TooLarge(String.valueOf(e.getMessage()))
          : new Outcome.Malformed("not an OTLP message: " + e.getMessage());
    }
  }

  /// Returns whether a request is JSON; if so, the answer must be JSON too.
  ///
  /// @param contentType the header `Content-Type`, empty if absent
  public static boolean isJson(String contentType) {
    return type(contentType).equals(JSON);
  }

  private static String type(String contentType) {
    return contentType.split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
  }

  private static String encoding(String contentEncoding) {
    return contentEncoding.strip().toLowerCase(Locale.ROOT);
  }

  private static byte[] uncompressed(byte[] body, int maxLength) throws IOException {
    try (InputStream in = new GZIPInputStream(new ByteArrayInputStream(body))) {
      byte[] message = in.readNBytes(maxLength);
      if (in.read() >= 0) {
        throw new IOException("expected the " + maxLength + " bytes that it states, found more");
      }
      return message;
    }
  }

  private Outcome store(String sender, List<OtlpReader.Resource> resources) {
    // Requests with delta points must be processed one after the other, because they change the
    // sums.
    boolean locked = OtlpSamples.isDelta(resources);
    if (locked) {
      deltaLock.lock();
    }
    SeriesShare share = shares.computeIfAbsent(sender, _ -> store.newSource());
    try (var batch = new ReceivedBatch(store, share, clock.instant())) {
      var samples = new OtlpSamples(batch, deltas, settings.get(), clock.millis());
      resources.forEach(samples::add);
      batch.commit();
      if (locked) {
        deltas.commit();
      }
      exemplars.increment((double) samples.droppedExemplars);
      samples.families.forEach(metadata::add);
      written.increment((double) (OtlpSamples.points(resources) - samples.rejected));
      refused.increment((double) samples.rejected);
      return new Outcome.Stored(samples.rejected, batch.reasons());
    } finally {
      if (locked) {
        deltas.rollback();
        deltaLock.unlock();
      }
    }
  }

  /// The section `otlp` of Prometheus' configuration.
  ///
  /// @param promoted resource attributes that become labels of every series
  /// @param suffixes whether units and types are appended to names, as in `_seconds_total`
  /// @param keepIdentifying whether `target_info` also has the attributes from which job and
  ///   instance are derived
  public record Settings(List<String> promoted, boolean suffixes, boolean keepIdentifying) {
    /// Copies the list.
    public Settings {
      promoted = List.copyOf(promoted);
    }
  }

  /// The result of a request.
  public sealed interface Outcome {
    /// The request was stored, except for rejected points.
    ///
    /// @param rejected number of rejected points
    /// @param reasons the first reasons of rejections, and hints for the sender
    record Stored(long rejected, List<String> reasons) implements Outcome {
      /// Copies the reasons.
      public Stored {
        reasons = List.copyOf(reasons);
      }
    }

    /// The body does not match its content type; nothing was stored.
    record Malformed(String reason) implements Outcome {}

    /// The request exceeds a limit; nothing was stored.
    record TooLarge(String reason) implements Outcome {}

    /// The content type or encoding is not supported; nothing was stored.
    record Unsupported(String reason) implements Outcome {}
  }
}
