import com.sun.net.httpserver.HttpServer;
import java.io.BufferedWriter;
import java.io.IOException;
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
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// What an evaluation of a rule costs by the window that it reads, in Pharos and in Debian's Prometheus, one after the
/// other over the same history: blocks of `promtool tsdb create-blocks-from openmetrics`, which Prometheus opens and
/// `pharos tsdb import` takes. Both go on scraping the same series meanwhile.
///
/// The rules are `sum by (job) (rate(work_total{part="…"}[window]))`, twenty in a group that is evaluated each second. CPU is
/// that of the process, without what it takes while there are no rules.
///
///     ./pharos bench windows [--series=100] [--days=3] [--span=60] [--windows=5m,1h,6h,3d]
///
/// Prints a table, and writes its rows to docs/performance.tsv.
public final class BenchWindows {
  private static final int RULES = 20;
  private static final Duration STEP = Duration.ofSeconds(15);
  private static final Path HOME = Path.of(System.getProperty("pharos.home", ".")).toAbsolutePath();
  private static final HttpClient CLIENT = HttpClient.newHttpClient();

  private final Map<String, String> options = new LinkedHashMap<>(
      Map.of("series", "100", "days", "3", "span", "60", "windows", "5m,1h,6h,3d"));
  private final Path folder;

  private BenchWindows(String[] words, Path folder) {
    this.folder = folder;
    for (String word : words) {
      String[] pair = word.replaceFirst("^--", "").split("=", 2);
      if (pair.length != 2 || !options.containsKey(pair[0])) {
        System.err.println("bench windows: unexpected " + word + ", expected one of --" + String.join("= --", options.keySet()) + "=");
        System.exit(64);
      }
      options.put(pair[0], pair[1]);
    }
  }

  private long number(String option) {
    return Long.parseLong(options.get(option));
  }

  public static void main(String[] words) throws Exception {
    Path folder = Files.createTempDirectory("bench-windows");
    try {
      new BenchWindows(words, folder).run();
    } finally {
      try (Stream<Path> files = Files.walk(folder)) {
        files.sorted((a, b) -> b.compareTo(a)).forEach(file -> file.toFile().delete());
      }
    }
    System.exit(0);
  }

  private void run() throws Exception {
    HttpServer target = target();
    Path history = history();
    call("promtool", "tsdb", "create-blocks-from", "openmetrics", "--quiet", history.toString(), folder.resolve("blocks").toString());
    Files.delete(history);
    call(HOME.resolve("pharos").toString(), "tsdb", "import", folder.resolve("blocks").toString(), "--storage.path=" + folder.resolve("pharos"));
    String port = Integer.toString(target.getAddress().getPort());
    String[] windows = options.get("windows").split(",");
    Map<String, double[]> costs = new LinkedHashMap<>();
    for (String system : List.of("prometheus", "pharos")) {
      costs.put(system, measure(system, port, windows));
    }
    System.out.printf("%n| window | Prometheus, ms | Pharos, ms | ratio |%n| --- | --- | --- | --- |%n");
    var rows = new StringBuilder();
    for (int i = 0; i < windows.length; i++) {
      double theirs = costs.get("prometheus")[i];
      double ours = costs.get("pharos")[i];
      System.out.printf(Locale.ROOT, "| `[%s]` | %.3f | %.3f | %.2f |%n", windows[i], theirs, ours, ours / theirs);
      for (var cost : costs.entrySet()) {
        rows.append(String.format(Locale.ROOT, "window\t%s\t%s\t%.4f%n", windows[i], cost.getKey(), cost.getValue()[i]));
      }
    }
    Path table = HOME.resolve("docs/performance.tsv");
    String others =
        Files.exists(table)
            ? String.join("", Files.readAllLines(table).stream().filter(row -> !row.startsWith("window\t")).map(row -> row + "\n").toList())
            : "";
    Files.writeString(table, others + rows);
  }

  /* Counters whose value is a function of the time, so that what is scraped goes on where the history ends. */
  private static long value(int series, long millis) {
    long seconds = millis / 1000;
    return seconds * (1 + series % 7) + (seconds * 2654435761L >>> 7 & 7);
  }

  private String page(long millis) {
    var page = new StringBuilder("# TYPE work_total counter\n");
    for (int i = 0; i < number("series"); i++) {
      page.append("work_total{instance=\"i-%d\",part=\"%d\"} %d\n".formatted(i, i % RULES, value(i, millis)));
    }
    return page.toString();
  }

  private HttpServer target() throws IOException {
    HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
    server.createContext("/", exchange -> {
      byte[] body = page(System.currentTimeMillis()).getBytes(StandardCharsets.US_ASCII);
      exchange.getResponseHeaders().set("Content-Type", "text/plain; version=0.0.4");
      exchange.sendResponseHeaders(200, body.length);
      exchange.getResponseBody().write(body);
      exchange.close();
    });
    server.start();
    return server;
  }

