package io.pharos.server.api;

import static java.util.Objects.requireNonNull;

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

/// Does on the pool of queries what a request asks of the store or the engine, its answer's text
/// included, and gives it up when the client goes. Thread-safe.
///
/// What runs there must not ask for the request any more: its parameters are read before.
public final class QueryWork {
  /// What is smaller is packed in a moment by whoever sends it.
  private static final int PACKED_FROM = 256 * 1024;

  private final WorkPool pool;
  private final Duration timeout;
  private final LongSupplier nanoTime;

  /// @param timeout how long work may wait and take together
  /// @param nanoTime a steady clock for that
  public QueryWork(WorkPool pool, Duration timeout, LongSupplier nanoTime) {
    this.pool = requireNonNull(pool, "pool is null");
    this.timeout = requireNonNull(timeout, "timeout is null");
    this.nanoTime = requireNonNull(nanoTime, "nanoTime is null");
  }

  /// Does work within the time that every query has.
  ///
  /// @throws io.pharos.limits.work.BusyException when its turn did not come
  /// @throws io.pharos.limits.work.CancelledException when the client went, or the time is over
  public <T> T call(Supplier<T> work) {
    return call(Optional.empty(), work);
  }

  /// As [#call(Supplier)], within less time where the client asks for that.
  public <T> T call(Optional<Duration> asked, Supplier<T> work) {
    Duration most = most(asked);
    long deadline = nanoTime.getAsLong() + most.toNanos();
    return whileConnected(client -> pool.call(client.until(deadline, nanoTime), most, work));
  }

  /// How long work may wait and take together.
  ///
  /// @param asked what the client wants
  Duration most(Optional<Duration> asked) {
    return asked.filter(time -> time.compareTo(timeout) < 0).orElse(timeout);
  }

  /// A steady clock, in nanoseconds.
  long nanoTime() {
    return nanoTime.getAsLong();
  }

  /// How much work may wait for its turn.
  int waiting() {
    return pool.size().waiting();
  }

  /// As [#call(Supplier)], of an answer: where it is large and the client takes it packed, it is
  /// packed there, not on the event loop, which has other connections to see to.
  Response answer(Supplier<Response> work) {
    return answer(Optional.empty(), work);
  }

  /// As [#answer(Supplier)], within less time where the client asks for that.
  Response answer(Optional<Duration> asked, Supplier<Response> work) {
    boolean packs =
        CurrentRequestManager.get() instanceof VertxResteasyReactiveRequestContext request
            && takesGzip(request.getContext().request().getHeader(HttpHeaders.ACCEPT_ENCODING));
    return call(
        asked,
        () -> {
          Response made = work.get();
          return packs && made.getEntity() instanceof byte[] bytes && bytes.length >= PACKED_FROM
              ? Response.fromResponse(made)
                  .entity(packed(bytes))
                  .header(HttpHeaders.CONTENT_ENCODING, "gzip")
                  .header(HttpHeaders.VARY, HttpHeaders.ACCEPT_ENCODING)
                  .build()
              : made;
        });
  }

  /* Who writes weights gets what the server packs by itself. */
  static boolean takesGzip(@Nullable String accepted) {
    return accepted != null
        && Stream.of(accepted.split(",", -1)).anyMatch(one -> one.strip().equals("gzip"));
  }

  private static byte[] packed(byte[] bytes) {
    var packed = new ByteArrayOutputStream(bytes.length / 8);
    try (var gzip = new FastGzip(packed)) {
      gzip.write(bytes);
    } catch (IOException e) {
      throw new UncheckedIOException("packing in memory", e);
    }
    return packed.toByteArray();
  }

  private static final class FastGzip extends GZIPOutputStream {
    FastGzip(OutputStream out) throws IOException {
      super(out);
      def.setLevel(Deflater.BEST_SPEED);
    }
  }

  /// Does something with what ends when the client of the request on this thread goes, which is
  /// never where there is no such request.
  private static <T> T whileConnected(Function<Cancellation, T> action) {
    if (!(CurrentRequestManager.get() instanceof VertxResteasyReactiveRequestContext request
        && request.getContext().request().connection() instanceof ConnectionBase connection)) {
      return action.apply(Cancellation.NEVER);
    }
    var cancellation = new Cancellation();
    ChannelFutureListener gone = _ -> cancellation.cancel();
    ChannelFuture closed = connection.channel().closeFuture();
    closed.addListener(gone);
    try {
      return action.apply(cancellation);
    } finally {
      closed.removeListener(gone);
    }
  }
}
