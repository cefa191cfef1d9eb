package io.pharos.tap.proxy;

import io.netty.handler.ssl.SslHandshakeTimeoutException;
import io.pharos.tap.UpstreamFault;
import io.vertx.core.Future;
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
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One request on its way to the backend and the answer on its way back.
///
/// The proxy takes the request there; the answer is written here, since it must not be held back
/// for a client of HTTP/1.0, nor fail because of a date in a header.
final class ProxiedExchange implements ProxyInterceptor {
  private static final Logger LOG = LoggerFactory.getLogger(ProxiedExchange.class);

  /// What may be asked twice where the backend closed a connection that it had kept open.
  private static final Set<HttpMethod> SAFE =
      Set.of(HttpMethod.GET, HttpMethod.HEAD, HttpMethod.OPTIONS);

  /// The client went before an answer began; nginx's number for that.
  static final int CLIENT_GONE = 499;

  private final TapParts parts;
  private final HttpClient client;
  private final HttpServerRequest request;
  private final ExchangeRecord sighting;
  private @Nullable HttpClientRequest origin;
  private List<String> cacheControl = List.of();
  private boolean gone;
  private boolean whole;

  ProxiedExchange(
      TapParts parts, HttpClient client, HttpServerRequest request, ExchangeRecord sighting) {
    this.parts = parts;
    this.client = client;
    this.request = request;
    this.sighting = sighting;
  }

  /// Gives the connection to the backend.
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
              // The proxy reads dates there for a cache that is not on, and fails on broken ones.
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
    watch(request.response());
    HopByHopHeaders.remove(out.headers());
    out.headers().remove("Expect"); // the tap itself has said 100
    sighting.mark(out.headers());
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
          new CountedBody(out.getBody().stream(), sighting::requestBytes, this::await);
      out.setBody(Body.body(counted, out.getBody().length()));
    }
    whole = bodiless;
    Future<ProxyResponse> answer = context.sendRequest();
    if (bodiless) {
      answer = answer.recover(failure -> again(out, failure));
    }
    return answer.recover(failure -> Future.succeededFuture(apology(out, failure)));
  }

  static boolean isBodiless(HttpServerRequest request) {
    String length = request.getHeader("Content-Length");
    return !request.headers().contains("Transfer-Encoding")
        && (length == null || length.equals("0"));
  }

  /* A request is whole: from now on the backend has so long to begin its answer. */
  private void await() {
    HttpClientRequest asked = origin;
    if (asked != null) {
      asked.idleTimeout(parts.options().responseTimeout().toMillis());
    }
  }

  /* A connection that was kept may be closed by the other end just when it is used again. */
  private Future<ProxyResponse> again(ProxyRequest out, Throwable failure) {
    if (gone || !SAFE.contains(request.method()) || !(failure instanceof HttpClosedException)) {
      return Future.failedFuture(failure);
    }
    return connect().compose(out::send);
  }

  private void watch(HttpServerResponse response) {
    response.endHandler(_ -> over(response));
    response.closeHandler(_ -> over(response));
  }

  /* The answer is written, or the client has gone. */
  private void over(HttpServerResponse response) {
    if (!response.ended()) {
      gone = true;
      HttpClientRequest asked = origin;
      if (asked != null) {
        asked.reset();
      }
    }
    sighting.end(response.headWritten() ? response.getStatusCode() : CLIENT_GONE);
  }

  private void breakOff() {
    HttpClientRequest asked = origin;
    if (asked != null) {
      asked.reset();
    }
    HttpServerResponse response = request.response();
    int status = response.headWritten() ? response.getStatusCode() : CLIENT_GONE;
    response.reset(); // it tells nobody of this
    sighting.end(status);
  }

  private ProxyResponse apology(ProxyRequest out, Throwable failure) {
    UpstreamFault fault = fault(failure);
    if (failure instanceof StreamResetException) { // by us, since the client has gone
      gone = true;
    }
    if (!gone) {
      sighting.fault(fault, failure);
    }
    return apology(out, fault, sighting.requestId());
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

  /// Whether the two ends could not agree on TLS, or this one does not trust the other. An end that
  /// keeps silent is none that can be reached.
  static boolean isOfTls(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof SSLException) {
        return !(cause instanceof SslHandshakeTimeoutException);
      }
    }
    return false;
  }

  private static ProxyResponse apology(ProxyRequest out, UpstreamFault fault, String requestId) {
    return out.release()
        .response()
        .setStatusCode(fault.status())
        .setBody(Body.body(text(fault, requestId)))
        .putHeader("Content-Type", "application/json; charset=utf-8")
        .putHeader("Cache-Control", "no-store")
        .putHeader("X-Pharos-Tap", fault.reason())
        .putHeader("X-Request-ID", requestId);
  }

  /// The answer where there is none of the backend's.
  static Buffer text(UpstreamFault fault, String requestId) {
    String what =
        switch (fault) {
          case CONNECT -> "no connection to the backend";
          case TLS -> "the backend's TLS is not as it must be";
          case CLOSED -> "the backend closed the connection without an answer";
          case PROTOCOL -> "what the backend answered is no HTTP";
          case TIMEOUT -> "the backend did not answer in time";
          case OVERLOADED -> "as many requests as may be are under way";
          case TRUNCATED -> "the backend's answer broke off";
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
    if (sighting.fault().isPresent()) {
      return context.sendResponse();
    }
    Promise<Void> done = Promise.promise();
    try {
      relay(answer, done);
    } catch (RuntimeException e) { // a closed connection, mostly: the proxy must not answer again
      LOG.debug("{} {}: broken off", request.method(), request.path(), e);
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
    sighting.answered(headers);
    ReadStream<Buffer> body = answer.getBody().stream();
    new AnswerRelay(parts, request, sighting)
        .send(answer.getStatusCode(), answer.getStatusMessage(), headers, body)
        .onFailure(_ -> breakOff())
        .onComplete(_ -> done.complete());
  }
}
