package io.pharos.tap.proxy;

import io.pharos.tap.UpstreamFault;
import io.vertx.core.AbstractVerticle;
import io.vertx.core.Promise;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.net.SSLOptions;
import io.vertx.core.net.TCPSSLOptions;
import io.vertx.httpproxy.HttpProxy;
import io.vertx.httpproxy.OriginRequestProvider;
import io.vertx.httpproxy.ProxyOptions;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/// One event loop of a tap, with its own pool of backend connections.
final class TapLoop extends AbstractVerticle {
  private static final int MAX_REQUEST_LINE_BYTES = 16 << 10;
  private static final ProxyOptions WITHOUT_WEB_SOCKETS =
      new ProxyOptions().setSupportWebSocket(false);

  private final Tap.Parts parts;

  /// Port number for Vert.x: servers with the same negative port share one free port.
  private static final int ANY_SHARED = -1;

  private final IntConsumer onListening;
  private final SplittableRandom random;
  private @Nullable HttpClient client;
  private volatile Runnable renewal = () -> {};

  /// @param onListening receives the port once it is open
  TapLoop(Tap.Parts parts, SplittableRandom random, IntConsumer onListening) {
    this.parts = parts;
    this.random = random;
    this.onListening = onListening;
  }

  @Override
  public void start(Promise<Void> started) {
    TapOptions options = parts.options();
    var clientOptions =
        new HttpClientOptions()
            .setMaxPoolSize(options.maxInFlight())
            .setKeepAliveTimeout(30)
            .setConnectTimeout((int) options.connectTimeout().toMillis())
            .setIdleTimeout((int) options.idleTimeout().toMillis())
            .setIdleTimeoutUnit(TimeUnit.MILLISECONDS)
            .setMaxHeaderSize(options.maxHeaderBytes())
            .setMaxInitialLineLength(MAX_REQUEST_LINE_BYTES)
            .setDecompressionSupported(false);
    parts.tls().upstream().ifPresent(tls -> secure(clientOptions, tls));
    HttpClient backend = vertx.createHttpClient(clientOptions);
    client = backend;
    var serverOptions =
        new HttpServerOptions()
            .setHost(options.host())
            .setPort(options.port() == 0 ? ANY_SHARED : options.port())
            .setIdleTimeout((int) options.idleTimeout().toMillis())
            .setIdleTimeoutUnit(TimeUnit.MILLISECONDS)
            .setMaxHeaderSize(options.maxHeaderBytes())
            .setMaxInitialLineLength(MAX_REQUEST_LINE_BYTES)
            .setHandle100ContinueAutomatically(true)
            .setHttp2ClearTextEnabled(false)
            .setDecompressionSupported(false)
            .setCompressionSupported(false);
    parts
        .tls()
        .listening()
        .ifPresent(tls -> set(serverOptions.setSsl(true).setUseAlpn(false), tls));
    HttpServer server = vertx.createHttpServer(serverOptions);
    renewal = () -> parts.tls().upstream().ifPresent(tls -> backend.updateSSLOptions(tls, true));
    server
        .connectionHandler(this::count)
        .requestHandler(this::handle)
        .listen()
        .onSuccess(
            it -> {
              onListening.accept(it.actualPort());
              started.complete();
            })
        .onFailure(started::fail);
  }

  private void secure(HttpClientOptions options, SSLOptions tls) {
    set(
        options.setSsl(true).setVerifyHost(!parts.options().upstreamTls().insecureSkipVerify()),
        tls);
  }

  private static void set(TCPSSLOptions options, SSLOptions tls) {
    options
        .setKeyCertOptions(tls.getKeyCertOptions())
        .setTrustOptions(tls.getTrustOptions())
        .setEnabledSecureTransportProtocols(tls.getEnabledSecureTransportProtocols());
  }

  /// Uses the current certificates for new connections to the backend from now on.
  void renew() {
    renewal.run();
  }

  /* Counts a connection, and closes it if the limit is exceeded. Idle connections count too,
   * because each of them uses a file descriptor. */
  private void count(HttpConnection connection) {
    connection.closeHandler(_ -> parts.meters().disconnected());
    if (parts.meters().connected() > parts.options().maxConnections()) {
      parts.meters().refusedConnection();
      connection.close();
    }
  }

  private void handle(HttpServerRequest request) {
    HttpClient backend = client;
    if (backend == null) {
      throw new IllegalStateException("the loop is not started");
    }
    var record = new ExchangeRecord(parts, request);
    record.begin(random);
    if (parts.meters().inFlight() > parts.options().maxInFlight()) {
      refuse(request, record);
    } else if (hasAmbiguousEnd(request)) {
      HttpServerResponse response = request.response();
      response.endHandler(_ -> record.end(response.ended() ? 400 : ProxiedExchange.CLIENT_GONE));
      response.closeHandler(_ -> record.end(ProxiedExchange.CLIENT_GONE));
      response
          .setStatusCode(400)
          .putHeader("Connection", "close")
          .end()
          .onComplete(_ -> request.connection().close());
    } else if (UpgradeTunnel.isRequestedBy(request)) {
      new UpgradeTunnel(parts, backend, request, record).open();
    } else {
      var exchange = new ProxiedExchange(parts, backend, request, record);
      HttpProxy.reverseProxy(WITHOUT_WEB_SOCKETS, backend)
          .origin((OriginRequestProvider) _ -> exchange.connect())
          .addInterceptor(exchange)
          .handle(request);
    }
  }

  /* Returns whether two servers may disagree about the end of a request because of its
   * Transfer-Encoding. Such a request may be used for request smuggling. */
  private static boolean hasAmbiguousEnd(HttpServerRequest request) {
    List<String> encodings = request.headers().getAll("Transfer-Encoding");
    return !encodings.isEmpty() && !encodings.equals(List.of("chunked"));
  }

  private static void refuse(HttpServerRequest request, ExchangeRecord record) {
    record.fault(UpstreamFault.OVERLOADED, null);
    HttpServerResponse response = request.response();
    response.closeHandler(_ -> record.end(ProxiedExchange.CLIENT_GONE));
    ProxiedExchange.answer(request, record, UpstreamFault.OVERLOADED);
  }
}
