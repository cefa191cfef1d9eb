import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/// Runs Pharos and its peers side by side with the harness in `../shared/bench`, appends one line per figure to
/// docs/figures.tsv and draws docs/figures.svg: for each figure, Pharos divided by the peer, over the runs.
///
///     ./pharos bench all [eval|notify|start|query …]      all: about 25 minutes
public final class Figures {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String HEADER = "time\tcommit\tmachine\tfigure\tunit\tpharos\tpeer\tpeer_value\n";
  private static final int COLUMNS = 7;

  /// A benchmark of the harness.
  ///
  /// @param result name of the result files, with a placeholder for the system
  /// @param peer the system that Pharos is compared with
  private record Part(String name, String result, String peer, List<String> arguments, List<Figure> figures) {}

  /// A figure in the results of a benchmark.
  private record Figure(String name, String unit, ToDoubleFunction<JsonNode> value) {}

  /// A line of docs/figures.tsv.
  private record Line(String machine, String figure, String unit, double pharos, String peer, double peerValue) {
    String name() {
      return figure + ", " + machine;
    }
  }

  private static final List<Part> PARTS =
      List.of(
          new Part(
              "eval",
              "eval-%s-100000-1000",
              "prometheus",
              List.of("--series", "100000", "--targets", "100", "--rules", "1000", "--phase-b", "120"),
              List.of(
                  new Figure("scrape", "CPU s per million samples", r -> r.at("/A/cpu_s_per_Msample").asDouble(Double.NaN)),
                  new Figure("scrape and rules", "cores", r -> r.at("/B/cpu_cores").asDouble(Double.NaN)),
                  new Figure("rule", "CPU ms", r -> r.at("/B/cpu_ms_per_rule_eval").asDouble(Double.NaN)),
                  new Figure("resident with rules", "MB", r -> sum(r.at("/B/rss_end"), "/VmRSS") / 1e6),
                  new Figure("ready after kill", "s", r -> r.at("/restart_ready_s").asDouble(Double.NaN)))),
          new Part(
              "notify",
              "notify-%s-50000",
              "alertmanager",
              List.of("--sizes", "50000", "--reps", "3"),
              List.of(
                  new Figure("notify 50,000 alerts", "CPU s", r -> median(r.at("/runs"), "/cpu_to_done")),
                  new Figure("notify 50,000 alerts, wall", "s", r -> median(r.at("/runs"), "/t_all_alerts")))),
          new Part(
              "start",
              "start-%s",
              "prometheus",
              List.of("--reps", "7"),
              List.of(
                  new Figure("start", "s", r -> r.at("/ready_s/median").asDouble(Double.NaN)),
                  new Figure("start, CPU", "s", r -> r.at("/cpu_at_ready/median").asDouble(Double.NaN)),
                  new Figure("resident idle", "MB", r -> r.at("/rss_idle/median").asDouble(Double.NaN) / 1e6))),
          new Part(
              "query",
              "query-%s-20000",
              "victoriametrics",
              List.of("--sizes", "20000", "--reps", "15"),
              List.of(
                  new Figure("queries", "CPU ms", r -> sum(queries(r), "/cpu_ms")),
                  new Figure("queries, wall", "ms", r -> sum(queries(r), "/ms/median")))));

  /// Runs the parts with these names; all without names.
  public static void main(String[] names) throws Exception {
    Path home = Path.of(System.getProperty("pharos.home"));
    Path harness = home.resolveSibling("shared").resolve("bench");
    if (!Files.isDirectory(harness)) {
      System.err.println("bench all: found no harness, expected the folder " + harness);
      System.exit(69);
    }
    for (String name : names) {
      if (PARTS.stream().noneMatch(part -> part.name.equals(name))) {
        System.err.println("bench all: unexpected " + name + ", expected " + PARTS.stream().map(Part::name).toList());
        System.exit(64);
      }
    }
    Path ledger = home.resolve("docs/figures.tsv");
    LocalDateTime now = LocalDateTime.now(ZoneOffset.UTC).truncatedTo(ChronoUnit.SECONDS);
    Path results = home.resolve("target/bench/side/" + now.toString().replace(':', '-'));
    for (Part part : PARTS) {
      if (names.length == 0 || List.of(names).contains(part.name)) {
        run(home, harness, results, part);
        String lines = lines(part, results, now + "Z\t" + commit(home) + "\t" + machine());
        System.out.print(lines);
        if (!Files.exists(ledger)) {
          Files.writeString(ledger, HEADER);
        }
        Files.writeString(ledger, lines, StandardOpenOption.APPEND);
      }
    }
    Files.writeString(home.resolve("docs/figures.svg"), picture(Files.readAllLines(ledger)));
  }

  private static void run(Path home, Path harness, Path results, Part part) throws Exception {
    var command = new ArrayList<>(List.of("python3", harness.resolve("bench_" + part.name + ".py").toString()));
    command.addAll(List.of("--systems", part.peer + ",pharos"));
    command.addAll(part.arguments);
    var process = new ProcessBuilder(command).directory(home.toFile()).inheritIO();
    process.environment().put("BENCH_RESULTS", results.toString());
    process.environment().put("BENCH_WORK", results.resolveSibling("work").toString());
    process.environment().put("PHAROS_NO_BUILD", "1");
    process.environment().put(
        "PHAROS_CMD",
        home.resolve("pharos")
            + " serve --config.file={config} --notifications.file={amconfig} --storage.path={data}"
            + " --web.listen-address=127.0.0.1:{port}");
    int code = process.start().waitFor();
    if (code != 0) {
      throw new IOException("bench_" + part.name + ".py ended with code " + code);
    }
  }

