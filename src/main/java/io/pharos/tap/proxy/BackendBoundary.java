package io.pharos.tap.proxy;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.LastHttpContent;
import org.jspecify.annotations.Nullable;

/// Closes a connection to the backend that is not exactly between two messages when an answer ends,
/// because the next client would receive the rest of the answer.
/* The decoder keeps bytes that follow an answer for the next one and tells nobody. So it gets the
 * bytes in parts that never reach beyond the end of an answer: up to an empty line, or up to the
 * length of the body. Not thread-safe: all runs on the event loop of the connection. */
final class BackendBoundary {
  private static final int SWITCHING_PROTOCOLS = 101;

  private boolean answering;
  private boolean requestComplete = true;
  private boolean head;
  private boolean upgrades;
  private boolean informational;
  private boolean tunnel;
  private boolean spoiled;
  private boolean feeding;
  private @Nullable LastHttpContent end;
  /* Bytes up to the end of the body; 0 if an empty line is the end. */
  private long bodyLeft;
  private int lineLength;

  private BackendBoundary() {}

  /// Observes a new connection, before its first request.
  static void watch(Channel channel) {
    ChannelPipeline pipeline = channel.pipeline();
    ChannelHandlerContext codec = pipeline.context(HttpClientCodec.class);
    var boundary = new BackendBoundary();
    pipeline.addBefore(codec.name(), null, boundary.new Bytes());
    pipeline.addAfter(codec.name(), null, boundary.new Messages());
  }

  /// Passes bytes to the decoder.
  private final class Bytes extends ChannelInboundHandlerAdapter {
    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      if (tunnel || !(message instanceof ByteBuf bytes)) {
        context.fireChannelRead(message);
        return;
      }
      try {
        while (bytes.isReadable() && answering && !tunnel) {
          feeding = true;
          context.fireChannelRead(bytes.readRetainedSlice(nextPart(bytes)));
          feeding = false;
          endAnswer(context, bytes);
        }
        if (bytes.isReadable() && tunnel) {
          context.fireChannelRead(bytes.readRetainedSlice(bytes.readableBytes()));
        } else if (bytes.isReadable()) {
          var _ = context.close();
        }
      } finally {
        feeding = false;
        bytes.release();
      }
    }

    /* Bytes that are left must be found before Vert.x learns of the end, because it may send the
     * next request at once. */
    private void endAnswer(ChannelHandlerContext context, ByteBuf bytes) {
      LastHttpContent last = end;
      if (last == null) {
        return;
      }
      end = null;
      boolean closes = spoiled || bytes.isReadable();
      answering = false;
      context.pipeline().context(Messages.class).fireChannelRead(last);
      if (closes) {
        bytes.skipBytes(bytes.readableBytes());
        if (requestComplete) {
          var _ = context.close();
        } else {
          spoiled = true; // closed by the exchange, which still passes the answer on
        }
      }
    }
  }

  private int nextPart(ByteBuf bytes) {
    if (bodyLeft > 0) {
      return (int) Math.min(bodyLeft, bytes.readableBytes());
    }
    int start = bytes.readerIndex();
    for (int i = start; i < bytes.writerIndex(); i++) {
      switch (bytes.getByte(i)) {
        case '\r' -> {}
        case '\n' -> {
          boolean empty = lineLength == 0;
          lineLength = 0;
          if (empty) {
            return i + 1 - start;
          }
        }
        default -> lineLength++;
      }
    }
    return bytes.readableBytes();
  }

  /// Observes requests and decoded answers.
  private final class Messages extends ChannelDuplexHandler {
    @Override
    public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
      if (message instanceof HttpRequest request) {
        answering = true;
        requestComplete = false;
        head = request.method().equals(HttpMethod.HEAD);
        upgrades = request.headers().contains(HttpHeaderNames.UPGRADE);
        bodyLeft = 0;
        lineLength = 0;
      }
      if (message instanceof LastHttpContent) {
        requestComplete = true;
      }
      var written = context.write(message, promise);
      if (spoiled && requestComplete && !answering) {
        written.addListener(ChannelFutureListener.CLOSE);
      }
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      if (message instanceof HttpResponse answer) {
        begin(answer);
      }
      if (message instanceof HttpContent content && bodyLeft > 0) {
        bodyLeft -= content.content().readableBytes();
      }
      if (message instanceof LastHttpContent last && !informational && !tunnel) {
        spoiled |= !requestComplete;
        if (feeding) {
          end = last;
          return;
        }
        answering = false; // the backend closed the connection
      }
      context.fireChannelRead(message);
    }

    private void begin(HttpResponse answer) {
      int status = answer.status().code();
      tunnel = status == SWITCHING_PROTOCOLS && upgrades;
      informational =
          status != SWITCHING_PROTOCOLS
              && answer.status().codeClass() == HttpStatusClass.INFORMATIONAL;
      bodyLeft = 0;
      if (informational || tunnel) {
        return;
      }
      if (answer.decoderResult().isFailure()) {
        spoiled = true;
        return;
      }
      long length = HttpUtil.getContentLength(answer, -1L);
      boolean chunked = HttpUtil.isTransferEncodingChunked(answer);
      if (status == SWITCHING_PROTOCOLS || (status == 204 && (length > 0 || chunked))) {
        spoiled = true; // the next bytes are a body that must not exist
      } else if (!head && status != 204 && status != 304 && !chunked) {
        bodyLeft = length >= 0 ? length : Long.MAX_VALUE;
      }
    }
  }
}
