package io.pharos.tap.proxy;

import io.pharos.tap.UpstreamFault;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.HostAndPort;
import io.vertx.core.net.NetSocket;
import java.util.Locale;
import java.util.concurrent.TimeoutException;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/// A connection that is upgraded to another protocol, usually WebSocket. After the backend has
/// answered with 101, bytes are copied in both directions with back-pressure.
final class UpgradeTunnel {
  private final Tap.Parts parts;
  private final HttpClient client;
  private final HttpServerRequest request;
  private final ExchangeRecord record;
  private @Nullable HttpClientRequest origin;
  private boolean clientGone;

  UpgradeTunnel(
      Tap.Parts parts, HttpClient client, HttpServerRequest request, ExchangeRecord record) {
    this.parts = parts;
    this.client = client;
    this.request = request;
    this.record = record;
  }

  /// Returns whether a request asks for an upgrade. Upgrades to HTTP/2 are not supported.
  static boolean isRequestedBy(HttpServerRequest request) {
    String upgrade = request.getHeader("Upgrade");
    return upgrade != null
        && !upgrade.toLowerCase(Locale.ROOT).startsWith("h2")
        && request.version() == HttpVersion.HTTP_1_1
        && ProxiedExchange.isBodiless(request)
        && request.headers().getAll("Connection").stream()
            .anyMatch(value -> value.toLowerCase(Locale.ROOT).contains("upgrade"));
  }

  void open() {
    request.pause();
    HttpServerResponse response = request.response();
    response.exceptionHandler(_ -> {});
    response.closeHandler(
        _ -> {
          clientGone = true;
          if (origin != null) {
            origin.reset();
          }
          record.end(
              response.headWritten() ? response.getStatusCode() : ProxiedExchange.CLIENT_GONE);
        });
    client
        .request(parts.options().toUpstream(request.uri()))
        .onSuccess(this::send)
        .onFailure(failure -> answerFault(UpstreamFault.CONNECT, failure));
  }

  private void send(HttpClientRequest upgrade) {
    origin = upgrade;
    if (clientGone) {
      upgrade.reset();
      return;
    }
    upgrade.setMethod(request.method());
    MultiMap headers = MultiMap.caseInsensitiveMultiMap();
    HopByHopHeaders.copyOthers(request.headers(), headers);
    headers.remove("Host").remove("Expect");
    record.addIds(headers);
    parts.options().forwarded().apply(request, headers);
    headers.forEach((name, value) -> upgrade.headers().add(name, value));
    upgrade.headers().set("Connection", "Upgrade");
    upgrade.headers().set("Upgrade", request.getHeader("Upgrade"));
    HostAndPort authority = request.authority();
    if (authority != null) {
      upgrade.authority(authority);
    }
    upgrade.idleTimeout(parts.options().responseTimeout().toMillis());
    upgrade
        .connect()
        .onSuccess(this::answered)
        .onFailure(
            failure -> {
              boolean timedOut = failure instanceof TimeoutException;
              answerFault(timedOut ? UpstreamFault.TIMEOUT : UpstreamFault.CLOSED, failure);
            });
  }

  private void answered(HttpClientResponse answer) {
    HttpServerResponse response = request.response();
    if (clientGone) {
      return;
    }
    if (answer.statusCode() != 101) {
      relayRefusal(answer);
      return;
    }
    record.upgraded();
    answer.pause();
    response.setStatusCode(101).setStatusMessage(answer.statusMessage());
    response.headers().addAll(answer.headers());
    NetSocket backendSocket = answer.netSocket();
    backendSocket.pause();
    request
        .toNetSocket()
        .onSuccess(clientSocket -> join(clientSocket, backendSocket))
        .onFailure(
            _ -> {
              backendSocket.close();
              record.end(ProxiedExchange.CLIENT_GONE);
            });
  }

  private void relayRefusal(HttpClientResponse answer) {
    answer.pause();
    request.resume();
    record.answered(answer.headers());
    HttpServerResponse response = request.response();
    response.endHandler(_ -> record.end(response.getStatusCode()));
    new AnswerRelay(parts, request, record)
        .send(answer.statusCode(), answer.statusMessage(), answer.headers(), answer)
        .onComplete(
            sent -> {
              // The connection can't be reused, because the backend may still expect an upgrade on
              // it.
              answer.request().connection().close();
              if (sent.failed()) {
                response.reset();
              }
            });
  }

  private void join(NetSocket clientSocket, NetSocket backendSocket) {
    pipe(clientSocket, backendSocket, record::requestBytes);
    pipe(backendSocket, clientSocket, record::responseBytes);
    clientSocket.closeHandler(
        _ -> {
          backendSocket.close();
          record.end(101);
        });
    backendSocket.closeHandler(
        _ -> {
          clientSocket.close();
          record.end(101);
        });
  }

  private static void pipe(NetSocket from, NetSocket to, LongConsumer count) {
    from.exceptionHandler(_ -> {});
    from.handler(
        (Buffer piece) -> {
          count.accept(piece.length());
          to.write(piece);
          if (to.writeQueueFull()) {
            from.pause();
            to.drainHandler(_ -> from.resume());
          }
        });
    from.resume();
  }

  private void answerFault(UpstreamFault defaultFault, Throwable failure) {
    if (clientGone) {
      return;
    }
    boolean tls = defaultFault != UpstreamFault.TIMEOUT && ProxiedExchange.isTlsFailure(failure);
    UpstreamFault fault = tls ? UpstreamFault.TLS : defaultFault;
    record.fault(fault, failure);
    request.resume();
    ProxiedExchange.answer(request, record, fault);
  }
}
