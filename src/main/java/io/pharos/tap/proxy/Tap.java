package io.pharos.tap.proxy;

import io.netty.channel.SingleThreadEventLoop;
import io.netty.util.concurrent.EventExecutor;
import io.pharos.config.yaml.ConfigException;
import io.pharos.ingest.exposition.Format;
import io.pharos.limits.connections.ConnectionAcceptor;
import io.pharos.limits.connections.Connections;
import io.pharos.limits.connections.Connections.ConnectionLimits;
import io.pharos.limits.connections.Connections.Ending;
import io.pharos.tap.AccessLog;
import io.pharos.tap.RouteTable;
import io.pharos.tap.TapMeters;
import io.pharos.trouble.DescriptorGate;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.file.FileSystemOptions;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.impl.VertxInternal;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.Supplier;

/// A running reverse proxy with its metrics endpoint. Thread-safe.
public final class Tap implements AutoCloseable {
  /// State that is common to all exchanges of a tap.
  ///
  /// @param routes current routes; may change between two requests
  /// @param connections the clients' connections
  /// @param places the exchanges that may be with the backend at once
  /// @param leaving whether each answer closes its connection
  record Parts(
      TapOptions options,
      ReloadableTls tls,
      Supplier<RouteTable> routes,
      TapMeters meters,
      Connections connections,
      Places places,
      AccessLog log,
      InstantSource clock,
      AtomicBoolean leaving) {}

  private static final int TIMEOUT_SECONDS = 20;

  /// Connections to the metrics, which few programs read; a new one replaces one that is idle.
  private static final int MAX_METRICS_CONNECTIONS = 64;

  private static final Duration CHECK_INTERVAL = Duration.ofSeconds(1);
  private static final Duration DRAIN_POLL_INTERVAL = Duration.ofMillis(50);

  private final Vertx vertx;
  private final Parts parts;
  private final List<TapLoop> loops = new CopyOnWriteArrayList<>();
  private final AtomicInteger port = new AtomicInteger();
  private final AtomicInteger metricsPort = new AtomicInteger();

  private Tap(Vertx vertx, Parts parts) {
    this.vertx = vertx;
    this.parts = parts;
  }

  /// Starts listening; returns when the ports are open.
  ///
  /// @throws IOException if an address cannot be bound or a certificate cannot be read
  public static Tap start(
      TapOptions options, Supplier<RouteTable> routes, AccessLog log, InstantSource clock)
      throws IOException {
    var tls = new ReloadableTls(options);
    Vertx vertx =
        Vertx.vertx(
            new VertxOptions()
                .setEventLoopPoolSize(options.loops())
                .setWorkerPoolSize(2)
                .setInternalBlockingPoolSize(2)
                .setFileSystemOptions(
                    new FileSystemOptions()
                        .setClassPathResolvingEnabled(false)
                        .setFileCachingEnabled(false)));
    var meters = new TapMeters(options.maxSeries());
    Connections connections = connections(options.connections(), meters::closed);
    var parts =
        new Parts(
            options,
            tls,
            routes,
            meters,
            connections,
            new Places(options.maxInFlight()),
            log,
            clock,
            new AtomicBoolean());
    var tap = new Tap(vertx, parts);
    try {
      tap.begin();
    } catch (IOException e) {
      tap.close();
      throw e;
    }
    return tap;
  }

  private void begin() throws IOException {
    var seeds = new SplittableRandom();
    await(
        vertx.deployVerticle(
            () -> loop(seeds), new DeploymentOptions().setInstances(parts.options().loops())),
        parts.options().host(),
        parts.options().port());
    guard(parts.connections());
    HttpServer metrics =
        vertx.createHttpServer(
            new HttpServerOptions()
                .setHost(parts.options().metricsHost())
                .setPort(parts.options().metricsPort())
                .setHttp2ClearTextEnabled(false));
    metrics.requestHandler(this::answerMetrics);
    await(metrics.listen(), parts.options().metricsHost(), parts.options().metricsPort());
    metricsPort.set(metrics.actualPort());
    ConnectionLimits limits = parts.options().connections();
    guard(
        connections(
            new ConnectionLimits(
                Math.min(MAX_METRICS_CONNECTIONS, limits.maxConnections()),
                limits.reserve(),
                limits.head(),
                limits.read(),
                limits.idle(),
                limits.bodyRate()),
            _ -> {}));
  }

