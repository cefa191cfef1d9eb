package io.pharos.server.app;

import io.micrometer.core.instrument.MeterRegistry;
import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelPromise;
import io.netty.channel.ServerChannel;
import io.netty.channel.SingleThreadEventLoop;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.concurrent.EventExecutor;
import io.pharos.limits.connections.Connections;
import io.pharos.schedule.LoopRegistry;
import io.pharos.trouble.DescriptorGate;
import io.quarkus.vertx.http.HttpServerStart;
import io.vertx.core.Vertx;
import io.vertx.core.impl.VertxInternal;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.ObservesAsync;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
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
        new Connections(
            limits, new DescriptorGate(limits.reserve())::admits, System::nanoTime, registry);
    for (EventExecutor executor : vertx.getAcceptorEventLoopGroup()) {
      if (executor instanceof SingleThreadEventLoop acceptor) {
        acceptor.execute(() -> guard(acceptor, connections));
      }
    }
  }

  private void guard(SingleThreadEventLoop acceptor, Connections connections) {
    var channels = acceptor.registeredChannelsIterator();
    while (channels.hasNext()) {
      if (channels.next() instanceof ServerChannel listening) {
        listening.pipeline().addFirst(new Acceptor(connections));
        LOG.debug("connection limits apply to {}", listening.localAddress());
      }
    }
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

  /// Admits or refuses new connections. It is a handler of the listening channel.
  private static final class Acceptor extends ChannelInboundHandlerAdapter {
    private final Connections connections;

    Acceptor(Connections connections) {
      this.connections = connections;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object accepted) {
      if (accepted instanceof Channel channel) {
        Optional<Connections.Connection> connection = connections.open(new ChannelLink(channel));
        if (connection.isEmpty()) {
          channel.unsafe().closeForcibly();
          return;
        }
        channel.closeFuture().addListener(_ -> connection.get().closed());
        channel.pipeline().addLast(new ByteListener(connection.get()));
      }
      context.fireChannelRead(accepted);
    }
  }

  private record ChannelLink(Channel channel) implements Connections.Link {
    @Override
    public void close() {
      // Before its registration a channel has no event loop, which `close` would need.
      if (channel.isRegistered()) {
        var _ = channel.close();
      } else {
        channel.unsafe().closeForcibly();
      }
    }

    @Override
    public boolean isPaused() {
      return !channel.config().isAutoRead();
    }

    /* Reads the buffer on another thread than the event loop, which changes the buffer meanwhile. A
     * slightly outdated number is harmless. */
    @Override
    public OptionalLong unread() {
      ChannelOutboundBuffer buffer = channel.unsafe().outboundBuffer();
      return buffer == null || buffer.totalPendingWriteBytes() == 0
          ? OptionalLong.empty()
          : OptionalLong.of(buffer.totalPendingWriteBytes() - buffer.currentProgress());
    }
  }

  /// Reports received bytes. It is the first handler of a connection.
  private static final class ByteListener extends ChannelInboundHandlerAdapter {
    private final Connections.Connection connection;
    private boolean complete;

    ByteListener(Connections.Connection connection) {
      this.connection = connection;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object bytes) {
      if (!complete) {
        complete = true;
        // When the first bytes arrive, Vert.x has added its handlers. The last of them handles
        // complete messages, so the listener is added before it.
        var last = context.pipeline().lastContext();
        context.pipeline().addBefore(last.name(), null, new ExchangeListener(connection));
      }
      connection.bytes();
      context.fireChannelRead(bytes);
    }
  }

  /// Reports complete requests and responses.
  private static final class ExchangeListener extends ChannelDuplexHandler {
    private final Connections.Connection connection;

    ExchangeListener(Connections.Connection connection) {
      this.connection = connection;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      if (message instanceof HttpRequest) {
        connection.head();
      }
      if (message instanceof LastHttpContent) {
        connection.request();
      }
      context.fireChannelRead(message);
    }

    @Override
    public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
      ChannelPromise written = promise;
      if (message instanceof LastHttpContent && !isInterim(message)) {
        written = promise.unvoid();
        written.addListener(_ -> connection.answered());
      }
      var _ = context.write(message, written);
    }

    /// Whether the message is an interim response such as `100 Continue`, which precedes the
    /// answer.
    private static boolean isInterim(Object message) {
      return message instanceof HttpResponse response
          && response.status().codeClass() == HttpStatusClass.INFORMATIONAL;
    }
  }
}
