package io.pharos.limits.connections;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.ChannelPromise;
import io.netty.channel.ServerChannel;
import io.netty.channel.SingleThreadEventLoop;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.LastHttpContent;
import java.util.Optional;
import java.util.OptionalLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Admits or refuses new connections of a listening channel of Netty and reports what their clients
/// do to [Connections].
public final class ConnectionAcceptor extends ChannelInboundHandlerAdapter {
  private static final Logger LOG = LoggerFactory.getLogger(ConnectionAcceptor.class);

  private final Connections connections;

  private ConnectionAcceptor(Connections connections) {
    this.connections = connections;
  }

  /// Applies the limits to each port that this event loop listens on now and that has no limits
  /// yet. Must be called on the event loop.
  public static void guard(SingleThreadEventLoop acceptor, Connections connections) {
    var channels = acceptor.registeredChannelsIterator();
    while (channels.hasNext()) {
      if (channels.next() instanceof ServerChannel listening
          && listening.pipeline().get(ConnectionAcceptor.class) == null) {
        listening.pipeline().addFirst(new ConnectionAcceptor(connections));
        LOG.debug("connection limits apply to {}", listening.localAddress());
      }
    }
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

  /// Begins to observe the requests of a connection whose TLS handshake is complete, before its
  /// first request is read. Does nothing if no limits apply to the connection.
  public static void listenToExchanges(Channel channel) {
    ByteListener listener = channel.pipeline().get(ByteListener.class);
    if (listener != null) {
      listener.listenToExchanges(channel.pipeline());
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
      listenToExchanges(context.pipeline());
      connection.bytes(bytes instanceof ByteBuf buffer ? buffer.readableBytes() : 0);
      context.fireChannelRead(bytes);
    }

    /* Vert.x adds its handlers before the first bytes arrive, or after the TLS handshake. The last of
     * them handles complete messages, so the listener is added before it. */
    void listenToExchanges(ChannelPipeline pipeline) {
      if (!complete && pipeline.get(HttpRequestDecoder.class) != null) {
        complete = true;
        pipeline.addBefore(pipeline.lastContext().name(), null, new ExchangeListener(connection));
      }
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
