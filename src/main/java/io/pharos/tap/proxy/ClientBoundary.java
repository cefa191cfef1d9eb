package io.pharos.tap.proxy;

import static java.util.Objects.requireNonNull;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import org.jspecify.annotations.Nullable;

/// Closes a client's connection after an answer that says so, and after an answer that ends before
/// its request. What the client sends after that request is dropped. Also knows which requests have
/// arrived completely.
/* Is the handler before the connection of Vert.x. Not thread-safe: all runs on the event loop of
 * the connection. */
final class ClientBoundary extends ChannelDuplexHandler {
  /* Numbers of requests, in their order on the connection. A request without a body is complete
   * with its head. */
  private long begun;
  private long completed;
  private long answered;
  private boolean bodiless;
  private boolean leaving;
  private boolean over;
  private boolean informational;
  /* Number of requests that Vert.x has passed on, and what to do when the last of them is complete. */
  private long handled;
  private @Nullable Runnable whenComplete;

  private ClientBoundary() {}

  /// Observes a new connection, before its first request.
  static void watch(Channel channel) {
    channel
        .pipeline()
        .addBefore(channel.pipeline().lastContext().name(), null, new ClientBoundary());
  }

  /// Returns the observer of a connection.
  static ClientBoundary of(Channel channel) {
    return requireNonNull(
        channel.pipeline().get(ClientBoundary.class), "the connection is not observed");
  }

  /// Records that the next request of the connection is being handled.
  ///
  /// @param action what to do when the whole request has arrived; not called if it has arrived
  /// @return the number of the request
  long handle(Runnable action) {
    whenComplete = action;
    return ++handled;
  }

  /// Returns whether the whole request of a number has arrived.
  boolean isComplete(long number) {
    return completed >= number;
  }

  /// Returns whether an answer has ended the connection, so that further requests must be dropped.
  boolean isOver() {
    return over;
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    if (leaving && begun == completed && !(message instanceof LastHttpContent && bodiless)) {
      ReferenceCountUtil.release(message); // behind the last request
      return;
    }
    if (message instanceof HttpRequest request) {
      begun++;
      bodiless =
          request.decoderResult().isFailure() // nothing is read behind it
              || (!HttpUtil.isTransferEncodingChunked(request)
                  && HttpUtil.getContentLength(request, 0L) == 0);
      completed += bodiless ? 1 : 0;
    }
    if (message instanceof LastHttpContent) {
      completed += bodiless ? 0 : 1;
      bodiless = false;
    }
    if (!over) {
      context.fireChannelRead(message);
      Runnable action = whenComplete;
      if (message instanceof LastHttpContent && completed == handled && action != null) {
        whenComplete = null; // an idle connection must not keep its last request in memory
        action.run();
      }
      return;
    }
    ReferenceCountUtil.release(message);
    if (begun == completed) { // behind the answer, which may not be written yet
      context.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
    }
  }

  @Override
  public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
    if (message instanceof HttpResponse answer) {
      informational = answer.status().codeClass() == HttpStatusClass.INFORMATIONAL;
      if (!informational) {
        begin(answer);
      }
    }
    if (!(message instanceof LastHttpContent) || informational) {
      var _ = context.write(message, promise);
      return;
    }
    answered++;
    over = leaving || completed < answered;
    leaving = over;
    var written = context.write(message, promise.unvoid());
    if (over && begun == completed) {
      written.addListener(ChannelFutureListener.CLOSE);
    } else if (over) {
      context.channel().config().setAutoRead(true); // reads the rest of the request, to drop it
    }
  }

  private void begin(HttpResponse answer) {
    if (completed <= answered) {
      answer.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
    }
    leaving |=
        answer.headers().containsValue(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE, true);
  }
}
