package io.pharos.tap.proxy;

import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/// Forwards a body unchanged and counts its bytes.
final class CountedBody implements ReadStream<Buffer> {
  private final ReadStream<Buffer> body;
  private final LongConsumer count;
  private final Runnable ended;

  /// @param ended called at the end of the body
  CountedBody(ReadStream<Buffer> body, LongConsumer count, Runnable ended) {
    this.body = body;
    this.count = count;
    this.ended = ended;
  }

  @Override
  public ReadStream<Buffer> exceptionHandler(@Nullable Handler<Throwable> handler) {
    body.exceptionHandler(handler);
    return this;
  }

  @Override
  public ReadStream<Buffer> handler(@Nullable Handler<Buffer> handler) {
    if (handler == null) {
      body.handler(null);
    } else {
      body.handler(
          piece -> {
            count.accept(piece.length());
            handler.handle(piece);
          });
    }
    return this;
  }

  @Override
  public ReadStream<Buffer> pause() {
    body.pause();
    return this;
  }

  @Override
  public ReadStream<Buffer> resume() {
    body.resume();
    return this;
  }

  @Override
  public ReadStream<Buffer> fetch(long amount) {
    body.fetch(amount);
    return this;
  }

  @Override
  public ReadStream<Buffer> endHandler(@Nullable Handler<Void> handler) {
    if (handler == null) {
      body.endHandler(null);
    } else {
      body.endHandler(
          _ -> {
            ended.run();
            handler.handle(null);
          });
    }
    return this;
  }
}
