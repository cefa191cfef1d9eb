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
/// The Vert.x proxy sends the request. This class writes the answer, because the proxy buffers
/// answers for HTTP/1.0 clients and fails on invalid dates in headers.
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
  private boolean clientGone;
  private boolean withoutBody;

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
            opened -> {
              origin = opened;
              if (clientGone) {
                opened.reset();
              }
              if (withoutBody) {
                startResponseTimeout();
              }
              // If this header is present, the proxy parses the dates of the answer for its cache
              // and fails if they are invalid. The cache is switched off, so the header is hidden
              // from the proxy.
              opened
                  .response()
                  .onSuccess(
                      answer -> {
                        cacheControl = answer.headers().getAll("Cache-Control");
                        answer.headers().remove("Cache-Control");
                      });
              return opened;
            });
  }

  @Override
  public Future<ProxyResponse> handleProxyRequest(ProxyContext context) {
    ProxyRequest out = context.request();
    HttpServerResponse response = request.response();
    response.endHandler(_ -> finish(response));
    response.closeHandler(_ -> finish(response));
    HopByHopHeaders.remove(out.headers());
    out.headers().remove("Expect"); // the tap has already answered with 100
    record.addIds(out.headers());
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
          new CountedBody(out.getBody().stream(), record::requestBytes, this::startResponseTimeout);
      out.setBody(Body.body(counted, out.getBody().length()));
    }
    withoutBody = bodiless;
    Future<ProxyResponse> answer = context.sendRequest();
    if (bodiless) {
      answer = answer.recover(failure -> retry(out, failure));
    }
    return answer.recover(failure -> Future.succeededFuture(faultAnswer(out, failure)));
  }

  static boolean isBodiless(HttpServerRequest request) {
    String length = request.getHeader("Content-Length");
    return !request.headers().contains("Transfer-Encoding")
        && (length == null || length.equals("0"));
  }

  /* Starts the response timeout. Called when the request was sent completely. */
  private void startResponseTimeout() {
    HttpClientRequest opened = origin;
    if (opened != null) {
      opened.idleTimeout(parts.options().responseTimeout().toMillis());
    }
  }

  /* Sends a safe request once more if the backend closed the connection, which may happen when a
   * kept-alive connection is reused. */
  private Future<ProxyResponse> retry(ProxyRequest out, Throwable failure) {
    if (clientGone
        || !SAFE.contains(request.method())
        || !(failure instanceof HttpClosedException)) {
      return Future.failedFuture(failure);
    }
    return connect().compose(out::send);
  }

  /* Records the end of the exchange. Called when the answer was sent completely, or the client has
   * disconnected. */
  private void finish(HttpServerResponse response) {
    if (!response.ended()) {
      clientGone = true;
    }
    if (!response.ended() || !(withoutBody || request.isEnded())) {
      resetOrigin();
    }
    record.end(response.headWritten() ? response.getStatusCode() : CLIENT_GONE);
  }

  private void resetOrigin() {
    if (origin != null) {
      origin.reset();
    }
  }

  private void abort() {
    resetOrigin();
    HttpServerResponse response = request.response();
    int status = response.headWritten() ? response.getStatusCode() : CLIENT_GONE;
    response.reset(); // resetting the answer calls no handler
    record.end(status);
  }

  private ProxyResponse faultAnswer(ProxyRequest out, Throwable failure) {
    UpstreamFault fault = fault(failure);
    if (failure instanceof StreamResetException) { // reset by the tap after the client disconnected
      clientGone = true;
    }
    if (!clientGone) {
      record.fault(fault, failure);
    }
    return faultAnswer(out, fault, record.requestId());
  }

  private UpstreamFault fault(Throwable failure) {
    return switch (failure) {
      case Throwable _ when isTlsFailure(failure) -> UpstreamFault.TLS;
      case ConnectionPoolTooBusyException _ -> UpstreamFault.OVERLOADED;
      case TimeoutException _ when origin != null -> UpstreamFault.TIMEOUT;
      case Throwable _ when origin == null -> UpstreamFault.CONNECT;
      case HttpClosedException _ -> UpstreamFault.CLOSED;
      case IOException _ -> UpstreamFault.CLOSED;
      default -> UpstreamFault.PROTOCOL;
    };
  }

  /// Returns whether a failure is a TLS failure. A timeout of the handshake is not a TLS failure;
  /// it is reported as an unreachable backend.
  static boolean isTlsFailure(Throwable failure) {
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
        .setBody(Body.body(errorBody(fault, requestId)))
        .putHeader("Content-Type", "application/json; charset=utf-8")
        .putHeader("Cache-Control", "no-store")
        .putHeader("X-Pharos-Tap", fault.reason())
        .putHeader("X-Request-ID", requestId);
  }

  /// Sends an error answer to a request that is not sent to the backend.
  static void answer(HttpServerRequest request, ExchangeRecord record, UpstreamFault fault) {
    HttpServerResponse response = request.response();
    response.endHandler(_ -> record.end(response.getStatusCode()));
    response
        .setStatusCode(fault.status())
        .putHeader("Content-Type", "application/json; charset=utf-8")
        .putHeader("X-Pharos-Tap", fault.reason())
        .putHeader("X-Request-ID", record.requestId())
        .end(errorBody(fault, record.requestId()));
  }

  /// Returns the body that the tap sends in place of the backend's answer.
  static Buffer errorBody(UpstreamFault fault, String requestId) {
    String problem =
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
        .put("error", "pharos tap: " + problem)
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
    } catch (RuntimeException e) {
      // The connection is usually closed, so the proxy must not answer again.
      LOG.debug("{} {}: answer aborted", request.method(), request.path(), e);
      abort();
      done.tryComplete();
    }
    return done.future();
  }

  private void relay(ProxyResponse answer, Promise<Void> done) {
    if (clientGone) {
      done.complete();
      return;
    }
    MultiMap headers = answer.headers();
    headers.set("Cache-Control", cacheControl);
    record.answered(headers);
    ReadStream<Buffer> body = answer.getBody().stream();
    new AnswerRelay(parts, request, record)
        .send(answer.getStatusCode(), answer.getStatusMessage(), headers, body)
        .onFailure(_ -> abort())
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
