package io.pharos.demo;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A running simulation of RemoteGPU: `/metrics`, `/api/v1/…`, `/fault`, and the exporters' pages
/// of [DemoPages].
public final class DemoBackend implements AutoCloseable {
  private static final Duration TICK = Duration.ofMillis(100);
  private static final int BACKLOG = 128;

  private final DemoOptions options;
  private final HttpServer server;
  private final DemoHandler handler;
  private final Traffic traffic;
  private final RequestLedger ledger;
  private final ZapLog log;
  private final ExecutorService requests = Executors.newVirtualThreadPerTaskExecutor();
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("demo-traffic").factory());
  private final HttpClient client =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(2))
          .build();

  private @Nullable TlsListener tls;
  private volatile @Nullable URI front;

  private DemoBackend(
      DemoOptions options,
      HttpServer server,
      DemoHandler handler,
      Traffic traffic,
      RequestLedger ledger,
      ZapLog log) {
    this.options = options;
    this.server = server;
    this.handler = handler;
    this.traffic = traffic;
    this.ledger = ledger;
    this.log = log;
  }

  /// Starts the server and its traffic; returns when the port is open.
  ///
  /// @throws IOException when the port is taken or the log file can't be written
  public static DemoBackend start(DemoOptions options, PrintStream standardOutput)
      throws IOException {
    var address = new InetSocketAddress(options.host(), options.port());
    if (address.isUnresolved()) {
      throw new IOException("host " + options.host() + ": expected a known name or an address");
    }
    HttpServer server;
    try {
      server = HttpServer.create(address, BACKLOG);
    } catch (IOException e) {
      throw new IOException(
          "%s:%d: can't listen: %s".formatted(options.host(), options.port(), e.getMessage()), e);
    }
    ZapLog log;
    try {
      log = new ZapLog(options.logFile(), standardOutput);
    } catch (UncheckedIOException e) {
      server.stop(0);
      throw new IOException(e.getMessage(), e);
    }
    var faults = new FaultSwitch(options.clock());
    var ledger = new RequestLedger();
    var traffic =
        new Traffic(
            options.seed(),
            options.requestsPerSecond(),
            options.clock().instant(),
            Visits.played(ledger, log),
            log,
            faults);
    var handler = new DemoHandler(options, faults, ledger, traffic, log);
    var backend = new DemoBackend(options, server, handler, traffic, ledger, log);
    try {
      backend.begin(faults);
    } catch (IOException e) {
      backend.close();
      throw e;
    }
    return backend;
  }

  private void begin(FaultSwitch faults) throws IOException {
    if (options.tlsPort() >= 0) {
      tls =
          TlsListener.start(
              new InetSocketAddress(options.host(), options.tlsPort()), faults, handler, requests);
    }
    server.setExecutor(requests);
    server.createContext("/", handler);
    server.start();
    var _ =
        timer.scheduleAtFixedRate(
            () -> traffic.advanceTo(options.clock().instant()),
            TICK.toMillis(),
            TICK.toMillis(),
            TimeUnit.MILLISECONDS);
    long every = options.selfRequestInterval().toMillis();
    if (every > 0) {
      var _ = timer.scheduleAtFixedRate(this::callMyself, every, every, TimeUnit.MILLISECONDS);
    }
    log.info(options.clock().instant(), "cmd/server.go:64", "listening on port " + port());
  }

  /// Sends the traffic over HTTP through a proxy from now on. Until this call, requests are only
  /// recorded as if they had been served.
  ///
  /// @param address `http://HOST:PORT`
  public void visitThrough(URI address) {
    front = address;
    traffic.sendBy(new SentVisits(client, address, options.token(), Visits.played(ledger, log)));
  }

  /// The routes, as `METHOD /path/:name`.
  public static List<String> routes() {
    return Stream.concat(
            DemoRoute.ALL.stream().map(route -> route.method() + " " + route.template()),
            Stream.of("GET /metrics"))
        .toList();
  }

  private URI front() {
    URI address = front;
    return address == null ? URI.create(url()) : address;
  }

  private void callMyself() {
    for (String path : List.of("/api/v1/health", "/api/v1/customer/machines")) {
      HttpRequest request =
          HttpRequest.newBuilder(front().resolve(path))
              .header("Authorization", "Bearer " + options.token())
              .header("User-Agent", "remotegpu-web/1.0")
              .timeout(Duration.ofSeconds(5))
              .build();
      var _ =
          client
              .sendAsync(request, HttpResponse.BodyHandlers.discarding())
              .exceptionally(_ -> null); // a fault is active, which the metrics show
    }
  }

  /// The TCP port.
  public int port() {
    return server.getAddress().getPort();
  }

  /// The TCP port for TLS, or -1.
  public int tlsPort() {
    return tls == null ? -1 : tls.port();
  }

  /// The address for clients on this machine, such as `http://127.0.0.1:8080`.
  public String url() {
    String host = server.getAddress().getAddress().getHostAddress();
    String reachable =
        server.getAddress().getAddress().isAnyLocalAddress()
            ? "127.0.0.1"
            : host.contains(":") ? "[" + host + "]" : host;
    return "http://" + reachable + ":" + port();
  }

  /// Closes the port and every connection.
  @Override
  public void close() {
    timer.shutdownNow();
    handler.close();
    server.stop(0);
    if (tls != null) {
      tls.close();
    }
    client.shutdownNow();
    requests.shutdownNow();
    log.close();
  }
}
