package io.pharos.promql.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/// Prometheus' own scripts, where they lie beside the project; their format is that of
/// [PromqlScript]. Evals of the classes CORE and CORE314 must pass, but for the ones that
/// `promql/known-failures.txt` names; the file must name exactly those that fail.
class ConformanceTest {
  private static final Path FOLDER =
      Path.of(System.getProperty("pharos.conformance", "../shared/conformance"), "promqltest");

  private record Row(String evalClass, String line) {}

  private static Path folder() {
    assumeTrue(Files.isDirectory(FOLDER), "no conformance scripts in " + FOLDER);
    return FOLDER;
  }

  @Test
  void givenScripts_immediateNameRemoval_failOnlyWhereKnown() throws IOException {
    run(false);
  }

  @Test
  void givenScripts_delayedNameRemoval_failOnlyWhereKnown() throws IOException {
    run(true);
  }

  private static void run(boolean delayedNameRemoval) throws IOException {
    Path folder = folder();
    Map<String, List<Row>> rows = rows(folder);
    var failures = new TreeSet<String>();
    var reasons = new ArrayList<String>();
    var counts = new LinkedHashMap<String, int[]>();
    for (var entry : rows.entrySet()) {
      PromqlScript script = PromqlScript.read(folder.resolve("given").resolve(entry.getKey()));
      var runner = new ScriptRunner(delayedNameRemoval);
      for (PromqlScript.Command command : script.commands()) {
        switch (command) {
          case PromqlScript.Clear() -> runner.clear();
          case PromqlScript.Load load -> runner.load(load);
          case PromqlScript.Eval eval -> {
            List<Row> known = entry.getValue();
            if (eval.number() >= known.size()) {
              continue;
            }
            Row row = known.get(eval.number());
            int[] count = counts.computeIfAbsent(row.evalClass(), _ -> new int[2]);
            count[0]++;
            if (isStretch(row) && !Boolean.getBoolean("pharos.promqltest.all")) {
              continue;
            }
            String failure = attempt(runner, eval);
            if (failure == null) {
              count[1]++;
            } else if (!isStretch(row) || Boolean.getBoolean("pharos.promqltest.all")) {
              String id = entry.getKey() + ":" + row.line();
              failures.add(id);
              reasons.add(row.evalClass() + " " + id + " " + eval.expression() + ": " + failure);
            }
          }
        }
      }
    }
    counts.forEach(
        (name, count) -> reasons.add(name + ": " + count[1] + " of " + count[0] + " pass"));
    if (Boolean.getBoolean("pharos.promqltest.all")) {
      byte[] report = String.join("\n", reasons).getBytes(StandardCharsets.UTF_8);
      Files.write(Path.of("target/promqltest-" + delayedNameRemoval + ".txt"), report);
      return;
    }
    assertThat(failures).as("%s", String.join("\n", reasons)).isEqualTo(knownFailures());
  }

  private static String attempt(ScriptRunner runner, PromqlScript.Eval eval) {
    try {
      return runner.run(eval);
    } catch (RuntimeException e) {
      return "broke: " + e;
    }
  }

  private static boolean isStretch(Row row) {
    return !row.evalClass().equals("CORE") && !row.evalClass().equals("CORE314");
  }

  /// The given evals of each file, in the order of the file.
  private static Map<String, List<Row>> rows(Path folder) throws IOException {
    var rows = new LinkedHashMap<String, List<Row>>();
    for (String line : Files.readAllLines(folder.resolve("evals.tsv"))) {
      String[] columns = line.split("\t");
      if (columns.length > 4 && columns[4].equals("given")) {
        rows.computeIfAbsent(columns[0], _ -> new ArrayList<>())
            .add(new Row(columns[3], columns[1]));
      }
    }
    return rows;
  }

  private static Set<String> knownFailures() throws IOException {
    var known = new TreeSet<String>();
    for (String line :
        Files.readAllLines(Path.of("src/test/resources/promql/known-failures.txt"))) {
      if (!line.isBlank() && !line.startsWith("#")) {
        known.add(line.strip());
      }
    }
    return known;
  }
}
