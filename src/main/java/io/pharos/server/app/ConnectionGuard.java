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
import io.pharos.limits.connections.ConnectionLimits;
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

/// Holds the limits of connections on the listening socket.
/* Quarkus and Vert.x have a limit of connections and one of silence, but none that slow clients
 * don't get around by a byte now and then, and at their limit whoever comes is refused, not whoever
 * hangs. So a handler stands where Netty hands over what it has accepted. */
@ApplicationScoped
class ConnectionGuard {
  private static final Logger LOG = LoggerFactory.getLogger(ConnectionGuard.class);
  private static final Duration LOOK = Duration.ofSeconds(1);

  private final VertxInternal vertx;
  private final MeterRegistry registry;
  private final LoopRegistry loops;

  ConnectionGuard(Vertx vertx, MeterRegistry registry, LoopRegistry loops) {
    this.vertx = (VertxInternal) vertx;
    this.registry = registry;
    this.loops = loops;
  }

  void guard(@ObservesAsync HttpServerStart start) {
    ConnectionLimits limits = Launch.options().connections();
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
        listening.pipeline().addFirst(new Door(connections));
        LOG.debug("connections to {} are counted", listening.localAddress());
      }
    }
    LoopRegistry.Loop loop = loops.begin("connections", "", LOOK);
    var _ =
        acceptor.scheduleWithFixedDelay(
            () -> {
              loop.ran();
              look(connections);
            },
            LOOK.toMillis(),
            LOOK.toMillis(),
            TimeUnit.MILLISECONDS);
  }

  private static void look(Connections connections) {
    try {
      connections.closeOverdue();
    } catch (RuntimeException | Error e) {
      LOG.error("the look at connections goes on after an error", e);
    }
  }

  /// Lets connections in, on the listening channel.
  private static final class Door extends ChannelInboundHandlerAdapter {
    private final Connections connections;

    Door(Connections connections) {
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
        channel.pipeline().addLast(new Bytes(connection.get()));
      }
      context.fireChannelRead(accepted);
    }
  }

  private record ChannelLink(Channel channel) implements Connections.Link {
    @Override
    public void close() {
      // Where it is not registered yet, there is nobody who could close it in turn.
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

    /* Read from another thread than writes it: a number that is old by a moment does no harm. */
    @Override
    public OptionalLong unread() {
      ChannelOutboundBuffer buffer = channel.unsafe().outboundBuffer();
      return buffer == null || buffer.totalPendingWriteBytes() == 0
          ? OptionalLong.empty()
          : OptionalLong.of(buffer.totalPendingWriteBytes() - buffer.currentProgress());
    }
  }

  /// Sees that bytes come, at the near end of the pipeline.
  private static final class Bytes extends ChannelInboundHandlerAdapter {
    private final Connections.Connection connection;
    private boolean complete;

    Bytes(Connections.Connection connection) {
      this.connection = connection;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object bytes) {
      if (!complete) {
        complete = true;
        // By now Vert.x has put its handlers behind this one; the last is its connection.
        var last = context.pipeline().lastContext();
        context.pipeline().addBefore(last.name(), null, new Exchanges(connection));
      }
      connection.bytes();
      context.fireChannelRead(bytes);
    }
  }

  /// Sees requests come and answers go.
  private static final class Exchanges extends ChannelDuplexHandler {
    private final Connections.Connection connection;

    Exchanges(Connections.Connection connection) {
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
      if (message instanceof LastHttpContent && !isContinue(message)) {
        written = promise.unvoid();
        written.addListener(_ -> connection.answered());
      }
      var _ = context.write(message, written);
    }

    /// Whether it is `100 Continue`, which is not the answer.
    private static boolean isContinue(Object message) {
      return message instanceof HttpResponse response
          && response.status().codeClass() == HttpStatusClass.INFORMATIONAL;
    }
  }
}
