package io.pharos.promql.remote;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.config.http.HttpOptions;
import io.pharos.http.Clients;
import io.pharos.http.OutgoingClient;
import io.pharos.promql.value.Evaluator;
import io.pharos.remote.write.RemoteWriter;
import io.pharos.storage.Appendable;
import io.pharos.storage.InMemoryStorage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/// A Prometheus-compatible server of this machine, asked over HTTP and fed by remote write. Tests
/// that need one are skipped where it is not installed.
public final class EngineProcess implements EngineUnderTest {
  private static final Duration QUERY_TIMEOUT = Duration.ofSeconds(2);
  private static final Duration POLL = Duration.ofMillis(50);

  /// VictoriaMetrics has neither a log nor the wish for one: its samples are on disk after the
  /// second that it is told, its index after five.
  private static final Duration ON_DISK = Duration.ofSeconds(7);

  private final Path data;
  private final List<String> command;
  private final String readyPath;
  private final String flushPath;
  private final int port;
  private final HttpClient client = HttpClient.newHttpClient();
  private final Clients clients = new Clients(InstantSource.system());
  private final RemoteEngine engine;
  private final RemoteWriter writer;
  private Process process;

  private EngineProcess(
      Path data, int port, List<String> command, String readyPath, String flushPath) {
    this.data = data;
    this.command = command;
    this.readyPath = readyPath;
    this.flushPath = flushPath;
    this.port = port;
    process = launch();
    OutgoingClient outgoing = clients.open(HttpOptions.DEFAULT);
    engine = new RemoteEngine(outgoing, url(""), QUERY_TIMEOUT);
    writer =
        new RemoteWriter(
            new InMemoryStorage(),
            outgoing,
            url("/api/v1/write"),
            QUERY_TIMEOUT,
            new SimpleMeterRegistry());
    awaitReady();
  }

  /// Debian's Prometheus with an empty store.
  public static EngineProcess prometheus(Path folder) throws IOException {
    return prometheus(folder, "");
  }

  /// Debian's Prometheus with an empty store and more in its configuration.
  public static EngineProcess prometheus(Path folder, String more) throws IOException {
    Path binary = installed("prometheus");
    Path config = folder.resolve("prometheus.yml");
    Files.writeString(config, "global: {scrape_interval: 15s}\n" + more);
    int port = freePort();
    return new EngineProcess(
        folder.resolve("data"),
        port,
        List.of(
            binary.toString(),
            "--config.file=" + config,
            "--storage.tsdb.path=" + folder.resolve("data"),
            "--storage.tsdb.retention.time=100y",
            "--web.listen-address=127.0.0.1:" + port,
            "--web.enable-remote-write-receiver",
            "--log.level=warn"),
        "/-/ready",
        "");
  }

  /// Debian's VictoriaMetrics, single node, with an empty store.
  public static EngineProcess victoriaMetrics(Path folder) throws IOException {
    Path binary = installed("victoria-metrics");
    int port = freePort();
    return new EngineProcess(
        folder.resolve("data"),
        port,
        List.of(
            binary.toString(),
            "-storageDataPath=" + folder.resolve("data"),
            "-retentionPeriod=100y",
            "-httpListenAddr=127.0.0.1:" + port,
            "-search.latencyOffset=0s",
            "-search.disableCache",
            "-inmemoryDataFlushInterval=1s",
            "-loggerLevel=ERROR"),
        "/health",
        "/internal/force_flush");
  }

  private static Path installed(String name) {
    Path binary = Path.of("/usr/bin", name);
    assumeTrue(Files.isExecutable(binary), name + " is not installed");
    return binary;
  }

  private static int freePort() throws IOException {
    try (var socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  /// The address of a path of it.
  public URI url(String path) {
    return URI.create("http://127.0.0.1:" + port + path);
  }

  private Process launch() {
    try {
      return new ProcessBuilder(command)
          .redirectErrorStream(true)
          .redirectOutput(ProcessBuilder.Redirect.DISCARD)
          .start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private int get(String path) {
    var request = HttpRequest.newBuilder(url(path)).timeout(Duration.ofSeconds(10)).build();
    try {
      return client.send(request, BodyHandlers.discarding()).statusCode();
    } catch (IOException _) { // not there yet
      return 0;
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private void awaitReady() {
    for (int i = 0; i < 600; i++) {
      if (get(readyPath) == 200) {
        return;
      }
      rest(POLL);
    }
    throw new IllegalStateException(command + " is not ready after 30 s");
  }

  private static void rest(Duration pause) {
    try {
      TimeUnit.MILLISECONDS.sleep(pause.toMillis());
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /// Ends the server without a word, as `kill -9` does, when what it took before is on its disk.
  public void kill() {
    if (!flushPath.isEmpty()) {
      rest(ON_DISK);
    }
    process.destroyForcibly();
    try {
      process.waitFor();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /// Takes everything away that the server stored. It must not run.
  public void loseData() {
    try (var paths = Files.walk(data)) {
      for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Starts the server again on the data that is there.
  public void restart() {
    process = launch();
    awaitReady();
  }

  /// Lets the server take connections and answer nothing.
  public void freeze() {
    signal("STOP");
    Path threads = Path.of("/proc", Long.toString(process.pid()), "task");
    long end = System.nanoTime() + 10_000_000_000L;
    while (!areStopped(threads)) {
      if (System.nanoTime() > end) {
        throw new IllegalStateException(threads + ": some still run");
      }
      Thread.onSpinWait();
    }
  }

  /* The signal is on its way when `kill` ends; a thread that works may answer a request yet. */
  private static boolean areStopped(Path threads) {
    try (Stream<Path> all = Files.list(threads)) {
      for (Path thread : all.toList()) {
        String stat = Files.readString(thread.resolve("stat"));
        if (stat.charAt(stat.lastIndexOf(')') + 2) != 'T') {
          return false;
        }
      }
      return true;
    } catch (NoSuchFileException _) { // a thread that has just ended
      return false;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public void thaw() {
    signal("CONT");
  }

  private void signal(String name) {
    try {
      new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start().waitFor();
    } catch (IOException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public Evaluator evaluator() {
    return engine;
  }

  @Override
  public Appendable samples() {
    return writer;
  }

  @Override
  public void settle() {
    for (int i = 0; i < 600 && writer.pending() > 0; i++) {
      rest(POLL);
    }
    if (!flushPath.isEmpty()) {
      get(flushPath);
    }
  }

  @Override
  public boolean readsItsWrites() {
    return flushPath.isEmpty();
  }

  @Override
  public void close() {
    writer.close();
    process.destroyForcibly();
    client.close();
    clients.close();
  }
}