  private Path history() throws IOException {
    Path file = folder.resolve("history.om");
    long end = System.currentTimeMillis() / 15_000 * 15_000;
    long begin = end - Duration.ofDays(number("days")).toMillis() - Duration.ofHours(1).toMillis();
    try (BufferedWriter out = Files.newBufferedWriter(file)) {
      out.write("# TYPE work counter\n");
      for (int i = 0; i < number("series"); i++) {
        String labels = "work_total{instance=\"i-" + i + "\",job=\"work\",part=\"" + i % RULES + "\"} ";
        for (long at = begin; at <= end; at += STEP.toMillis()) {
          out.write(labels + value(i, at) + " " + at / 1000 + "\n");
        }
      }
      out.write("# EOF\n");
    }
    return file;
  }

  private double[] measure(String system, String port, String[] windows) throws Exception {
    int own;
    try (var socket = new ServerSocket(0)) {
      own = socket.getLocalPort();
    }
    Path config = folder.resolve(system + ".yml");
    Path rules = folder.resolve(system + "-rules.yml");
    Files.writeString(rules, "groups: []\n");
    Files.writeString(config, """
        global: {scrape_interval: 15s, evaluation_interval: 1s}
        rule_files: ['%s']
        scrape_configs:
          - {job_name: work, honor_labels: true, static_configs: [{targets: ['127.0.0.1:%s']}]}
        """.formatted(rules, port));
    List<String> command =
        system.equals("pharos")
            ? List.of(HOME.resolve("pharos").toString(), "serve", "--config.file=" + config, "--storage.path=" + folder.resolve("pharos"),
                "--probes.dir=", "--gates.dir=", "--web.listen-address=127.0.0.1:" + own)
            : List.of("prometheus", "--config.file=" + config, "--storage.tsdb.path=" + folder.resolve("blocks"), "--log.level=warn",
                "--web.enable-lifecycle", "--web.listen-address=127.0.0.1:" + own);
    Process process =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(folder.resolve(system + ".log").toFile()).start();
    try {
      String url = "http://127.0.0.1:" + own;
      while (get(url + "/-/ready").isEmpty()) {
        Thread.sleep(200);
      }
      settle(90); // a start has work of its own
      double idle = rate(process);
      System.err.printf(Locale.ROOT, "%s: %.4f cores without rules%n", system, idle);
      var costs = new double[windows.length];
      for (int i = 0; i < windows.length; i++) {
        Files.writeString(rules, rules(windows[i]));
        post(url + "/-/reload");
        settle(30);
        double evaluationsBefore = evaluations(url);
        double cpuBefore = cpu(process);
        long began = System.nanoTime();
        settle((int) number("span"));
        double wall = (System.nanoTime() - began) / 1e9;
        double evaluations = evaluations(url) - evaluationsBefore;
        costs[i] = (cpu(process) - cpuBefore - idle * wall) * 1000 / evaluations;
        System.err.printf(Locale.ROOT, "%s [%s]: %.3f ms of CPU for each of %.0f evaluations%n", system, windows[i], costs[i], evaluations);
      }
      return costs;
    } finally {
      process.destroy();
      process.waitFor(20, TimeUnit.SECONDS);
    }
  }

  private String rules(String window) {
    return "groups:\n- name: windows\n  rules:\n"
        + String.join("", IntStream.range(0, RULES).mapToObj(i ->
            "  - {record: 'work:rate:%d', expr: 'sum by (job) (rate(work_total{part=\"%d\"}[%s]))'}\n".formatted(i, i, window)).toList());
  }

  private double rate(Process process) throws Exception {
    double before = cpu(process);
    settle((int) number("span"));
    return (cpu(process) - before) / number("span");
  }

  private static void settle(int seconds) throws InterruptedException {
    Thread.sleep(Duration.ofSeconds(seconds));
  }

  /* Seconds of user and system time, from /proc; a tick is 10 ms. */
  private static double cpu(Process process) throws IOException {
    String stat = Files.readString(Path.of("/proc/" + process.pid() + "/stat"));
    String[] words = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
    return (Long.parseLong(words[11]) + Long.parseLong(words[12])) / 100.0;
  }

  private static double evaluations(String url) throws Exception {
    return get(url + "/metrics").lines()
        .filter(line -> line.startsWith("prometheus_rule_evaluations_total{"))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
        .sum();
  }

  private static String get(String url) throws InterruptedException {
    try {
      var answer = CLIENT.send(HttpRequest.newBuilder(URI.create(url)).build(), BodyHandlers.ofString());
      return answer.statusCode() == 200 ? answer.body() : "";
    } catch (IOException _) { // nobody listens yet
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

  private static void call(String... command) throws Exception {
    var words = new ArrayList<>(Arrays.asList(command));
    int code = new ProcessBuilder(words).redirectOutput(ProcessBuilder.Redirect.DISCARD).redirectError(ProcessBuilder.Redirect.INHERIT).start().waitFor();
    if (code != 0) {
      throw new IOException(String.join(" ", words) + " ended with " + code);
    }
  }
}
