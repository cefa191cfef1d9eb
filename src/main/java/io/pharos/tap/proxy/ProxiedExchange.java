package io.pharos.tap.proxy;

import io.netty.handler.ssl.SslHandshakeTimeoutException;
import io.pharos.tap.UpstreamFault;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.MultiMap;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.ConnectionPoolTooBusyException;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClosedException;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.StreamResetException;
import io.vertx.core.json.JsonObject;
import io.vertx.core.net.HostAndPort;
import io.vertx.core.streams.ReadStream;
import io.vertx.httpproxy.Body;
import io.vertx.httpproxy.ProxyContext;
import io.vertx.httpproxy.ProxyInterceptor;
import io.vertx.httpproxy.ProxyRequest;
import io.vertx.httpproxy.ProxyResponse;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeoutException;
import java.util.function.LongConsumer;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One request to the backend and its answer.
///
/// The Vert.x proxy sends the request. The answer is written here instead, because the proxy
/// buffers answers for HTTP/1.0 clients and fails on invalid dates in headers.
final class ProxiedExchange implements ProxyInterceptor {
  private static final Logger LOG = LoggerFactory.getLogger(ProxiedExchange.class);

  /// Methods of requests that are sent again once if the backend closed a kept-alive connection.
  private static final Set<HttpMethod> SAFE =
      Set.of(HttpMethod.GET, HttpMethod.HEAD, HttpMethod.OPTIONS);

  /// Status if the client disconnected before an answer started, as in nginx' logs.
  static final int CLIENT_GONE = 499;

  private final Tap.Parts parts;
  private final HttpClient client;
  private final HttpServerRequest request;
  private final ExchangeRecord record;
  private @Nullable HttpClientRequest origin;
  private List<String> cacheControl = List.of();
  private boolean gone;
  private boolean whole;

  ProxiedExchange(
      Tap.Parts parts, HttpClient client, HttpServerRequest request, ExchangeRecord record) {
    this.parts = parts;
    this.client = client;
    this.request = request;
    this.record = record;
  }

  /// Opens a request to the backend. The result fails if there is no connection.
  Future<HttpClientRequest> connect() {
    return client
        .request(parts.options().toUpstream("/"))
        .map(
            made -> {
              origin = made;
              if (gone) {
                made.reset();
              }
              if (whole) {
                await();
              }
              // The proxy parses dates in this header for its cache, which is switched off, and
              // fails if they
              // are invalid.
              made.response()
                  .onSuccess(
                      answer -> {
                        cacheControl = answer.headers().getAll("Cache-Control");
                        answer.headers().remove("Cache-Control");
                      });
              return made;
            });
  }

  @Override
  public Future<ProxyResponse> handleProxyRequest(ProxyContext context) {
    ProxyRequest out = context.request();
    HttpServerResponse response = request.response();
    response.endHandler(_ -> over(response));
    response.closeHandler(_ -> over(response));
    HopByHopHeaders.remove(out.headers());
    out.headers().remove("Expect"); // the tap has already answered with 100
    record.mark(out.headers());
    parts.options().forwarded().apply(request, out.headers());
    HostAndPort authority = request.authority();
    if (authority != null) {
      out.setAuthority(authority);
    }
    boolean bodiless = isBodiless(request);
    if (bodiless) {
      out.setBody(null);
      request.resume();
    } else {
      ReadStream<Buffer> counted =
          new CountedBody(out.getBody().stream(), record::requestBytes, this::await);
      out.setBody(Body.body(counted, out.getBody().length()));
    }
    whole = bodiless;
    Future<ProxyResponse> answer = context.sendRequest();
    if (bodiless) {
      answer = answer.recover(failure -> again(out, failure));
    }
    return answer.recover(failure -> Future.succeededFuture(faultAnswer(out, failure)));
  }

  static boolean isBodiless(HttpServerRequest request) {
    String length = request.getHeader("Content-Length");
    return !request.headers().contains("Transfer-Encoding")
        && (length == null || length.equals("0"));
  }

  /* Called after the request was sent completely: starts the response timeout. */
  private void await() {
    HttpClientRequest asked = origin;
    if (asked != null) {
      asked.idleTimeout(parts.options().responseTimeout().toMillis());
    }
  }

  /* Sends a safe request again if the backend closed the connection, as may happen when a
   * kept-alive connection is reused. */
  private Future<ProxyResponse> again(ProxyRequest out, Throwable failure) {
    if (gone || !SAFE.contains(request.method()) || !(failure instanceof HttpClosedException)) {
      return Future.failedFuture(failure);
    }
    return connect().compose(out::send);
  }

  /* Called when the answer was sent completely, or the client has disconnected. */
  private void over(HttpServerResponse response) {
    if (!response.ended()) {
      gone = true;
      resetOrigin();
    }
    record.end(response.headWritten() ? response.getStatusCode() : CLIENT_GONE);
  }

