package io.pharos.promql.test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.TestFactory;

/// Prometheus' own scripts, where they lie beside the project, a test for each eval, with names
/// removed at the end, as they are written for, and at once. Evals that need the former are skipped
/// in the latter.
class ConformanceTest {
  private static final Path FOLDER =
      Path.of(System.getProperty("pharos.conformance", "../shared/conformance"), "promqltest");

  /// Evals that see the label `__type__` on a result whose name goes at the end; the table of
  /// classes does not say that of them.
  private static final Set<String> TYPES_KEPT =
      Set.of("type_and_unit.test:222", "type_and_unit.test:237");

  /// An eval as the table of classes has it.
  private record Row(String id, String evalClass, String features) {
    boolean needsDelayedNames() {
      return features.contains("DNR") || TYPES_KEPT.contains(id);
    }
  }

  @TestFactory
  Stream<DynamicContainer> givenScripts() throws IOException {
    assumeTrue(Files.isDirectory(FOLDER), "no conformance scripts in " + FOLDER);
    return rows().entrySet().stream()
        .flatMap(
            file ->
                Stream.of(
                    container(file.getKey(), file.getValue(), false),
                    container(file.getKey(), file.getValue(), true)));
  }

  private static DynamicContainer container(
      String file, List<Row> rows, boolean delayedNameRemoval) {
    PromqlScript script = PromqlScript.read(FOLDER.resolve("given").resolve(file));
    assertThat(script.evals()).as(file).hasSameSizeAs(rows);
    return ScriptTests.of(
        file + (delayedNameRemoval ? " (delayed name removal)" : ""),
        script,
        ScriptRunner.upstreamOptions(delayedNameRemoval),
        (eval, failure) -> {
          Row row = rows.get(eval.number());
          assumeTrue(
              delayedNameRemoval || !row.needsDelayedNames() || failure.isEmpty(),
              "needs delayed name removal");
          assertThat(failure).as("%s %s", row.evalClass(), eval.expression()).isEmpty();
        });
  }

  /// The given evals of each file, in the order of the file.
  private static Map<String, List<Row>> rows() throws IOException {
    var rows = new LinkedHashMap<String, List<Row>>();
    for (String line : Files.readAllLines(FOLDER.resolve("evals.tsv"))) {
      String[] columns = line.split("\t");
      if (columns.length > 5 && columns[4].equals("given")) {
        rows.computeIfAbsent(columns[0], _ -> new ArrayList<>())
            .add(new Row(columns[0] + ":" + columns[1], columns[3], columns[5]));
      }
    }
    return rows;
  }
}
