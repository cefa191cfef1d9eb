import com.sun.net.httpserver.HttpServer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Measures the CPU of a rule evaluation for several numbers of series, in Debian's Prometheus and then in Pharos. Twenty
/// targets are scraped every five seconds, and rules are evaluated at the same interval.
///
/// A rule is `sum by (job) (rate(work_total{part="…"}[1m]))` over a thousandth of all series, so a thousand rules read all
/// series. With few series there are more rules, whose windows are some seconds longer, so that no two rules are equal.
///
///     ./pharos bench series [--series=10000,100000,500000] [--span=30]
///
/// Prints a table, and writes its rows to docs/performance.tsv.
public final class BenchSeries {
  private static final int TARGETS = 20;
  private static final int PARTS = 1_000;
  private static final int MAX_VARIANTS = 5;

  /// Number of series that the rules of one interval read together.
  private static final int SERIES_PER_INTERVAL = 1_000_000;

  public static void main(String[] words) throws Exception {
    var defaults = new LinkedHashMap<String, String>();
    defaults.put("series", "10000,100000,500000");
    defaults.put("span", "30");
    Map<String, String> options = RuleCost.options("series", defaults, words);
    int span = Integer.parseInt(options.get("span"));
    var costs = new LinkedHashMap<String, Map<String, RuleCost.Cost>>();
    costs.put("prometheus", new LinkedHashMap<>());
    costs.put("pharos", new LinkedHashMap<>());
    for (String text : options.get("series").split(",")) {
      int series = Integer.parseInt(text);
      HttpServer target = RuleCost.target(series, TARGETS, PARTS);
      for (String system : costs.keySet()) {
        Path folder = RuleCost.folder("series");
        try (RuleCost running = RuleCost.start(system, folder, folder.resolve("data"), target, TARGETS, span)) {
          List<String> rules = rules(Math.clamp(SERIES_PER_INTERVAL / series, 1, MAX_VARIANTS));
          running.rules(rules, true);
          costs.get(system).put(text, running.measure(rules.size(), span));
          RuleCost.print(system, text + " series", costs.get(system).get(text));
        } finally {
          RuleCost.delete(folder);
        }
      }
      target.stop(0);
    }
    RuleCost.report("series", costs);
    System.exit(0); // the targets' threads would keep the process alive
  }

  private static List<String> rules(int variants) {
    var rules = new ArrayList<String>();
    for (int i = 0; i < PARTS * variants; i++) {
      rules.add("sum by (job) (rate(work_total{part=\"%d\"}[%ds]))".formatted(i % PARTS, 60 + i / PARTS));
    }
    return rules;
  }
}
