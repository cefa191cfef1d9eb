package io.pharos;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// Phrases that make a reader read a sentence twice, in code, pages, scripts and documents. The
/// list grows when a review finds another one.
class PlainEnglishTest {
  private static final List<Path> ROOTS =
      Stream.of(
              "README.md",
              "CHANGELOG.md",
              "AGENTS.md",
              "pharos",
              ".ci",
              "alert-rules",
              "deploy",
              "docs",
              "gates",
              "notifications",
              "probes",
              "prometheus",
              "scripts",
              "src/main")
          .map(Path::of)
          .toList();

  /// Shipped migrations never change: their checksums are stored in databases.
  private static final Path MIGRATIONS = Path.of("src/main/resources/db");

  private static final Pattern TEXT =
      Pattern.compile(".*\\.(java|md|yml|html|css|js|sh|tsv|txt|properties)|[^.]+");

  private static final Pattern RIDDLE =
      Pattern.compile(
          "\\b(whoever|whomever|(nobody|somebody|he|one) who|(?<!none )of which|that which"
              + "|(is|are|be) told of|what there is|(gives|says) how many|where there is none"
              + "|comes? to stand|as it stands|stands? (in|behind|beside)"
              + "|(is|are) to be had|off the hands|on its way)\\b",
          Pattern.CASE_INSENSITIVE);

  @Test
  void sentences_haveNoRiddles() throws IOException {
    var found = new ArrayList<String>();
    for (Path root : ROOTS) {
      try (Stream<Path> files = Files.walk(root)) {
        for (Path file : files.filter(PlainEnglishTest::isText).sorted().toList()) {
          check(file, found);
        }
      }
    }
    assertThat(found).isEmpty();
  }

  private static boolean isText(Path file) {
    return Files.isRegularFile(file)
        && !file.startsWith(MIGRATIONS)
        && TEXT.matcher(file.getFileName().toString()).matches();
  }

  private static void check(Path file, List<String> found) throws IOException {
    int number = 0;
    for (String line : Files.readAllLines(file)) {
      number++;
      if (RIDDLE.matcher(line).find()) {
        found.add(file + ":" + number + ": " + line.strip());
      }
    }
  }
}
