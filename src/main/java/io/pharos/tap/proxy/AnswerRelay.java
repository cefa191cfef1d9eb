package io.pharos.tap.proxy;

import io.pharos.tap.UpstreamFault;
import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.streams.ReadStream;
import org.jspecify.annotations.Nullable;

/// Streams the backend's answer to the client, with back-pressure.
final class AnswerRelay {
  private final Tap.Parts parts;
  private final HttpServerRequest request;
  private final HttpServerResponse response;
  private final ExchangeRecord record;

  AnswerRelay(Tap.Parts parts, HttpServerRequest request, ExchangeRecord record) {
    this.parts = parts;
    this.request = request;
    this.response = request.response();
    this.record = record;
  }

  /// Sends the head and the body of an answer.
  ///
  /// @param body paused stream
  /// @return fails if the answer was cut off; the caller must then abort the client's connection,
  ///   or the client would take the truncated body for complete
  Future<Void> send(
      int status, @Nullable String message, MultiMap headers, ReadStream<Buffer> body) {
    response.setStatusCode(status);
    if (message != null && !message.isEmpty()) {
      response.setStatusMessage(message);
    }
    HopByHopHeaders.copyOthers(headers, response.headers());
    if (!response.headers().contains("X-Request-ID") && !record.requestId().isEmpty()) {
      response.putHeader("X-Request-ID", record.requestId());
    }
    boolean sized = headers.contains("Content-Length");
    boolean old = request.version() == HttpVersion.HTTP_1_0;
    boolean asked = parts.leaving().get() || HopByHopHeaders.asksToClose(request);
    if (asked) {
      response.putHeader("Connection", "close");
    }
    if (request.method().equals(HttpMethod.HEAD) || status == 204 || status == 304) {
      body.handler(_ -> {}).exceptionHandler(_ -> {}).resume();
      Promise<Void> done = Promise.promise();
      end(asked, done);
      return done.future();
    }
    Promise<Void> done = Promise.promise();
    pipe(body, asked || (old && !sized), done);
    if (!sized) { // send the head now, because the first event of a stream may take long
      if (old) {
        response.write(Buffer.buffer());
      } else {
        response.setChunked(true).writeHead();
      }
    }
    body.resume();
    return done.future();
  }

  private void pipe(ReadStream<Buffer> body, boolean closes, Promise<Void> done) {
    body.exceptionHandler(
        failure -> {
          if (!response.closed()) {
            record.fault(UpstreamFault.TRUNCATED, failure);
          }
          done.tryFail(failure);
        });
    body.endHandler(_ -> end(closes, done));
    body.handler(
        piece -> {
          record.responsePiece(piece);
          if (response.closed()) {
            return;
          }
          response.write(piece);
          if (response.writeQueueFull()) {
            body.pause();
            response.drainHandler(_ -> body.resume());
          }
        });
  }

  /* The end of a body without a length is marked by closing the connection. */
  private void end(boolean closes, Promise<Void> done) {
    response
        .end()
        .onComplete(
            ended -> {
              if (closes) {
                request.connection().close();
              }
              if (ended.succeeded()) {
                done.tryComplete();
              } else {
                done.tryFail(ended.cause());
              }
            });
  }
}
