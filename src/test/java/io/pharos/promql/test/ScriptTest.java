package io.pharos.promql.test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicContainer;
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
    return ScriptTests.of(
        file.getFileName() + (delayedNameRemoval ? " (delayed name removal)" : ""),
        PromqlScript.read(file),
        ScriptRunner.upstreamOptions(delayedNameRemoval),
        ScriptTests::passes);
  }
}
