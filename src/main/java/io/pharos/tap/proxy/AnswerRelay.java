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
  /// @param body body of the backend's answer, paused
  /// @return a future that fails if the answer was cut off. The caller must then abort the client's
  ///   connection, because otherwise the client would treat the truncated body as complete.
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
    boolean hasLength = headers.contains("Content-Length");
    boolean isHttp10 = request.version() == HttpVersion.HTTP_1_0;
    boolean mustClose = parts.leaving().get() || HopByHopHeaders.asksToClose(request);
    if (mustClose) {
      response.putHeader("Connection", "close");
    }
    if (request.method().equals(HttpMethod.HEAD) || status == 204 || status == 304) {
      body.handler(_ -> {}).exceptionHandler(_ -> {}).resume();
      Promise<Void> done = Promise.promise();
      end(mustClose, done);
      return done.future();
    }
    Promise<Void> done = Promise.promise();
    pipe(body, mustClose || (isHttp10 && !hasLength), done);
    if (!hasLength) { // send the head now: the first event of a stream may arrive much later
      if (isHttp10) {
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

  /* Ends the answer. Closing the connection marks the end of a body without a length. */
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
