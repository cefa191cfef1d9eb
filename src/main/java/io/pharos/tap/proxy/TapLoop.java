package io.pharos.tap.proxy;

import static java.util.Objects.requireNonNull;

import io.netty.channel.Channel;
import io.pharos.limits.connections.ConnectionAcceptor;
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
import io.vertx.core.http.PoolOptions;
import io.vertx.core.net.SSLOptions;
import io.vertx.core.net.TCPSSLOptions;
import io.vertx.core.net.impl.ConnectionBase;
import io.vertx.httpproxy.HttpProxy;
import io.vertx.httpproxy.OriginRequestProvider;
import io.vertx.httpproxy.ProxyOptions;
import java.util.Optional;
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
  private @Nullable WaitingRoom room;
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
            .setKeepAliveTimeout(30)
            .setConnectTimeout((int) options.connectTimeout().toMillis())
            .setIdleTimeout((int) options.idleTimeout().toMillis())
            .setIdleTimeoutUnit(TimeUnit.MILLISECONDS)
            .setMaxHeaderSize(options.maxHeaderBytes())
            .setMaxInitialLineLength(MAX_REQUEST_LINE_BYTES)
            .setDecompressionSupported(false);
    parts.tls().upstream().ifPresent(tls -> secure(clientOptions, tls));
    HttpClient backend =
        vertx
            .httpClientBuilder()
            .with(clientOptions)
            // twice: the connection of a displaced request may still be closing
            .with(new PoolOptions().setHttp1MaxSize(2 * options.maxInFlight()))
            .withConnectHandler(connection -> BackendBoundary.watch(channel(connection)))
            .build();
    client = backend;
    room =
        new WaitingRoom(
            vertx,
            parts.places(),
            parts.connections(),
            Math.ceilDiv(options.maxInFlight(), options.loops()));
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
        .connectionHandler(this::connected)
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

  private void connected(HttpConnection connection) {
    parts.meters().connected();
    connection.closeHandler(_ -> parts.meters().disconnected());
    ConnectionAcceptor.listenToExchanges(channel(connection));
    ClientBoundary.watch(channel(connection));
  }

  private static Channel channel(HttpConnection connection) {
    return ((ConnectionBase) connection).channel();
  }

  private void handle(HttpServerRequest request) {
    HttpClient backend = client;
    if (backend == null) {
      throw new IllegalStateException("the loop is not started");
    }
    ClientBoundary boundary = ClientBoundary.of(channel(request.connection()));
    if (boundary.isOver()) {
      return;
    }
    var record = new ExchangeRecord(parts, request);
    record.begin(random);
    var arrival = new Arrival(backend, boundary, request, record);
    Optional<RequestRefusal> refusal = RequestRefusal.of(request);
    if (refusal.isPresent()) {
      refuse(request, record, refusal.get());
    } else {
      arrival.admit();
    }
  }

  /// A request that gets a place.
  private final class Arrival implements WaitingRoom.Guest {
    private final HttpClient backend;
    private final ClientBoundary boundary;
    private final HttpServerRequest request;
    private final ExchangeRecord record;
    private final long number;
    private Places.@Nullable Place place;

    Arrival(
        HttpClient backend,
        ClientBoundary boundary,
        HttpServerRequest request,
        ExchangeRecord record) {
      this.backend = backend;
      this.boundary = boundary;
      this.request = request;
      this.record = record;
      // Netty calls this outside of the loop's context, where Vert.x would choose another loop.
      number = boundary.handle(() -> context.runOnContext(_ -> completed()));
    }

    void admit() {
      if (!isComplete()) {
        request.pause();
        request.response().closeHandler(_ -> record.end(ProxiedExchange.CLIENT_GONE));
      }
      room().admit(this);
    }

    private void completed() {
      if (place == null) {
        room().completed(this);
      } else {
        place.complete();
      }
    }

    @Override
    public boolean isComplete() {
      return boundary.isComplete(number);
    }

    @Override
    public boolean isGone() {
      return request.response().closed();
    }

    @Override
    public void refuse() {
      request.resume();
      TapLoop.refuse(request, record);
    }

    @Override
    public void enter(Places.Place taken) {
      place = taken;
      record.occupy(taken);
      if (UpgradeTunnel.isRequestedBy(request)) {
        new UpgradeTunnel(parts, backend, request, record).open();
        return;
      }
      var exchange = new ProxiedExchange(parts, backend, request, record);
      HttpProxy.reverseProxy(WITHOUT_WEB_SOCKETS, backend)
          .origin((OriginRequestProvider) _ -> exchange.connect())
          .addInterceptor(exchange)
          .handle(request);
    }
  }

  private WaitingRoom room() {
    return requireNonNull(room, "the loop is not started");
  }

  private static void refuse(
      HttpServerRequest request, ExchangeRecord record, RequestRefusal refusal) {
    HttpServerResponse response = request.response();
    response.endHandler(
        _ -> record.end(response.ended() ? refusal.status() : ProxiedExchange.CLIENT_GONE));
    response.closeHandler(_ -> record.end(ProxiedExchange.CLIENT_GONE));
    if (refusal == RequestRefusal.METHOD) {
      response.putHeader("Allow", RequestRefusal.ALLOWED);
    }
    response
        .setStatusCode(refusal.status())
        .putHeader("Connection", "close")
        .end()
        .onComplete(_ -> request.connection().close());
  }

  private static void refuse(HttpServerRequest request, ExchangeRecord record) {
    record.fault(UpstreamFault.OVERLOADED, null);
    HttpServerResponse response = request.response();
    response.closeHandler(_ -> record.end(ProxiedExchange.CLIENT_GONE));
    ProxiedExchange.answer(request, record, UpstreamFault.OVERLOADED);
  }
}
