package io.pharos.api;

import static java.util.Objects.requireNonNull;

import io.pharos.work.Cancellation;
import io.pharos.work.WorkPool;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.vertx.core.net.impl.ConnectionBase;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jboss.resteasy.reactive.server.core.CurrentRequestManager;
import org.jboss.resteasy.reactive.server.vertx.VertxResteasyReactiveRequestContext;

/// Does on the pool of queries what a request asks of the store or the engine, its answer's text
/// included, and gives it up when the client goes. Thread-safe.
///
/// What runs there must not ask for the request any more: its parameters are read before.
public final class QueryWork {
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
  /// @throws io.pharos.work.BusyException when its turn did not come
  /// @throws io.pharos.work.CancelledException when the client went, or the time is over
  public <T> T call(Supplier<T> work) {
    return call(Optional.empty(), work);
  }

  /// As [#call(Supplier)], within less time where the client asks for that.
  <T> T call(Optional<Duration> asked, Supplier<T> work) {
    Duration most = asked.filter(time -> time.compareTo(timeout) < 0).orElse(timeout);
    long deadline = nanoTime.getAsLong() + most.toNanos();
    return whileConnected(client -> pool.call(client.until(deadline, nanoTime), most, work));
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