  private static Connections connections(ConnectionLimits limits, Consumer<Ending> count) {
    return new Connections(
        limits, new DescriptorGate(limits.reserve())::admits, System::nanoTime, count);
  }

  /* Applies limits to the ports that have none yet. */
  private void guard(Connections connections) {
    for (EventExecutor executor : ((VertxInternal) vertx).getAcceptorEventLoopGroup()) {
      if (executor instanceof SingleThreadEventLoop acceptor) {
        var _ =
            acceptor
                .submit(() -> ConnectionAcceptor.guard(acceptor, connections))
                .syncUninterruptibly();
      }
    }
    vertx.setPeriodic(CHECK_INTERVAL.toMillis(), _ -> connections.closeOverdue());
  }

  private synchronized TapLoop loop(SplittableRandom seeds) {
    var loop = new TapLoop(parts, seeds.split(), port::set);
    loops.add(loop);
    return loop;
  }

  private static void await(Future<?> future, String host, int port) throws IOException {
    try {
      var _ =
          future.toCompletionStage().toCompletableFuture().get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      Throwable cause = e.getCause();
      throw new IOException(
          host + ":" + port + ": cannot listen: " + (cause == null ? e : cause.getMessage()), e);
    } catch (TimeoutException e) {
      throw new IOException(
          host + ":" + port + ": cannot listen within " + TIMEOUT_SECONDS + " s", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(host + ":" + port + ": interrupted while opening the port", e);
    }
  }

  private void answerMetrics(HttpServerRequest request) {
    switch (request.path()) {
      case "/tap/metrics", "/metrics" -> {
        var format = Format.first(String.join(",", request.headers().getAll("Accept")));
        String type =
            switch (format) {
              case PROTOBUF ->
                  "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily;"
                      + " encoding=delimited";
              case OPENMETRICS -> "application/openmetrics-text; version=1.0.0; charset=utf-8";
              case TEXT -> "text/plain; version=0.0.4; charset=utf-8";
            };
        Buffer page =
            switch (format) {
              case PROTOBUF -> Buffer.buffer(parts.meters().protobuf());
              case OPENMETRICS -> Buffer.buffer(parts.meters().openMetrics());
              case TEXT -> Buffer.buffer(parts.meters().text());
            };
        request.response().putHeader("Content-Type", type).end(page);
      }
      case "/-/healthy" -> request.response().end("ok\n");
      case null, default -> request.response().setStatusCode(404).end("see /tap/metrics\n");
    }
  }

  /// Returns the port of the proxy.
  public int port() {
    return port.get();
  }

  /// Returns the port of the metrics endpoint.
  public int metricsPort() {
    return metricsPort.get();
  }

  /// Returns the metrics.
  public TapMeters meters() {
    return parts.meters();
  }

  /// Returns the number of open exchanges.
  public long inFlight() {
    return parts.meters().inFlight();
  }

  /// Makes clients reconnect elsewhere: from now on, the connection is closed after each answer.
  public void leave() {
    parts.leaving().set(true);
  }

  /// Calls [#leave] and waits until no exchange is open, for at most this time.
  public void drain(Duration timeout) {
    leave();
    long end = System.nanoTime() + timeout.toNanos();
    while (inFlight() > 0 && System.nanoTime() < end && !Thread.currentThread().isInterrupted()) {
      LockSupport.parkNanos(DRAIN_POLL_INTERVAL.toNanos());
    }
  }

  /// Returns whether a file of routes or certificates has changed since the last reload.
  public boolean isOutdated(ReloadableRoutes routes) {
    return routes.hasChanged() || parts.tls().hasChanged();
  }

  /// Reloads routes and certificates. New certificates apply to new connections.
  ///
  /// @return one error if the routes could not be loaded, and one if the certificates could not be
  ///   loaded; the previous ones remain in use
  public List<String> reload(ReloadableRoutes routes) {
    var problems = new ArrayList<String>();
    routes.reload().map(ConfigException::getMessage).ifPresent(problems::add);
    try {
      parts.tls().reload();
      loops.forEach(TapLoop::renew);
    } catch (IOException e) {
      problems.add(String.valueOf(e.getMessage()));
    }
    parts.meters().filesRead(problems.isEmpty());
    return problems;
  }

  /// Closes the ports and every connection.
  @Override
  public void close() {
    var closed = new CompletableFuture<Void>();
    vertx.close().onComplete(_ -> closed.complete(null));
    try {
      closed.get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException _) {
      // the threads of the loops are daemon threads, so they do not prevent the exit
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }
}
