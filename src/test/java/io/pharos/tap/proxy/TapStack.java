package io.pharos.tap.proxy;

import io.pharos.config.http.TlsOptions;
import io.pharos.tap.AccessEntry;
import io.pharos.tap.RouteTable;
import io.pharos.tap.RoutesFile;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Supplier;

/// A tap in front of a backend that answers with raw bytes, so that it can do everything wrong.
final class TapStack implements AutoCloseable {
  /// What the backend does with a connection, until that is closed.
  interface Script {
    void run(Wire wire) throws IOException;
  }

  static final String ROUTES =
      """
      routes:
        - GET /api/v1/health
        - GET /api/v1/machines/:id
        - POST /api/v1/machines
        - /files/*rest
        - GET /stream
      """;

  static final Instant NOW = Instant.parse("2026-03-01T10:00:00Z");

  /// The first lines of the log that nobody asked for yet; a storm writes more than anybody asks
  /// for.
  private final BlockingQueue<AccessEntry> lines = new ArrayBlockingQueue<>(1000);

  final AtomicReference<Supplier<RouteTable>> routes =
      new AtomicReference<>(() -> RoutesFile.parse("routes.yml", ROUTES));
  final AtomicInteger connections = new AtomicInteger();

  /// The threads on which exchanges have ended with status 200.
  final Set<Thread> threads = ConcurrentHashMap.newKeySet();

  final Tap tap;
  final HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final ServerSocket backend;

  /// What of [TapOptions#local] a test wants otherwise.
  static final class Change {
    TlsOptions tls = TlsOptions.DEFAULT;
    URI upstream;
    TlsOptions upstreamTls = TlsOptions.DEFAULT;
    int loops;
    Duration responseTimeout;
    int maxConnections;
    int maxInFlight;
    Duration headTimeout;

    private Change(TapOptions it) {
      upstream = it.upstream();
      loops = it.loops();
      responseTimeout = it.responseTimeout();
      maxConnections = it.connections().maxConnections();
      maxInFlight = it.maxInFlight();
      headTimeout = it.connections().head();
    }

    private static TapOptions of(TapOptions it, Consumer<Change> change) {
      var changed = new Change(it);
      change.accept(changed);
      return new TapOptions(
          it.host(),
          it.port(),
          changed.tls,
          changed.upstream,
          changed.upstreamTls,
          it.metricsHost(),
          it.metricsPort(),
          changed.loops,
          it.connectTimeout(),
          changed.responseTimeout,
          it.idleTimeout(),
          TapOptions.limits(
              changed.maxConnections,
              it.connections().reserve(),
              changed.headTimeout,
              it.connections().read(),
              it.connections().idle()),
          changed.maxInFlight,
          it.maxHeaderBytes(),
          it.maxSeries(),
          it.forwarded());
    }
  }

  TapStack(Script script) throws IOException {
    this(script, _ -> {});
  }

  TapStack(Script script, Consumer<Change> change) throws IOException {
    this(new ServerSocket(0, 50, InetAddress.getLoopbackAddress()), script, change);
  }

  /// @param backend where the backend listens, with TLS perhaps
  TapStack(ServerSocket backend, Script script, Consumer<Change> change) throws IOException {
    this.backend = backend;
    Thread.ofVirtual().start(() -> accept(script));
    var table = routes.get().get();
    routes.set(() -> table);
    tap =
        Tap.start(
            Change.of(
                TapOptions.local(URI.create("http://127.0.0.1:" + backend.getLocalPort())), change),
            () -> routes.get().get(),
            line -> {
              if (line.status() == 200) {
                threads.add(Thread.currentThread());
              }
              return lines.offer(line);
            },
            InstantSource.fixed(NOW));
  }

  private void accept(Script script) {
    while (!backend.isClosed()) {
      try {
        Socket socket = backend.accept();
        connections.incrementAndGet();
        Thread.ofVirtual()
            .start(
                () -> {
                  try (socket) {
                    script.run(new Wire(socket));
                  } catch (IOException | UncheckedIOException _) {
                    // The other end has closed it, as tests do.
                  }
                });
      } catch (IOException _) {
        return;
      }
    }
  }

  URI uri(String path) {
    return URI.create("http://127.0.0.1:" + tap.port() + path);
  }

  HttpResponse<String> get(String path, String... headers) throws Exception {
    return send(HttpRequest.newBuilder(uri(path)), headers);
  }

  HttpResponse<String> send(HttpRequest.Builder request, String... headers) throws Exception {
    for (int i = 0; i < headers.length; i += 2) {
      request.header(headers[i], headers[i + 1]);
    }
    return client.send(
        request.timeout(Duration.ofSeconds(20)).build(), HttpResponse.BodyHandlers.ofString());
  }

  /// A connection to the tap.
  Wire wire() throws IOException {
    return new Wire(new Socket(InetAddress.getLoopbackAddress(), tap.port()));
  }

  String metrics() throws Exception {
    return client
        .send(
            HttpRequest.newBuilder(
                    URI.create("http://127.0.0.1:" + tap.metricsPort() + "/tap/metrics"))
                .build(),
            HttpResponse.BodyHandlers.ofString())
        .body();
  }

  /// Waits until the page has that line; gives up after 10 s with the page.
  void awaitMetric(String line) throws Exception {
    String page = "";
    long end = System.nanoTime() + 10_000_000_000L;
    while (System.nanoTime() < end) {
      page = metrics();
      if (("\n" + page).contains("\n" + line + "\n")) {
        return;
      }
      Thread.onSpinWait();
    }
    throw new AssertionError("no line " + line + " in\n" + page);
  }

  /// Waits for a line of the log; gives up after 10 s.
  AccessEntry awaitLine() {
    try {
      AccessEntry line = lines.poll(10, TimeUnit.SECONDS);
      if (line != null) {
        return line;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    throw new AssertionError("no line was written");
  }

  void stopBackend() throws IOException {
    backend.close();
  }

  @Override
  public void close() throws IOException {
    backend.close();
    client.shutdownNow();
    tap.close();
  }

  /// One end of a connection, in bytes.
  static final class Wire implements AutoCloseable {
    final Socket socket;
    private final InputStream in;

    Wire(Socket socket) throws IOException {
      this.socket = socket;
      socket.setSoTimeout(20_000);
      in = new BufferedInputStream(socket.getInputStream());
    }

    /// What comes until an empty line, that included; empty where the connection ends before.
    String head() throws IOException {
      var head = new StringBuilder();
      while (!head.toString().endsWith("\r\n\r\n")) {
        int c = in.read();
        if (c < 0) {
          return "";
        }
        head.append((char) c);
      }
      return head.toString();
    }

    byte[] bytes(int count) throws IOException {
      return in.readNBytes(count);
    }

    String rest() throws IOException {
      return new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
    }

    void write(String text) throws IOException {
      write(text.getBytes(StandardCharsets.UTF_8));
    }

    void write(byte[] bytes) throws IOException {
      socket.getOutputStream().write(bytes);
      socket.getOutputStream().flush();
    }

    void json(String body) throws IOException {
      write(
          "HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: "
              + body.getBytes(StandardCharsets.UTF_8).length
              + "\r\n\r\n"
              + body);
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }
}
