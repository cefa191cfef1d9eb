package io.pharos.cli.check;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The files that docs/recipes.md shows: each YAML block begins with its file's name.
class RecipesTest {
  private static final Pattern FILE =
      Pattern.compile("```yaml\n# (\\S+)\n(.*?)```", Pattern.DOTALL);

  @TempDir Path folder;

  private final ByteArrayOutputStream output = new ByteArrayOutputStream();
  private final PrintStream stream = new PrintStream(output, true, UTF_8);

  @Test
  void files_together_passCheckWithoutFindings() throws IOException {
    var names = FILE.matcher(Files.readString(Path.of("docs/recipes.md"))).results().toList();
    assertThat(names).hasSize(5);
    for (var file : names) {
      write(file.group(1), file.group(2));
    }
    write("notifications/slack", "https://hooks.example.org/services/T/B/x\n");
    write(
        "prometheus/prometheus.yml",
        """
        rule_files: [../alert-rules/*.yml]
        scrape_configs: [{job_name: shop, static_configs: [{targets: ['10.0.0.7:8080']}]}]
        """);
    assertThat(new CheckCommand(Map.of(), stream, stream).run(List.of(folder.toString())))
        .as(output.toString(UTF_8))
        .isZero();
    assertThat(output.toString(UTF_8)).contains(" 0 problems").doesNotContain("finding");
  }

  @Test
  void test_ofTheFirstAlert_passes() throws IOException {
    for (var file : FILE.matcher(Files.readString(Path.of("docs/recipes.md"))).results().toList()) {
      write(file.group(1), file.group(2));
    }
    String test = folder.resolve("alert-rules/tests/queue_test.yml").toString();
    assertThat(new TestCommand(Map.of(), stream, stream).run(List.of(test)))
        .as(output.toString(UTF_8))
        .isZero();
  }

  private void write(String name, String text) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }
}
