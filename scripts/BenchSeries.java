import com.sun.net.httpserver.HttpServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// What an evaluation of a rule costs by the number of series, in Pharos and in Debian's Prometheus, one after the other:
/// twenty targets that are scraped every five seconds, and rules that are evaluated as often.
///
/// A rule is `sum by (job) (rate(work_total{part="…"}[1m]))` over a thousandth of all series; a thousand of them read them
/// all. Where series are few there are more rules, with windows some seconds longer, so that no two ask for the same.
///
///     ./pharos bench series [--series=10000,100000,500000] [--span=30]
///
/// Prints a table, and writes its rows to docs/performance.tsv.
public final class BenchSeries {
  private static final int TARGETS = 20;
  private static final int PARTS = 1_000;
  private static final int MOST_VARIANTS = 5;

  /// Series that rules read in a round.
  private static final int READ_IN_A_ROUND = 1_000_000;

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
        Path folder = Files.createTempDirectory("bench-series");
        try (RuleCost running = RuleCost.start(system, folder, folder.resolve("data"), target, TARGETS, span)) {
          List<String> rules = rules(Math.clamp(READ_IN_A_ROUND / series, 1, MOST_VARIANTS));
          running.rules(rules, true);
          costs.get(system).put(text, running.measure(rules.size(), span));
          RuleCost.tell(system, text + " series", costs.get(system).get(text));
        } finally {
          RuleCost.delete(folder);
        }
      }
      target.stop(0);
    }
    RuleCost.report("series", costs);
    System.exit(0);
  }

  private static List<String> rules(int variants) {
    var rules = new ArrayList<String>();
    for (int i = 0; i < PARTS * variants; i++) {
      rules.add("sum by (job) (rate(work_total{part=\"%d\"}[%ds]))".formatted(i % PARTS, 60 + i / PARTS));
    }
    return rules;
  }
}
