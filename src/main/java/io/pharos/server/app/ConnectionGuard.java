package io.pharos.server.app;

import io.micrometer.core.instrument.MeterRegistry;
import io.netty.channel.SingleThreadEventLoop;
import io.netty.util.concurrent.EventExecutor;
import io.pharos.limits.connections.ConnectionAcceptor;
import io.pharos.limits.connections.Connections;
import io.pharos.schedule.LoopRegistry;
import io.pharos.trouble.DescriptorGate;
import io.quarkus.vertx.http.HttpServerStart;
import io.vertx.core.Vertx;
import io.vertx.core.impl.VertxInternal;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.ObservesAsync;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Enforces the limits of connections, from the moment a connection is accepted.
/* The limits of Quarkus and Vert.x do not suffice. A client can evade them by sending a byte now
 * and then. And if all connections are in use, Quarkus refuses a new connection instead of closing
 * a connection that hangs. So this class adds a handler to the channel of Netty that accepts
 * connections. */
@ApplicationScoped
class ConnectionGuard {
  private static final Logger LOG = LoggerFactory.getLogger(ConnectionGuard.class);
  private static final Duration INTERVAL = Duration.ofSeconds(1);

  private final VertxInternal vertx;
  private final MeterRegistry registry;
  private final LoopRegistry loops;

  ConnectionGuard(Vertx vertx, MeterRegistry registry, LoopRegistry loops) {
    this.vertx = (VertxInternal) vertx;
    this.registry = registry;
    this.loops = loops;
  }

  void guard(@ObservesAsync HttpServerStart start) {
    Connections.ConnectionLimits limits = Launch.options().connections();
    var connections =
        Connections.ofWeb(
            limits, new DescriptorGate(limits.reserve())::admits, System::nanoTime, registry);
    for (EventExecutor executor : vertx.getAcceptorEventLoopGroup()) {
      if (executor instanceof SingleThreadEventLoop acceptor) {
        acceptor.execute(() -> guard(acceptor, connections));
      }
    }
  }

  private void guard(SingleThreadEventLoop acceptor, Connections connections) {
    ConnectionAcceptor.guard(acceptor, connections);
    LoopRegistry.Loop loop = loops.begin("connections", "", INTERVAL);
    var _ =
        acceptor.scheduleWithFixedDelay(
            () -> {
              loop.ran();
              check(connections);
            },
            INTERVAL.toMillis(),
            INTERVAL.toMillis(),
            TimeUnit.MILLISECONDS);
  }

  private static void check(Connections connections) {
    try {
      connections.closeOverdue();
    } catch (RuntimeException | Error e) {
      LOG.error("a check of the connections failed; the next check follows in 1 s", e);
    }
  }
}
