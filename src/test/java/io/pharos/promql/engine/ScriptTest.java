package io.pharos.promql.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicContainer.dynamicContainer;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/// Our own scripts, a test for each eval, with names removed at once and at the end.
class ScriptTest {
  private static final Path SCRIPTS = Path.of("src/test/resources/promql/scripts");

  @TestFactory
  Stream<DynamicContainer> scripts() throws IOException {
    try (Stream<Path> files = Files.list(SCRIPTS)) {
      return files.sorted().toList().stream()
          .flatMap(file -> Stream.of(container(file, false), container(file, true)));
    }
  }

  private static DynamicContainer container(Path file, boolean delayedNameRemoval) {
    PromqlScript script = PromqlScript.read(file);
    var runner = new ScriptRunner(delayedNameRemoval);
    List<DynamicTest> tests = new ArrayList<>();
    var before = new ArrayList<PromqlScript.Command>();
    for (PromqlScript.Command command : script.commands()) {
      switch (command) {
        case PromqlScript.Clear clear -> before.add(clear);
        case PromqlScript.Load load -> before.add(load);
        case PromqlScript.Eval eval -> {
          List<PromqlScript.Command> pending = List.copyOf(before);
          before.clear();
          tests.add(
              dynamicTest(
                  eval.line() + ": " + eval.expression(),
                  () -> {
                    pending.forEach(one -> prepare(runner, one));
                    assertThat(runner.run(eval)).isNull();
                  }));
        }
      }
    }
    String names = delayedNameRemoval ? " (delayed name removal)" : "";
    return dynamicContainer(script.name() + names, tests);
  }

  private static void prepare(ScriptRunner runner, PromqlScript.Command command) {
    switch (command) {
      case PromqlScript.Clear() -> runner.clear();
      case PromqlScript.Load load -> runner.load(load);
      case PromqlScript.Eval eval -> throw new IllegalArgumentException(eval.expression());
    }
  }
}
