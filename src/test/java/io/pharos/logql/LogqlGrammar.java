package io.pharos.logql;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// Grafana's own grammar of LogQL, which its editor parses by: an npm package, and node that runs
/// it.
public final class LogqlGrammar {
  private static final Path FOLDER = Path.of("target/lezer-logql").toAbsolutePath();

  private LogqlGrammar() {}

  /// What it says of each query: `ok`, or `bad` and where. Skips the test where it can't be had.
  public static List<String> verdicts(List<String> queries) throws Exception {
    if (!Files.isDirectory(FOLDER.resolve("node_modules/@grafana/lezer-logql"))) {
      Files.createDirectories(FOLDER);
      Files.writeString(FOLDER.resolve("package.json"), "{\"private\":true}");
      assumeTrue(
          install(
              List.of(
                  "npm",
                  "install",
                  "--prefix=" + FOLDER,
                  "--ignore-scripts",
                  "--no-audit",
                  "--no-fund",
                  "--legacy-peer-deps",
                  "@grafana/lezer-logql@0.4.2",
                  "@lezer/common@1.5.5",
                  "@lezer/lr@1.4.12")),
          "skipped: npm is not installed, or can't reach its packages");
    }
    var lines = new ArrayList<String>();
    var json = new ObjectMapper();
    for (String query : queries) {
      lines.add(json.writeValueAsString(query));
    }
    Path input = Files.createTempFile(FOLDER, "queries", ".txt");
    try {
      Files.write(input, lines);
      Process node =
          new ProcessBuilder("node", "src/test/resources/logql/parse-logql.mjs", FOLDER.toString())
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

  private static boolean install(List<String> command) throws InterruptedException {
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      return process.waitFor(120, TimeUnit.SECONDS) && process.exitValue() == 0;
    } catch (IOException _) { // it is not installed
      return false;
    }
  }
}
