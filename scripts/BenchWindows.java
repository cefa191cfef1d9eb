import com.sun.net.httpserver.HttpServer;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Measures the CPU of a rule evaluation for several windows, in Debian's Prometheus and then in Pharos. Both have the same
/// history: blocks of `promtool tsdb create-blocks-from openmetrics`, which Prometheus opens and `pharos tsdb import`
/// imports. Both then scrape the same hundred series every five seconds, and evaluate rules at the same interval.
///
/// A rule is `sum by (job) (rate(work_total{part="…"}[window]))` over five series. There are 20 to 2,000 rules, so that
/// they use some tenths of a processor; their windows differ by some seconds, so that no two rules are equal.
///
///     ./pharos bench windows [--windows=5m,1h,6h,3d] [--span=30]
///
/// Prints a table, and writes its rows to docs/performance.tsv.
public final class BenchWindows {
  private static final int SERIES = 100;
  private static final int PARTS = 20;
  private static final int MAX_VARIANTS = 100;

  /// Number of samples that Prometheus reads in one interval, within some tenths of a second.
  private static final double SAMPLES_PER_INTERVAL = 30e6;

  public static void main(String[] words) throws Exception {
    var defaults = new LinkedHashMap<String, String>();
    defaults.put("windows", "5m,1h,6h,3d");
    defaults.put("span", "30");
    Map<String, String> options = RuleCost.options("windows", defaults, words);
    run(RuleCost.folder("windows"), Integer.parseInt(options.get("span")), options.get("windows").split(","));
    System.exit(0); // the target's threads would keep the process alive
  }

  private static void run(Path folder, int span, String[] windows) throws Exception {
    HttpServer target = RuleCost.target(SERIES, 1, PARTS);
    long longest = Arrays.stream(windows).mapToLong(BenchWindows::seconds).max().orElseThrow();
    Path history = history(folder, longest + 3600);
    System.err.println("making blocks of " + (longest / 3600 + 1) + " hours");
    RuleCost.call("promtool", "tsdb", "create-blocks-from", "--max-block-duration=24h", "openmetrics", "--quiet", history.toString(), folder.resolve("blocks").toString());
    Files.delete(history);
    RuleCost.call(RuleCost.HOME.resolve("pharos").toString(), "tsdb", "import", folder.resolve("blocks").toString(), "--storage.path=" + folder.resolve("pharos"));
    var costs = new LinkedHashMap<String, Map<String, RuleCost.Cost>>();
    for (String system : List.of("prometheus", "pharos")) {
      Path storage = folder.resolve(system.equals("pharos") ? "pharos" : "blocks");
      var byWindow = new LinkedHashMap<String, RuleCost.Cost>();
      try (RuleCost running = RuleCost.start(system, folder, storage, target, 1, span)) {
        for (String window : windows) {
          List<String> rules = rules(window, system.equals("pharos") ? MAX_VARIANTS : variants(window));
          running.rules(rules, byWindow.isEmpty());
          byWindow.put(window, running.measure(rules.size(), span));
          RuleCost.print(system, "[" + window + "]", byWindow.get(window));
        }
      }
      costs.put(system, byWindow);
    }
    RuleCost.report("window", costs);
  }

  private static long seconds(String window) {
    long number = Long.parseLong(window.substring(0, window.length() - 1));
    return number * switch (window.charAt(window.length() - 1)) {
      case 's' -> 1;
      case 'm' -> 60;
      case 'h' -> 3_600;
      default -> 86_400;
    };
  }

  private static int variants(String window) {
    double samplesPerRule = (double) SERIES * seconds(window) / RuleCost.STEP;
    return (int) Math.clamp(SAMPLES_PER_INTERVAL / samplesPerRule, 1, MAX_VARIANTS);
  }

  private static List<String> rules(String window, int variants) {
    var rules = new ArrayList<String>();
    for (int i = 0; i < PARTS * variants; i++) {
      rules.add("sum by (job) (rate(work_total{part=\"%d\"}[%ds]))".formatted(i % PARTS, seconds(window) + i / PARTS));
    }
    return rules;
  }

  private static Path history(Path folder, long seconds) throws IOException {
    Path file = folder.resolve("history.om");
    long step = Duration.ofSeconds(RuleCost.STEP).toMillis();
    long end = System.currentTimeMillis() / step * step;
    long begin = end - seconds * 1000;
    try (BufferedWriter out = Files.newBufferedWriter(file)) {
      out.write("# TYPE work counter\n");
      for (int i = 0; i < SERIES; i++) {
        String labels = RuleCost.line(i, PARTS).replace(",part", ",job=\"work\",part") + " ";
        for (long at = begin; at <= end; at += step) {
          out.write(labels + RuleCost.value(i, at) + " " + at / 1000 + "\n");
        }
      }
      out.write("# EOF\n");
    }
    return file;
  }
}