  private static String lines(Part part, Path results, String start) throws IOException {
    JsonNode pharos = JSON.readTree(results.resolve(part.result.formatted("pharos") + ".json").toFile());
    JsonNode peer = JSON.readTree(results.resolve(part.result.formatted(part.peer) + ".json").toFile());
    var text = new StringBuilder();
    for (Figure figure : part.figures) {
      double own = figure.value.applyAsDouble(pharos);
      double other = figure.value.applyAsDouble(peer);
      if (!(own > 0 && other > 0)) {
        throw new IOException("the results of bench_" + part.name + ".py contain no figure '" + figure.name + "'");
      }
      text.append(at("%s\t%s\t%s\t%.4g\t%s\t%.4g\n", start, figure.name, figure.unit, own, part.peer, other));
    }
    return text.toString();
  }

  private static JsonNode queries(JsonNode result) {
    for (Map.Entry<String, JsonNode> field : result.properties()) {
      if (field.getKey().startsWith("q_")) {
        return field.getValue();
      }
    }
    return result.path("");
  }

  private static double sum(JsonNode parts, String pointer) {
    double sum = 0;
    for (JsonNode part : parts) {
      sum += part.at(pointer).asDouble(Double.NaN);
    }
    return sum;
  }

  private static double median(JsonNode runs, String pointer) {
    var values = new ArrayList<Double>();
    runs.forEach(run -> values.add(run.at(pointer).asDouble(Double.NaN)));
    values.sort(null);
    return values.isEmpty() ? Double.NaN : values.get(values.size() / 2);
  }

  private static String commit(Path home) throws IOException {
    Process git = new ProcessBuilder("git", "describe", "--always", "--dirty").directory(home.toFile()).start();
    return new String(git.getInputStream().readAllBytes()).strip();
  }

  private static String machine() throws IOException {
    long memory = 0;
    String processor = System.getProperty("os.arch");
    for (String line : Files.readAllLines(Path.of("/proc/meminfo"))) {
      if (line.startsWith("MemTotal:")) {
        memory = Long.parseLong(line.replaceAll("\\D", "")) >> 20;
      }
    }
    for (String line : Files.readAllLines(Path.of("/proc/cpuinfo"))) {
      if (line.startsWith("model name")) {
        processor = line.substring(line.indexOf(':') + 1).strip();
        break;
      }
    }
    return at("%s × %d, %d GiB", processor, Runtime.getRuntime().availableProcessors(), memory);
  }

  /* One row per figure and machine: its name, the ratios of all runs as a line, and the last ratio. */
  private static String picture(List<String> ledger) {
    var rows = new LinkedHashMap<String, List<Line>>();
    for (String row : ledger.subList(1, ledger.size())) {
      String[] cell = row.split("\t");
      var line =
          new Line(cell[2], cell[3], cell[4], Double.parseDouble(cell[5]), cell[6], Double.parseDouble(cell[COLUMNS]));
      rows.computeIfAbsent(line.name(), _ -> new ArrayList<>()).add(line);
    }
    var svg =
        new StringBuilder("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"900\" height=\"%d\">\n".formatted(40 + 44 * rows.size()));
    svg.append("<style>svg{background:#fff;font:12px system-ui,sans-serif;fill:#1f2328}.one{stroke:#b8450b;stroke-dasharray:3}"
        + ".line{fill:none;stroke:#0b5fb0;stroke-width:2}.dot{fill:#0b5fb0}@media(prefers-color-scheme:dark)"
        + "{svg{background:#0d1117;fill:#e6edf3}.line{stroke:#6cb6ff}.dot{fill:#6cb6ff}.one{stroke:#ff9d5c}}</style>\n");
    svg.append("<text x=\"10\" y=\"20\" font-weight=\"600\">Pharos divided by the peer, by run; dashed: equal</text>\n");
    int top = 40;
    for (List<Line> lines : rows.values()) {
      Line last = lines.getLast();
      double most = lines.stream().mapToDouble(it -> it.pharos / it.peerValue).max().orElse(1);
      double scale = 32 / Math.max(1.2, most);
      var points = new StringBuilder();
      for (int i = 0; i < lines.size(); i++) {
        double x = 420 + 300.0 * i / Math.max(1, lines.size() - 1);
        double y = top + 34 - scale * lines.get(i).pharos / lines.get(i).peerValue;
        points.append(at("%.1f,%.1f ", x, y));
        svg.append(at("<circle class=\"dot\" cx=\"%.1f\" cy=\"%.1f\" r=\"2.5\"/>\n", x, y));
      }
      svg.append(at("<text x=\"10\" y=\"%d\">%s (%s)</text>\n", top + 16, last.figure, last.unit));
      svg.append(at("<text x=\"10\" y=\"%d\" font-size=\"10\">%s</text>\n", top + 30, last.machine));
      svg.append(at("<line class=\"one\" x1=\"420\" x2=\"720\" y1=\"%1$.1f\" y2=\"%1$.1f\"/>\n", top + 34 - scale));
      svg.append("<polyline class=\"line\" points=\"").append(points).append("\"/>\n");
      svg.append(at("<text x=\"735\" y=\"%d\">%.2f × %s</text>\n", top + 20, last.pharos / last.peerValue, last.peer));
      top += 44;
    }
    return svg.append("</svg>\n").toString();
  }

  private static String at(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }
}
