package io.pharos.logql;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.pharos.NodePackages;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Grafana's grammar of LogQL, from its editor: an npm package, run by node.
public final class LogqlGrammar {
  private LogqlGrammar() {}

  /// The result for each query: `ok`, or `bad` with the place. Skips the test if it is unavailable.
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
