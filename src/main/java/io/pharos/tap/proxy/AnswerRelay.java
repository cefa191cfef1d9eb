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

/// Writes the backend's answer to the client, piece by piece, as fast as the client takes it.
final class AnswerRelay {
  private final TapParts parts;
  private final HttpServerRequest request;
  private final HttpServerResponse response;
  private final ExchangeRecord sighting;

  AnswerRelay(TapParts parts, HttpServerRequest request, ExchangeRecord sighting) {
    this.parts = parts;
    this.request = request;
    this.response = request.response();
    this.sighting = sighting;
  }

  /// Sends all of it.
  ///
  /// @param body paused
  /// @return failed where the answer broke off; the client's connection is to be closed then, or it
  ///   would take what it has for the whole
  Future<Void> send(
      int status, @Nullable String message, MultiMap headers, ReadStream<Buffer> body) {
    response.setStatusCode(status);
    if (message != null && !message.isEmpty()) {
      response.setStatusMessage(message);
    }
    HopByHopHeaders.copyOthers(headers, response.headers());
    if (!response.headers().contains("X-Request-ID") && !sighting.requestId().isEmpty()) {
      response.putHeader("X-Request-ID", sighting.requestId());
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
    if (!sized) { // the first event of a stream may be long in coming
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
            sighting.fault(UpstreamFault.TRUNCATED, failure);
          }
          done.tryFail(failure);
        });
    body.endHandler(_ -> end(closes, done));
    body.handler(
        piece -> {
          sighting.responsePiece(piece);
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

  /* Closing ends a body without a length, too. */
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
