import com.sun.net.httpserver.HttpServer;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/// The common part of BenchWindows and BenchSeries: a target with counters, and a Pharos or Prometheus process that scrapes
/// it and evaluates rules. The cost of an evaluation is the CPU of the process, less its CPU without rules, divided by the
/// number of evaluations that the process counts. The kernel's CPU clock of the process has nanoseconds.
final class RuleCost implements AutoCloseable {
  /// Seconds between two scrapes, and between two evaluations: each evaluation reads one new sample of each series.
  static final int STEP = 5;

  static final Path HOME = Path.of(System.getProperty("pharos.home", ".")).toAbsolutePath();
  private static final HttpClient CLIENT = HttpClient.newHttpClient();
  private static final MethodHandle CLOCK =
      Linker.nativeLinker().downcallHandle(
          Linker.nativeLinker().defaultLookup().findOrThrow("clock_gettime"),
          FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.ADDRESS));
  private static final Set<Process> RUNNING = ConcurrentHashMap.newKeySet();
  private static final int RULES_OF_A_GROUP = 20;
  private static final int WARM_SECONDS = 20;
  private static final int READY_SECONDS = 120;

  /// A measurement.
  ///
  /// @param rules number of rules, each evaluated every [#STEP] seconds
  /// @param idleSeconds the CPU that the process would have used without rules
  record Cost(int rules, double evaluations, double cpuSeconds, double idleSeconds) {
    double millis() {
      return (cpuSeconds - idleSeconds) * 1000 / evaluations;
    }

    /// Whether the CPU of the rules is clearly more than the variation of the idle CPU.
    boolean isSignificant() {
      return evaluations > 0 && cpuSeconds - idleSeconds > 0.1 * idleSeconds && cpuSeconds - idleSeconds > 0.05;
    }
  }

  private final String system;
  private final Path folder;
  private final Path rules;
  private final Process process;
  private final String url;
  private double idle;

  private RuleCost(String system, Path folder, Path rules, Process process, String url) {
    this.system = system;
    this.folder = folder;
    this.rules = rules;
    this.process = process;
    this.url = url;
  }

  /// Creates a folder. When this program ends, it stops the started systems and deletes the folder.
  static Path folder(String bench) throws IOException {
    Path folder = Files.createTempDirectory("bench-" + bench);
    Runtime.getRuntime().addShutdownHook(new Thread(() -> {
      RUNNING.forEach(RuleCost::end);
      delete(folder);
    }));
    return folder;
  }

  /// Reads `--name=value` words, which replace the defaults. Ends the program if a word is invalid.
  static Map<String, String> options(String bench, Map<String, String> defaults, String[] words) {
    var options = new LinkedHashMap<>(defaults);
    for (String word : words) {
      String[] pair = word.replaceFirst("^--", "").split("=", 2);
      if (pair.length != 2 || !word.startsWith("--") || !defaults.containsKey(pair[0])) {
        System.err.println("bench " + bench + ": unexpected " + word + ", expected one of --" + String.join("=, --", defaults.keySet()) + "=");
        System.exit(64);
      }
      String shape = pair[0].equals("windows") ? "[1-9][0-9]{0,4}[smhd](,[1-9][0-9]{0,4}[smhd])*" : pair[0].equals("series") ? "[1-9][0-9]{0,7}(,[1-9][0-9]{0,7})*" : "[1-9][0-9]{0,4}";
      if (!pair[1].matches(shape)) {
        System.err.println("bench " + bench + ": found " + word + ", expected as in --" + pair[0] + "=" + defaults.get(pair[0]));
        System.exit(64);
      }
      options.put(pair[0], pair[1]);
    }
    return options;
  }

  /// Returns the value of a counter at a time. It depends only on the time, so that scraped values continue a history. From
  /// one scrape to the next it never falls, because resets are not measured.
  static long value(int series, long millis) {
    long seconds = millis / 1000;
    return seconds * (1 + series % 7) + (seconds * 2654435761L >>> 7 & 3);
  }

  /// Returns the text of a sample before its value. `part` is one of `parts` numbers.
  static String line(int series, int parts) {
    return "work_total{instance=\"i-" + series + "\",part=\"" + series % parts + "\"}";
  }

  /// Starts a server whose path `/n` is the page of the n-th target.
  static HttpServer target(int series, int targets, int parts) throws IOException {
    var texts = new byte[series][];
    for (int i = 0; i < series; i++) {
      texts[i] = (line(i, parts) + " ").getBytes(StandardCharsets.US_ASCII);
    }
    HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
    server.createContext("/", exchange -> {
      int number = Integer.parseInt(exchange.getRequestURI().getPath().substring(1));
      long now = System.currentTimeMillis();
      var page = new ByteArrayOutputStream(series / targets * 64);
      page.writeBytes("# TYPE work_total counter\n".getBytes(StandardCharsets.US_ASCII));
      for (int i = number; i < series; i += targets) {
        page.writeBytes(texts[i]);
        page.writeBytes(Long.toString(value(i, now)).getBytes(StandardCharsets.US_ASCII));
        page.write('\n');
      }
      exchange.getResponseHeaders().set("Content-Type", "text/plain; version=0.0.4");
      exchange.sendResponseHeaders(200, page.size());
      try (OutputStream out = new BufferedOutputStream(exchange.getResponseBody())) {
        page.writeTo(out);
      }
      exchange.close();
    });
    server.start();
    return server;
  }

  /// Starts a system and measures its CPU without rules.
  ///
  /// @param storage the system's store, which may contain a history
  /// @param system `pharos` or `prometheus`
  /// @param span seconds of a measurement
  static RuleCost start(String system, Path folder, Path storage, HttpServer target, int targets, int span) throws Exception {
    int port;
    try (var socket = new ServerSocket(0)) {
      port = socket.getLocalPort();
    }
    Path config = folder.resolve(system + ".yml");
    Path rules = folder.resolve(system + "-rules.yml");
    Files.writeString(rules, "groups: []\n");
    var groups = new StringBuilder();
    for (int i = 0; i < targets; i++) {
      groups.append("    - {targets: ['127.0.0.1:%d'], labels: {__metrics_path__: /%d}}\n".formatted(target.getAddress().getPort(), i));
    }
    Files.writeString(config, """
        global: {scrape_interval: %ds, scrape_timeout: %ds, evaluation_interval: %ds}
        rule_files: ['%s']
        scrape_configs:
        - job_name: work
          honor_labels: true
          static_configs:
        %s""".formatted(STEP, STEP, STEP, rules, groups));
    List<String> command =
        system.equals("pharos")
            ? List.of(HOME.resolve("pharos").toString(), "serve", "--config.file=" + config, "--storage.path=" + storage,
                "--probes.dir=", "--gates.dir=", "--web.listen-address=127.0.0.1:" + port)
            : List.of("prometheus", "--config.file=" + config, "--storage.tsdb.path=" + storage, "--log.level=warn",
                "--web.enable-lifecycle", "--web.listen-address=127.0.0.1:" + port);
    Path log = folder.resolve(system + ".log");
    var builder = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
    builder.environment().put("PHAROS_NO_BUILD", "1");
    Process process = builder.start();
    RUNNING.add(process);
    String url = "http://127.0.0.1:" + port;
    var started = new RuleCost(system, folder, rules, process, url);
    try {
      long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(READY_SECONDS);
      while (get(url + "/-/ready").isEmpty()) {
        if (!process.isAlive() || System.nanoTime() > until) {
          System.err.println("bench: " + system + " did not start:\n" + String.join("\n", tail(log)));
          System.exit(1);
        }
        Thread.sleep(100);
      }
      wait(WARM_SECONDS); // the start itself uses CPU
      double before = started.cpu();
      long began = System.nanoTime();
      wait(span);
      started.idle = (started.cpu() - before) * 1e9 / (System.nanoTime() - began);
      System.err.printf(Locale.ROOT, "%s: %.4f cores without rules%n", system, started.idle);
      return started;
    } catch (Exception | Error e) {
      started.close();
      throw e;
    }
  }

  private static List<String> tail(Path log) throws IOException {
    List<String> lines = Files.readAllLines(log);
    return lines.subList(Math.max(0, lines.size() - 5), lines.size());
  }

  /// Makes the system evaluate these expressions, and returns when each was evaluated three times. The first call waits some
  /// seconds longer, in which a JVM compiles.
  void rules(List<String> expressions, boolean first) throws Exception {
    var file = new StringBuilder("groups:\n");
    for (int i = 0; i < expressions.size(); i++) {
      if (i % RULES_OF_A_GROUP == 0) {
        file.append("- name: g").append(i / RULES_OF_A_GROUP).append("\n  rules:\n");
      }
      file.append("  - {record: 'work:rate:").append(i).append("', expr: '").append(expressions.get(i)).append("'}\n");
    }
    Files.writeString(rules, file);
    double before = evaluations();
    post(url + "/-/reload");
    long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(READY_SECONDS);
    while (evaluations() < before + 3.0 * expressions.size() && System.nanoTime() < until) {
      wait(1);
    }
    wait(first ? WARM_SECONDS : 1);
  }

  /// Measures for `span` seconds.
  Cost measure(int rules, int span) throws Exception {
    double evaluationsBefore = evaluations();
    double cpuBefore = cpu();
    long began = System.nanoTime();
    wait(span);
    double cpu = cpu() - cpuBefore;
    double wall = (System.nanoTime() - began) / 1e9;
    return new Cost(rules, evaluations() - evaluationsBefore, cpu, idle * wall);
  }

  private static void wait(int seconds) throws InterruptedException {
    Thread.sleep(Duration.ofSeconds(seconds));
  }

  /* CPU seconds of all current and ended threads of the process, from its CPU clock (clock_getcpuclockid). */
  private double cpu() throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment time = arena.allocate(ValueLayout.JAVA_LONG, 2);
      int clock = (int) (~process.pid() << 3 | 2);
      if ((int) CLOCK.invokeExact(clock, time) != 0) {
        throw new IOException(system + " has ended:\n" + String.join("\n", tail(folder.resolve(system + ".log"))));
      }
      return time.getAtIndex(ValueLayout.JAVA_LONG, 0) + time.getAtIndex(ValueLayout.JAVA_LONG, 1) / 1e9;
    } catch (IOException e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }

  private double evaluations() throws Exception {
    return get(url + "/metrics").lines()
        .filter(line -> line.startsWith("prometheus_rule_evaluations_total{"))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
        .sum();
  }

  private static String get(String url) throws InterruptedException {
    try {
      var answer = CLIENT.send(HttpRequest.newBuilder(URI.create(url)).build(), BodyHandlers.ofString());
      return answer.statusCode() == 200 ? answer.body() : "";
    } catch (IOException _) { // the system does not listen yet
      return "";
    }
  }

  private static void post(String url) throws Exception {
    var answer =
        CLIENT.send(HttpRequest.newBuilder(URI.create(url)).POST(HttpRequest.BodyPublishers.noBody()).build(), BodyHandlers.ofString());
    if (answer.statusCode() != 200) {
      throw new IOException(url + ": " + answer.statusCode() + " " + answer.body());
    }
  }

  @Override
  public void close() {
    end(process);
  }

  private static void end(Process process) {
    process.destroy();
    try {
      if (!process.waitFor(30, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException _) {
      process.destroyForcibly();
    }
    RUNNING.remove(process);
  }

  /// Prints a table of costs, and replaces the figure's rows in docs/performance.tsv.
  ///
  /// @param costs costs by place on the x axis, by system
  static void report(String figure, Map<String, Map<String, Cost>> costs) throws IOException {
    var rows = new ArrayList<String>();
    System.out.printf("%n| %s | Prometheus, ms | Pharos, ms | ratio |%n| --- | --- | --- | --- |%n", figure);
    for (String place : costs.get("pharos").keySet()) {
      Cost theirs = costs.get("prometheus").get(place);
      Cost ours = costs.get("pharos").get(place);
      System.out.printf("| %s | %s | %s | %s |%n", place, text(theirs), text(ours),
          theirs.isSignificant() && ours.isSignificant() ? String.format(Locale.ROOT, "%.3f", ours.millis() / theirs.millis()) : "");
      for (String system : List.of("prometheus", "pharos")) {
        Cost cost = costs.get(system).get(place);
        if (cost.isSignificant()) {
          rows.add(String.format(Locale.ROOT, "%s\t%s\t%s\t%.4f", figure, place, system, cost.millis()));
        }
      }
    }
    Path table = HOME.resolve("docs/performance.tsv");
    var all = new ArrayList<String>();
    if (Files.exists(table)) {
      Files.readAllLines(table).stream().filter(row -> !row.startsWith(figure + "\t")).forEach(all::add);
    }
    all.addAll(rows);
    Files.write(table, all);
    System.out.println("\n" + rows.size() + " rows written to docs/performance.tsv; ./pharos bench plot draws them");
  }

  private static String text(Cost cost) {
    return cost.isSignificant() ? String.format(Locale.ROOT, "%.4f", cost.millis()) : "too small to measure";
  }

  static void print(String system, String place, Cost cost) {
    System.err.printf(Locale.ROOT, "%s, %s: %d rules, %.0f evaluations, %.3f s of CPU, without rules %.3f s: %s ms per evaluation%n",
        system, place, cost.rules(), cost.evaluations(), cost.cpuSeconds(), cost.idleSeconds(), text(cost));
  }

  /// Deletes a folder if it exists.
  static void delete(Path folder) {
    try (Stream<Path> files = Files.walk(folder)) {
      files.sorted((a, b) -> b.compareTo(a)).forEach(file -> file.toFile().delete());
    } catch (IOException | UncheckedIOException _) {
      // The folder was deleted already.
    }
  }

  static void call(String... command) throws Exception {
    var builder = new ProcessBuilder(command).redirectOutput(ProcessBuilder.Redirect.DISCARD).redirectError(ProcessBuilder.Redirect.INHERIT);
    builder.environment().put("PHAROS_NO_BUILD", "1");
    int code = builder.start().waitFor();
    if (code != 0) {
      throw new IOException(String.join(" ", command) + " ended with " + code);
    }
  }
}
