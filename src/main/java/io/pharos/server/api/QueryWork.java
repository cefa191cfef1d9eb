package io.pharos.server.api;

import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.pharos.limits.work.Cancellation;
import io.pharos.limits.work.WorkPool;
import io.vertx.core.net.impl.ConnectionBase;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.stream.Stream;
import java.util.zip.Deflater;
import java.util.zip.GZIPOutputStream;
import org.jboss.resteasy.reactive.server.core.CurrentRequestManager;
import org.jboss.resteasy.reactive.server.vertx.VertxResteasyReactiveRequestContext;
import org.jspecify.annotations.Nullable;

/// Runs the queries of requests and encodes their answers, on the pool of queries. When the client
/// disconnects, the query is cancelled. Thread-safe.
///
/// The work runs on another thread, which has no access to the request. So callers must read the
/// request's parameters before they pass the work.
///
/// @param timeout limit for waiting and running together
/// @param nanoTime a monotonic clock, in nanoseconds
public record QueryWork(WorkPool pool, Duration timeout, LongSupplier nanoTime) {
  /// Minimum size in bytes of the answers that this class compresses. The server compresses smaller
  /// answers.
  private static final int MIN_COMPRESSED_BYTES = 256 * 1024;

  /// Runs work within the timeout of queries.
  ///
  /// @throws io.pharos.limits.work.BusyException if no thread became free in time
  /// @throws io.pharos.limits.work.CancelledException if the client disconnected or the timeout has
  ///   passed
  public <T> T call(Supplier<T> work) {
    return call(Optional.empty(), work);
  }

  /// Like [#call(Supplier)], but with the timeout that the client requests if it is shorter.
  public <T> T call(Optional<Duration> requested, Supplier<T> work) {
    Duration limit = limit(requested);
    long deadline = nanoTime.getAsLong() + limit.toNanos();
    return whileConnected(client -> pool.call(client.until(deadline, nanoTime), limit, work));
  }

  /// Returns the limit for waiting and running together.
  ///
  /// @param requested the client's timeout, which can only shorten the limit
  Duration limit(Optional<Duration> requested) {
    return requested.filter(time -> time.compareTo(timeout) < 0).orElse(timeout);
  }

  /// Returns the maximum number of queries that wait for a thread.
  int maxWaiting() {
    return pool.size().waiting();
  }

  /// Like [#call(Supplier)], for work that returns an answer. If the client accepts gzip, a large
  /// answer is compressed on the pool. On the event loop, the compression would delay other
  /// connections.
  Response answer(Supplier<Response> work) {
    return answer(Optional.empty(), work);
  }

  /// Like [#answer(Supplier)], but with the timeout that the client requests if it is shorter.
  Response answer(Optional<Duration> requested, Supplier<Response> work) {
    boolean compresses =
        CurrentRequestManager.get() instanceof VertxResteasyReactiveRequestContext request
            && acceptsGzip(request.getContext().request().getHeader(HttpHeaders.ACCEPT_ENCODING));
    return call(
        requested,
        () -> {
          Response response = work.get();
          return compresses
                  && response.getEntity() instanceof byte[] bytes
                  && bytes.length >= MIN_COMPRESSED_BYTES
              ? Response.fromResponse(response)
                  .entity(compressed(bytes))
                  .header(HttpHeaders.CONTENT_ENCODING, "gzip")
                  .header(HttpHeaders.VARY, HttpHeaders.ACCEPT_ENCODING)
                  .build()
              : response;
        });
  }

  /* Returns false if the header has quality values for gzip. Then the server evaluates them and
   * compresses the answer. */
  static boolean acceptsGzip(@Nullable String accepted) {
    return accepted != null
        && Stream.of(accepted.split(",", -1)).anyMatch(coding -> coding.strip().equals("gzip"));
  }

  private static byte[] compressed(byte[] bytes) {
    var compressed = new ByteArrayOutputStream(bytes.length / 8);
    try (var gzip = new FastGzip(compressed)) {
      gzip.write(bytes);
    } catch (IOException e) {
      throw new UncheckedIOException("an answer can't be compressed in memory", e);
    }
    return compressed.toByteArray();
  }

  private static final class FastGzip extends GZIPOutputStream {
    FastGzip(OutputStream out) throws IOException {
      super(out);
      def.setLevel(Deflater.BEST_SPEED);
    }
  }

  /// Calls the action with a cancellation, which is triggered when the client of this thread's
  /// request disconnects. If the thread has no request, the action can't be cancelled.
  private static <T> T whileConnected(Function<Cancellation, T> action) {
    if (!(CurrentRequestManager.get() instanceof VertxResteasyReactiveRequestContext request
        && request.getContext().request().connection() instanceof ConnectionBase connection)) {
      return action.apply(Cancellation.NEVER);
    }
    var cancellation = new Cancellation();
    ChannelFutureListener cancel = _ -> cancellation.cancel();
    ChannelFuture closed = connection.channel().closeFuture();
    closed.addListener(cancel);
    try {
      return action.apply(cancellation);
    } finally {
      closed.removeListener(cancel);
    }
  }
}
