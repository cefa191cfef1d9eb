package io.pharos.e2e;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// The demo backend and Pharos with the repository's own files, on free ports, in a folder of their
/// own. What would leave by mail or chat stays in the mailbox.
final class DemoStack implements AutoCloseable {
  private final PharosProcess backend;
  private final PharosProcess pharos;
  private final String url;
  private final String backendUrl;

  private DemoStack(PharosProcess backend, PharosProcess pharos, String url, String backendUrl) {
    this.backend = backend;
    this.pharos = pharos;
    this.url = url;
    this.backendUrl = backendUrl;
  }

  /// Starts both and waits until Pharos is ready.
  ///
  /// @param folder for files, samples and logs
  /// @param interval between scrapes and evaluations, as in `2s`; shorter than the shipped one, so
  ///   that there is something to see soon
  /// @param more further flags of the demo backend
  static DemoStack start(Path folder, String interval, String... more) throws Exception {
    int backendPort = PharosProcess.freePort();
    int tapPort = PharosProcess.freePort();
    int port = PharosProcess.freePort();
    copyVersionedFiles(
        folder,
        Map.of(
            "127.0.0.1:8080", "127.0.0.1:" + backendPort,
            "port: 8080", "port: " + backendPort,
            "127.0.0.1:9097", "127.0.0.1:" + tapPort,
            "127.0.0.1:9095", "127.0.0.1:" + port,
            "scrape_interval: 10s", "scrape_interval: " + interval,
            "scrape_timeout: 5s", "scrape_timeout: " + interval,
            "evaluation_interval: 10s", "evaluation_interval: " + interval));
    String backendUrl = "http://127.0.0.1:" + backendPort;
    var words = new ArrayList<>(List.of(more));
    words.addAll(
        0,
        List.of(
            "demo-backend",
            "--listen=127.0.0.1:" + backendPort,
            "--tap-listen=127.0.0.1:0",
            "--tap-metrics-listen=127.0.0.1:" + tapPort,
            "--token-file=" + folder.resolve("prometheus/demo_token")));
    PharosProcess backend = PharosProcess.start(folder.resolve("backend.log"), backendUrl, words);
    PharosProcess pharos = PharosProcess.serve(folder, port, "--notifications.capture=true");
    var stack = new DemoStack(backend, pharos, "http://127.0.0.1:" + port, backendUrl);
    try {
      pharos.await("ready", Duration.ofMinutes(3), pharos::isReady);
      backend.await("listening", Duration.ofSeconds(60), backend::isListening);
    } catch (Exception | AssertionError e) {
      stack.close();
      throw e;
    }
    return stack;
  }

  /// Copies the versioned files that Pharos reads, with some texts replaced.
  static void copyVersionedFiles(Path folder, Map<String, String> replacements) throws IOException {
    for (String name : List.of("prometheus", "alert-rules", "notifications", "probes", "gates")) {
      try (Stream<Path> files = Files.walk(Path.of(name))) {
        for (Path file : files.toList()) {
          Path to = folder.resolve(file);
          if (Files.isDirectory(file)) {
            Files.createDirectories(to);
            continue;
          }
          String text = Files.readString(file);
          for (var replacement : replacements.entrySet()) {
            text = text.replace(replacement.getKey(), replacement.getValue());
          }
          Files.writeString(to, text);
        }
      }
    }
  }

  /// Raises a fault of the demo for an hour.
  void raise(String kind) throws Exception {
    int status =
        backend.post("/fault", "{\"kind\":\"" + kind + "\",\"duration\":\"1h\"}").statusCode();
    if (status != 200) {
      throw new IOException("the demo answered " + status + " to the fault " + kind);
    }
  }

  PharosProcess pharos() {
    return pharos;
  }

  PharosProcess backend() {
    return backend;
  }

  String url() {
    return url;
  }

  String backendUrl() {
    return backendUrl;
  }

  @Override
  public void close() {
    pharos.close();
    backend.close();
  }
}
