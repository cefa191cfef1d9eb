package io.pharos.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.cli.command.UsageException;
import io.pharos.cli.serve.ServeOptions;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// The mistakes of mistakes.txt whose answer needs no running service.
class MistakesTest {
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  @TempDir Path folder;

  static List<Mistake> mistakes() throws IOException {
    return Mistake.all().stream()
        .filter(it -> !it.line().startsWith("serve ") || it.code() == 64)
        .toList();
  }

  @ParameterizedTest
  @MethodSource("mistakes")
  void mistake_isAnsweredInTwoPlainLines(Mistake mistake) {
    Map<String, String> values = Map.of("folder", folder.toString(), "closed", "1");
    mistake.check(run(mistake.words(values)), err.toString(UTF_8), values);
  }

  private int run(List<String> words) {
    var errors = new PrintStream(err, true, UTF_8);
    List<String> rest = words.subList(1, words.size());
    if (!words.getFirst().equals("serve")) {
      return new Commands(
              Map.of(), new PrintStream(PrintStream.nullOutputStream(), true, UTF_8), errors)
          .run(words.getFirst(), rest);
    }
    try {
      ServeOptions.parse(rest, Map.of(), false);
      return 0;
    } catch (UsageException e) {
      return Commands.refused("serve", e, errors);
    }
  }

  @Test
  void list_hasTwentyMistakes() throws IOException {
    assertThat(Mistake.all()).hasSizeGreaterThanOrEqualTo(20);
  }
}
