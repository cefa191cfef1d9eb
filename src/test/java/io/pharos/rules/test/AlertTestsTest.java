package io.pharos.rules.test;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AlertTestsTest {
  private static final String TESTS =
      """
      rule_files: [../%s]
      tests:
        - name: it fires
          alert_rule_test:
            - {eval_time: 1m, alertname: Other}
            - {eval_time: 1m, alertname: Down}
            - {eval_time: 2m, alertname: Down}
        - name: nothing
          alert_rule_test:
            - {eval_time: 1m, alertname: Other}
      """;

  @TempDir Path folder;
  private Path rules;

  @BeforeEach
  void begin() throws IOException {
    rules = folder.resolve("a.yml");
    Files.writeString(rules, "groups: []\n");
    Files.writeString(folder.resolve("b.yml"), "groups: []\n");
    Files.createDirectories(folder.resolve("tests"));
  }

  private Path test(String name, String text) throws IOException {
    return Files.writeString(folder.resolve("tests").resolve(name), text);
  }

  @Test
  void tests_ofAnAlert_haveTheirNameAndTheLineOfTheFirstExpectation() throws IOException {
    Path file = test("a_test.yml", TESTS.formatted("a.yml"));

    assertThat(AlertTests.of(rules.toString(), "Down"))
        .containsExactly(new AlertTests.Found(file.toString(), 6, "it fires"));
  }

  @Test
  void tests_ofOtherRules_areNotThoseOfTheAlert() throws IOException {
    test("b_test.yml", TESTS.formatted("b.yml"));

    assertThat(AlertTests.of(rules.toString(), "Down")).isEmpty();
  }

  @Test
  void tests_brokenFile_isLeftOut() throws IOException {
    test("broken.yml", "Down: [\n");
    Path file = test("z_test.yml", TESTS.formatted("a.yml"));

    assertThat(AlertTests.of(rules.toString(), "Down"))
        .extracting(AlertTests.Found::file)
        .containsExactly(file.toString());
  }

  @Test
  void tests_noFolder_areNone() {
    assertThat(AlertTests.of("/nowhere/a.yml", "Down")).isEmpty();
    assertThat(AlertTests.of("\0", "Down")).isEmpty();
  }
}
