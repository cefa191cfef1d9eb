package io.pharos.faults;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.pharos.faults.FaultRun.Target;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/// Programs of this machine, as Debian has them, and the pages of those that are scraped.
final class LivePrograms implements AutoCloseable {
  private final Path folder;
  private final HttpClient client =
      HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(2)).build();
  private final Map<String, Process> processes = new HashMap<>();
  private final List<Target> targets = new ArrayList<>();

  /// @param folder for what they print
  LivePrograms(Path folder) {
    this.folder = folder;
  }

  /// Skips the test, visibly, where one of these is not installed.
  static void need(String... programs) {
    for (String program : programs) {
      assumeTrue(Files.isExecutable(path(program)), program + " is not installed");
    }
  }

  private static Path path(String program) {
    Path path = Path.of("/usr/bin", program);
    return Files.exists(path) ? path : Path.of("/usr/sbin", program);
  }

  static int freePort() throws IOException {
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  /// Starts a program, in the place of the one of that name.
  void start(String name, Map<String, String> environment, String program, String... words)
      throws IOException {
    stop(name);
    var command = new ArrayList<String>();
    command.add(path(program).toString());
    command.addAll(List.of(words));
    var builder =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve(name + ".log").toFile());
    builder.environment().putAll(environment);
    processes.put(name, builder.start());
  }

  /// Starts an exporter that is scraped.
  ///
  /// @param words end with one that its address is put behind
  void export(String job, Map<String, String> environment, String program, String... words)
      throws IOException {
    String address = "127.0.0.1:" + freePort();
    String[] all = words.clone();
    all[all.length - 1] += address;
    start(job, environment, program, all);
    target(job, address);
  }

  void target(String job, String address) {
    targets.add(new Target(job, address, "host: h1"));
  }

  /// What is scraped.
  List<Target> targets() {
    return List.copyOf(targets);
  }

  void stop(String name) {
    Process process = processes.remove(name);
    if (process != null) {
      process.destroyForcibly();
      try {
        var _ = process.waitFor(10, TimeUnit.SECONDS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /// What a program ends with.
  int waitFor(String name) throws InterruptedException {
    Process process = processes.get(name);
    if (!process.waitFor(30, TimeUnit.SECONDS)) {
      throw new AssertionError(name + " does not end");
    }
    return process.exitValue();
  }

  void signal(String name, String signal) throws IOException, InterruptedException {
    var _ =
        new ProcessBuilder("kill", "-" + signal, "" + processes.get(name).pid()).start().waitFor();
  }

  /// The pages of all that answer now, by address.
  Map<String, String> pages() throws InterruptedException {
    var pages = new HashMap<String, String>();
    for (Target target : targets) {
      try {
        pages.put(target.address(), get("http://" + target.address() + "/metrics"));
      } catch (IOException _) {
        // Not there yet, or no longer.
      }
    }
    return pages;
  }

  /// The pages as soon as these lines stand in them, or begin there.
  Map<String, String> pagesWith(String... lines) throws InterruptedException {
    return pagesAs(
        String.join(", ", lines),
        all -> {
          String text = "\n" + String.join("\n", all.values()) + "\n";
          return all.size() == targets.size()
              && List.of(lines).stream().allMatch(line -> text.contains("\n" + line));
        });
  }

  Map<String, String> pagesAs(String what, Predicate<Map<String, String>> condition)
      throws InterruptedException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    Map<String, String> pages;
    do {
      pages = pages();
      if (condition.test(pages)) {
        return pages;
      }
      Thread.onSpinWait();
    } while (System.nanoTime() < end);
    throw new AssertionError("never came to be so: " + what + "; pages of " + pages.keySet());
  }

  /// The largest value of the series that begin so, 0 where there is none.
  static double value(Map<String, String> pages, String series) {
    return pages.values().stream()
        .flatMap(String::lines)
        .filter(line -> line.startsWith(series))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
        .max()
        .orElse(0);
  }

  /// What is at a URL.
  ///
  /// @throws IOException also where the answer is not 200
  String get(String url) throws IOException, InterruptedException {
    return send(url, HttpRequest.newBuilder());
  }

  /// Posts JSON to a URL.
  void post(String url, String json) throws IOException, InterruptedException {
    var _ =
        send(
            url,
            HttpRequest.newBuilder()
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(json)));
  }

  private String send(String url, HttpRequest.Builder request)
      throws IOException, InterruptedException {
    var answer =
        client.send(
            request.uri(URI.create(url)).timeout(Duration.ofSeconds(10)).build(),
            HttpResponse.BodyHandlers.ofString());
    if (answer.statusCode() != 200) {
      throw new IOException(url + ": " + answer.statusCode());
    }
    return answer.body();
  }

  /// Sends lines to a port of this machine, and gives what comes until it is closed.
  static String say(int port, String... lines) throws IOException {
    try (var socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setSoTimeout(10_000);
      socket
          .getOutputStream()
          .write((String.join("\r\n", lines) + "\r\n").getBytes(StandardCharsets.UTF_8));
      socket.shutdownOutput();
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  @Override
  public void close() {
    List.copyOf(processes.keySet()).forEach(this::stop);
    client.close();
  }
}