  private void resetOrigin() {
    if (origin != null) {
      origin.reset();
    }
  }

  private void breakOff() {
    resetOrigin();
    HttpServerResponse response = request.response();
    int status = response.headWritten() ? response.getStatusCode() : CLIENT_GONE;
    response.reset(); // resetting the answer calls no handler
    record.end(status);
  }

  private ProxyResponse faultAnswer(ProxyRequest out, Throwable failure) {
    UpstreamFault fault = fault(failure);
    if (failure instanceof StreamResetException) { // reset by the tap after the client disconnected
      gone = true;
    }
    if (!gone) {
      record.fault(fault, failure);
    }
    return faultAnswer(out, fault, record.requestId());
  }

  private UpstreamFault fault(Throwable failure) {
    return switch (failure) {
      case Throwable _ when isOfTls(failure) -> UpstreamFault.TLS;
      case ConnectionPoolTooBusyException _ -> UpstreamFault.OVERLOADED;
      case TimeoutException _ when origin != null -> UpstreamFault.TIMEOUT;
      case Throwable _ when origin == null -> UpstreamFault.CONNECT;
      case HttpClosedException _ -> UpstreamFault.CLOSED;
      case IOException _ -> UpstreamFault.CLOSED;
      default -> UpstreamFault.PROTOCOL;
    };
  }

  /// Returns whether a failure is a TLS failure. A timeout of the handshake is not; it is reported
  /// as an unreachable backend.
  static boolean isOfTls(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof SSLException) {
        return !(cause instanceof SslHandshakeTimeoutException);
      }
    }
    return false;
  }

  private static ProxyResponse faultAnswer(
      ProxyRequest out, UpstreamFault fault, String requestId) {
    return out.release()
        .response()
        .setStatusCode(fault.status())
        .setBody(Body.body(text(fault, requestId)))
        .putHeader("Content-Type", "application/json; charset=utf-8")
        .putHeader("Cache-Control", "no-store")
        .putHeader("X-Pharos-Tap", fault.reason())
        .putHeader("X-Request-ID", requestId);
  }

  /// Answers a request that is not sent to the backend.
  static void answer(HttpServerRequest request, ExchangeRecord record, UpstreamFault fault) {
    HttpServerResponse response = request.response();
    response.endHandler(_ -> record.end(response.getStatusCode()));
    response
        .setStatusCode(fault.status())
        .putHeader("Content-Type", "application/json; charset=utf-8")
        .putHeader("X-Pharos-Tap", fault.reason())
        .putHeader("X-Request-ID", record.requestId())
        .end(text(fault, record.requestId()));
  }

  /// Returns the body that the tap sends in place of the backend's answer.
  static Buffer text(UpstreamFault fault, String requestId) {
    String what =
        switch (fault) {
          case CONNECT -> "no connection to the backend";
          case TLS -> "the TLS handshake with the backend failed";
          case CLOSED -> "the backend closed the connection without an answer";
          case PROTOCOL -> "the backend's answer is not HTTP";
          case TIMEOUT -> "the backend did not answer in time";
          case OVERLOADED -> "too many requests at once";
          case TRUNCATED -> "the backend's answer was cut off";
        };
    return new JsonObject()
        .put("error", "pharos tap: " + what)
        .put("reason", fault.reason())
        .put("request_id", requestId)
        .toBuffer();
  }

  @Override
  public Future<Void> handleProxyResponse(ProxyContext context) {
    ProxyResponse answer = context.response();
    if (record.fault().isPresent()) {
      return context.sendResponse();
    }
    Promise<Void> done = Promise.promise();
    try {
      relay(answer, done);
    } catch (
        RuntimeException
            e) { // the connection is usually closed, so the proxy must not answer again
      LOG.debug("{} {}: answer aborted", request.method(), request.path(), e);
      breakOff();
      done.tryComplete();
    }
    return done.future();
  }

  private void relay(ProxyResponse answer, Promise<Void> done) {
    if (gone) {
      done.complete();
      return;
    }
    MultiMap headers = answer.headers();
    headers.set("Cache-Control", cacheControl);
    record.answered(headers);
    ReadStream<Buffer> body = answer.getBody().stream();
    new AnswerRelay(parts, request, record)
        .send(answer.getStatusCode(), answer.getStatusMessage(), headers, body)
        .onFailure(_ -> breakOff())
        .onComplete(_ -> done.complete());
  }

  /// Forwards a body unchanged and counts its bytes.
  static final class CountedBody implements ReadStream<Buffer> {
    private final ReadStream<Buffer> body;
    private final LongConsumer count;
    private final Runnable ended;

    /// @param count receives the number of bytes of each piece
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
}
