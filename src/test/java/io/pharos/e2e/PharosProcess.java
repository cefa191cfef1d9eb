package io.pharos.e2e;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.pharos.scripts.HaproxyRig;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;

/// A command of the launcher as a process of its own, as a person would start it.
public final class PharosProcess implements AutoCloseable {
  private static final HttpClient CLIENT =
      HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(2)).build();
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Process process;
  private final Path log;
  private final String url;

  private PharosProcess(Process process, Path log, String url) {
    this.process = process;
    this.log = log;
    this.url = url;
  }

  /// Starts `./pharos` with these words.
  ///
  /// @param url where it will answer
  static PharosProcess start(Path log, String url, List<String> words) throws IOException {
    return start(Path.of(""), log, url, words);
  }

  /// Starts `pharos` with these words in a working folder.
  static PharosProcess start(Path folder, Path log, String url, List<String> words)
      throws IOException {
    return start(folder, log, url, words, Map.of());
  }

  /// As above, with more in the environment.
  static PharosProcess start(
      Path folder, Path log, String url, List<String> words, Map<String, String> environment)
      throws IOException {
    var command = new ArrayList<String>();
    command.add(Path.of("pharos").toAbsolutePath().toString());
    command.addAll(words);
    return run(command, folder, log, url, environment);
  }

  /// Starts `serve` with the files that a folder has; its log is there too.
  ///
  /// @param more further flags, as in [#serving]
  public static PharosProcess serve(Path folder, int port, String... more) throws IOException {
    return start(
        folder.resolve("pharos.log"), "http://127.0.0.1:" + port, serving(folder, port, more));
  }

  /// As [#serve], by a command that becomes what its last words name, as `env` does.
  static PharosProcess serveBy(List<String> command, Path folder, int port, String... more)
      throws IOException {
    var words = new ArrayList<>(command);
    words.add(Path.of("pharos").toAbsolutePath().toString());
    words.addAll(serving(folder, port, more));
    return run(words, Path.of(""), folder.resolve("pharos.log"), "http://127.0.0.1:" + port);
  }

  /// The words of `serve` with the files that a folder has, and its samples in there.
  ///
  /// @param more further flags; they replace those of the same name
  static List<String> serving(Path folder, int port, String... more) {
    var flags = new ArrayList<String>();
    flags.add("--config.file=" + first(folder, "prometheus.yml", "prometheus/prometheus.yml"));
    flags.add(
        "--notifications.file="
            + first(folder, "alertmanager.yml", "notifications/alertmanager.yml"));
    flags.add("--probes.dir=" + first(folder, "probes"));
    flags.add("--gates.dir=" + first(folder, "gates"));
    if (Files.exists(folder.resolve("rollouts"))) {
      flags.add("--rollouts.dir=" + folder.resolve("rollouts"));
    }
    flags.add("--storage.path=" + folder.resolve("data"));
    flags.add("--web.listen-address=127.0.0.1:" + port);
    for (String flag : more) {
      String name = flag.split("=", 2)[0] + "=";
      flags.removeIf(it -> it.startsWith(name));
      flags.add(flag);
    }
    flags.addFirst("serve");
    return flags;
  }

  /// The first of these that a folder has; empty if it has none.
  private static String first(Path folder, String... names) {
    return Stream.of(names)
        .map(folder::resolve)
        .filter(Files::exists)
        .map(Path::toString)
        .findFirst()
        .orElse("");
  }

  /// Starts a command that becomes Pharos in the end, so that its process id is Pharos' own.
  static PharosProcess run(List<String> command, Path folder, Path log, String url)
      throws IOException {
    return run(command, folder, log, url, Map.of());
  }

  private static PharosProcess run(
      List<String> command, Path folder, Path log, String url, Map<String, String> environment)
      throws IOException {
    var builder =
        new ProcessBuilder(command)
            .directory(folder.toAbsolutePath().toFile())
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
    builder.environment().put("PHAROS_NO_BUILD", "1");
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    builder.environment().putAll(environment);
    return new PharosProcess(builder.start(), log, url);
  }

  /// Runs a command to its end.
  static Ended run(List<String> command, Map<String, String> environment) throws Exception {
    return run(Path.of(""), command, environment);
  }

  /// Runs a command in a working folder to its end.
  static Ended run(Path folder, List<String> command, Map<String, String> environment)
      throws Exception {
    var builder =
        new ProcessBuilder(command)
            .directory(folder.toAbsolutePath().toFile())
            .redirectErrorStream(true);
    builder.environment().put("PHAROS_NO_BUILD", "1");
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    builder.environment().putAll(environment);
    Process process = builder.start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (!process.waitFor(60, TimeUnit.SECONDS)) {
      process.destroyForcibly();
    }
    return new Ended(process.exitValue(), output);
  }

  /// How a command ended.
  record Ended(int code, String output) {}

  public static int freePort() {
    return HaproxyRig.freePort();
  }

  /// Where it answers, without a slash at the end.
  String url() {
    return url;
  }

  long pid() {
    return process.pid();
  }

  boolean isAlive() {
    return process.isAlive();
  }

  String log() throws IOException {
    return Files.readString(log);
  }

  /// Resident memory in MiB, as the kernel counts it.
  long residentMebibytes() throws IOException {
    return Files.readString(Path.of("/proc/" + pid() + "/status"))
        .lines()
        .filter(line -> line.startsWith("VmRSS:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) / 1024)
        .findFirst()
        .orElseThrow();
  }

  /// The name of the program that runs under this process id.
  String program() throws IOException {
    return Files.readString(Path.of("/proc/" + pid() + "/comm")).strip();
  }

  HttpResponse<String> get(String path) {
    try {
      var request =
          HttpRequest.newBuilder(URI.create(url + path)).timeout(Duration.ofSeconds(10)).build();
      return CLIENT.send(request, BodyHandlers.ofString());
    } catch (IOException e) {
      throw new IllegalStateException(url + path + ": " + e, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  public HttpResponse<String> post(String path, String json) throws Exception {
    return send("POST", path, json);
  }

  HttpResponse<String> send(String method, String path, String json) throws Exception {
    var request =
        HttpRequest.newBuilder(URI.create(url + path))
            .header("Content-Type", "application/json")
            .method(method, HttpRequest.BodyPublishers.ofString(json))
            .build();
    return CLIENT.send(request, BodyHandlers.ofString());
  }

  /// The series that an instant query gives.
  JsonNode query(String expression) {
    var response =
        get("/api/v1/query?query=" + URLEncoder.encode(expression, StandardCharsets.UTF_8));
    try {
      JsonNode answer = JSON.readTree(response.body());
      if (!answer.path("status").asText().equals("success")) {
        throw new IllegalStateException(expression + ": " + response.body());
      }
      return answer.path("data").path("result");
    } catch (IOException e) {
      throw new IllegalStateException(expression + ": " + response.body(), e);
    }
  }

  /// Sends a body by any method and gives the status.
  int send(String method, String path, String type, String body) throws Exception {
    var request =
        HttpRequest.newBuilder(URI.create(url + path))
            .header("Content-Type", type)
            .method(method, HttpRequest.BodyPublishers.ofString(body))
            .build();
    return CLIENT.send(request, BodyHandlers.ofString()).statusCode();
  }

  /// How many file descriptors it has open.
  long descriptors() throws IOException {
    try (var all = Files.list(Path.of("/proc/" + pid() + "/fd"))) {
      return all.count();
    }
  }

  /// What its heap holds after a collection, in MiB, as the JVM counts it.
  long liveMebibytes() throws Exception {
    String jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd").toString();
    Ended ended = run(List.of(jcmd, String.valueOf(pid()), "GC.class_histogram"), Map.of());
    String total =
        ended.output().lines().filter(line -> line.startsWith("Total")).findFirst().orElseThrow();
    return Long.parseLong(total.strip().split("\\s+")[2]) >> 20;
  }

  /// Whether it answers requests, whatever the status.
  boolean isListening() {
    try {
      var _ = get("/");
      return true;
    } catch (IllegalStateException _) {
      return false;
    }
  }

  public boolean isReady() {
    try {
      return get("/-/ready").statusCode() == 200;
    } catch (IllegalStateException _) { // nobody listens yet
      return false;
    }
  }

  /// Whether all that it decided to tell has been told.
  boolean hasToldAll() {
    return get("/metrics").body().lines().anyMatch(it -> it.startsWith("pharos_outbox_pending 0"));
  }

  /// Waits until the ledger has a sent delivery to a receiver. A kill before that sends the same
  /// delivery again, because Pharos cannot know whether it arrived.
  void awaitSent(String receiver, Duration most) throws Exception {
    String path = "/api/pharos/v1/notifications?status=sent&receiver=" + receiver;
    var _ =
        await(
            "the record of a message to " + receiver,
            most,
            () -> get(path).body().contains("\"status\":\"sent\""));
  }

  /// Waits until something holds and gives how long it took.
  ///
  /// @throws AssertionError after the time, with what was waited for and the end of the log
  public Duration await(String what, Duration most, BooleanSupplier condition) throws Exception {
    Instant begin = Instant.now();
    while (!holds(condition)) {
      if (Duration.between(begin, Instant.now()).compareTo(most) > 0) {
        String text = log();
        throw new AssertionError(
            what
                + " did not happen within "
                + most
                + "; the log ends:\n"
                + text.substring(Math.max(0, text.length() - 4000)));
      }
      TimeUnit.MILLISECONDS.sleep(20);
    }
    return Duration.between(begin, Instant.now());
  }

  /// A request that is not answered in time, as on a busy machine, says nothing yet.
  private static boolean holds(BooleanSupplier condition) {
    try {
      return condition.getAsBoolean();
    } catch (IllegalStateException e) {
      if (e.getCause() instanceof HttpTimeoutException) {
        return false;
      }
      throw e;
    }
  }

  /// `kill -9`, as far as the process can't help it.
  void kill() throws InterruptedException {
    process.destroyForcibly();
    process.waitFor();
  }

  /// Sends a signal, as in `STOP`.
  void signal(String name) throws Exception {
    Ended ended = run(List.of("kill", "-" + name, Long.toString(pid())), Map.of());
    if (ended.code() != 0) {
      throw new IllegalStateException(ended.output());
    }
  }

  /// SIGTERM, and the exit code.
  int terminate() throws InterruptedException {
    process.destroy();
    if (!process.waitFor(20, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new AssertionError("did not stop within 20 s of SIGTERM");
    }
    return process.exitValue();
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
