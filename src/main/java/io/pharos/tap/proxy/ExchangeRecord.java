package io.pharos.tap.proxy;

import io.pharos.tap.AccessEntry;
import io.pharos.tap.EnvelopeCode;
import io.pharos.tap.PassReason;
import io.pharos.tap.QueryText;
import io.pharos.tap.RouteTable;
import io.pharos.tap.TraceContext;
import io.pharos.tap.UpstreamFault;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Collects the measurements of one exchange. An error in this class is counted and never affects
/// the exchange. Not thread-safe.
final class ExchangeRecord {
  private static final Logger LOG = LoggerFactory.getLogger(ExchangeRecord.class);
  private static final int SLICE_BYTES = 4 << 10;

  private final Tap.Parts parts;
  private final HttpServerRequest request;
  private final long startNanos = System.nanoTime();
  private @Nullable Instant time;
  private String route = RouteTable.UNKNOWN;
  private String requestId = "";
  private @Nullable TraceContext trace;
  private @Nullable EnvelopeCode envelope;
  private @Nullable UpstreamFault fault;
  private String faultDetail = "";
  private long requestBytes;
  private long responseBytes;
  private Places.@Nullable Place place;
  private boolean upgrade;
  private boolean ended;

  ExchangeRecord(Tap.Parts parts, HttpServerRequest request) {
    this.parts = parts;
    this.request = request;
    parts.meters().begin();
  }

  /// Determines the route and the ids.
  void begin(RandomGenerator random) {
    guarded(
        () -> {
          time = parts.clock().instant();
          MultiMap headers = request.headers();
          requestId = TraceContext.requestId(headers.get("X-Request-ID"), random);
          trace = TraceContext.of(headers.getAll("traceparent"), random);
          String path = request.path();
          route = parts.routes().get().pathOf(request.method().name(), path == null ? "" : path);
        });
  }

  /// Adds the ids to the headers for the backend.
  void addIds(MultiMap headers) {
    guarded(
        () -> {
          TraceContext context = trace;
          if (context != null) {
            headers.set("X-Request-ID", requestId);
            headers.set("traceparent", context.header());
            if (!context.continued()) {
              headers.remove("tracestate"); // the received header belongs to another trace
            }
          }
        });
  }

  /// Gives the exchange a place, which is released at its end.
  void occupy(Places.Place taken) {
    place = taken;
    if (ended) {
      taken.release();
    }
  }

  String requestId() {
    return requestId;
  }

  void requestBytes(long count) {
    requestBytes += count;
  }

  /// Begins to search the body of the answer for an envelope code if the body is uncompressed JSON.
  void answered(MultiMap headers) {
    guarded(
        () -> {
          if (EnvelopeCode.isJson(headers.get("Content-Type"))) {
            String encoding = headers.get("Content-Encoding");
            if (encoding == null || encoding.equalsIgnoreCase("identity")) {
              envelope = new EnvelopeCode();
            } else {
              parts.meters().pass(PassReason.ENCODED);
            }
          }
        });
  }

  /// Inspects a piece of the response body.
  void responsePiece(Buffer piece) {
    responseBytes += piece.length();
    EnvelopeCode reader = envelope;
    if (reader != null && !reader.isDone()) {
      guarded(
          () -> {
            for (int offset = 0;
                offset < piece.length() && !reader.isDone();
                offset += SLICE_BYTES) {
              reader.feed(piece.getBytes(offset, Math.min(piece.length(), offset + SLICE_BYTES)));
            }
          });
    }
  }

  void responseBytes(long count) {
    responseBytes += count;
  }

  void upgraded() {
    upgrade = true;
  }

  /// Records a missing or incomplete answer of the backend.
  void fault(UpstreamFault found, @Nullable Throwable cause) {
    if (fault == null && !ended) {
      fault = found;
      faultDetail = cause == null ? "" : innermostMessage(cause);
      parts.meters().fault(found);
    }
  }

  /* Returns the message of the innermost cause that has a message; the exceptions around it add no
   * information. */
  private static String innermostMessage(Throwable failure) {
    Throwable found = failure;
    for (Throwable cause = failure.getCause(); cause != null; cause = cause.getCause()) {
      found = cause.getMessage() == null ? found : cause;
    }
    return Objects.requireNonNullElse(found.getMessage(), found.getClass().getSimpleName());
  }

  Optional<UpstreamFault> fault() {
    return Optional.ofNullable(fault);
  }

  /// Counts the exchange and writes its access log entry. Further calls do nothing.
  void end(int status) {
    if (ended) {
      return;
    }
    ended = true;
    parts.meters().end();
    if (place != null) {
      place.release();
    }
    guarded(() -> writeEntry(status));
  }

  private void writeEntry(int status) {
    double seconds = (System.nanoTime() - startNanos) / 1e9;
    OptionalInt code = OptionalInt.empty();
    if (envelope != null) {
      envelope.end();
      code = envelope.code();
      if (envelope.isBeyondPrefix()) {
        parts.meters().pass(PassReason.PREFIX);
      }
    }
    String method = request.method().name();
    TraceContext context = trace;
    parts
        .meters()
        .count(
            method,
            route,
            status,
            code,
            seconds,
            requestBytes,
            responseBytes,
            context == null ? "" : context.traceId(),
            parts.clock().millis());
    String path = request.path();
    String agent = request.getHeader("User-Agent");
    var entry =
        new AccessEntry(
            time == null ? parts.clock().instant() : time,
            method,
            route,
            path == null ? "" : path,
            QueryText.redacted(request.query()),
            status,
            code,
            Optional.ofNullable(fault),
            faultDetail,
            seconds,
            requestBytes,
            responseBytes,
            request.remoteAddress().hostAddress(),
            agent == null ? "" : agent,
            requestId,
            trace,
            upgrade);
    if (!parts.log().offer(entry)) {
      parts.meters().pass(PassReason.LOG);
    }
  }

  /// Counts an error instead of throwing it.
  private void guarded(Runnable work) {
    try {
      work.run();
    } catch (RuntimeException | StackOverflowError e) {
      parts.meters().pass(PassReason.FAILURE);
      LOG.debug("{} {}: not inspected because of an error", request.method(), route, e);
    }
  }
}
