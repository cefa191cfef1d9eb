package io.pharos.logql;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.pharos.NodePackages;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Grafana's own grammar of LogQL, which its editor parses by: an npm package, and node that runs
/// it.
public final class LogqlGrammar {
  private LogqlGrammar() {}

  /// What it says of each query: `ok`, or `bad` and where. Skips the test where it can't be had.
  public static List<String> verdicts(List<String> queries) throws Exception {
    Path tools =
        NodePackages.in(
            "lezer-logql", "@grafana/lezer-logql@0.4.2", "@lezer/common@1.5.5", "@lezer/lr@1.4.12");
    var lines = new ArrayList<String>();
    var json = new ObjectMapper();
    for (String query : queries) {
      lines.add(json.writeValueAsString(query));
    }
    Path input = Files.createTempFile(tools, "queries", ".txt");
    try {
      Files.write(input, lines);
      Process node =
          new ProcessBuilder("node", "src/test/resources/logql/parse-logql.mjs", tools.toString())
              .redirectInput(input.toFile())
              .redirectErrorStream(true)
              .start();
      List<String> verdicts = new String(node.getInputStream().readAllBytes()).lines().toList();
      if (node.waitFor() != 0 || verdicts.size() != queries.size()) {
        throw new IllegalStateException(String.join("\n", verdicts));
      }
      return verdicts;
    } finally {
      Files.delete(input);
    }
  }
}
