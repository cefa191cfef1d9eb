package io.pharos.scripts;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// `.ci/part`, `.ci/suites` and `.ci/coverage`, in a copy of the files that they read.
class CiScriptsTest {
  @TempDir Path folder;

  private record Ended(int code, String output) {}

  @BeforeEach
  void copy() throws IOException {
    Files.createDirectories(folder.resolve(".ci"));
    for (String script : List.of("part", "coverage", "suites")) {
      Files.copy(Path.of(".ci", script), folder.resolve(".ci").resolve(script));
      assertThat(folder.resolve(".ci").resolve(script).toFile().setExecutable(true)).isTrue();
    }
  }

  @ParameterizedTest
  @CsvSource({"unit, Test.java", "it, IT.java"})
  void parts_together_areEachTestOnce(String kind, String ending) throws Exception {
    Path tests = folder.resolve("src/test/java/io/pharos");
    for (String room : List.of("a", "b/c", "d")) {
      Files.createDirectories(tests.resolve(room));
      for (int i = 0; i < 7; i++) {
        Files.createFile(tests.resolve(room).resolve("X" + i + "Test.java"));
        Files.createFile(tests.resolve(room).resolve("X" + i + "IT.java"));
        Files.createFile(tests.resolve(room).resolve("X" + i + "Contract.java"));
      }
    }
    Path benchmarks = Files.createDirectories(folder.resolve("src/jmh/java/io/pharos/e"));
    Files.createFile(benchmarks.resolve("Y" + ending));
    var listed = new ArrayList<String>();
    for (int part = 1; part <= 4; part++) {
      Ended ended = run("part", "list", kind, part + "/4");
      assertThat(ended.code()).isZero();
      assertThat(ended.output().lines()).hasSizeBetween(5, 6);
      ended.output().lines().forEach(listed::add);
    }
    assertThat(listed.remove("io/pharos/e/Y" + ending)).isTrue();
    try (Stream<Path> files = Files.walk(folder.resolve("src/test/java"))) {
      assertThat(listed)
          .containsExactlyInAnyOrderElementsOf(
              files
                  .filter(file -> file.toString().endsWith(ending))
                  .map(file -> folder.resolve("src/test/java").relativize(file).toString())
                  .toList());
    }
  }

  @Test
  void parts_byTheirTimes_takeAboutTheSame() throws Exception {
    Path tests = Files.createDirectories(folder.resolve("src/test/java/io/pharos/a"));
    var timings = new StringBuilder();
    for (int i = 1; i <= 8; i++) {
      Files.createFile(tests.resolve("X" + i + "Test.java"));
      timings.append("io.pharos.a.X").append(i).append("Test\t").append(i * 10).append(".0\n");
    }
    Files.writeString(folder.resolve(".ci/timings.tsv"), timings);
    assertThat(run("part", "time", "unit", "1/3").output()).isEqualTo("130\n");
    assertThat(run("part", "time", "unit", "2/3").output()).isEqualTo("120\n");
    assertThat(run("part", "time", "unit", "3/3").output()).isEqualTo("110\n");
    assertThat(run("part", "list", "unit", "1/3").output())
        .isEqualTo("io/pharos/a/X8Test.java\nio/pharos/a/X3Test.java\nio/pharos/a/X2Test.java\n");
  }

  @Test
  void suites_whoseFilesChanged_areListed() throws Exception {
    Files.writeString(
        folder.resolve(".ci/suites.tsv"),
        """
        # kind\tsuite\tfiles
        it\tRolloutIT\tsrc/main/rollout/* scripts/*
        it\tOtherIT#one\tsrc/main/other/*
        unit\tThirdTest\tdeploy/*
        """);
    git("init", "-q");
    String first = commit("README.md", "a");
    String second = commit("src/main/rollout/deep/Rollout.java", "b");
    String third = commit("src/test/java/io/pharos/OtherIT.java", "c");
    assertThat(run("suites", "list", second).output()).isEqualTo("it\tOtherIT#one\n");
    assertThat(run("suites", "list", first).output()).isEqualTo("it\tRolloutIT\nit\tOtherIT#one\n");
    assertThat(run("suites", "list", third).output()).isEmpty();
    assertThat(run("suites", "list", "0123456789").output().lines()).hasSize(3);
    assertThat(run("suites", "other").code()).isEqualTo(4);
  }

  private String commit(String file, String text) throws Exception {
    Path path = folder.resolve(file);
    Files.createDirectories(path.getParent());
    Files.writeString(path, text);
    git("add", "-A");
    git("-c", "user.name=t", "-c", "user.email=t@example.org", "commit", "-qm", text);
    return git("rev-parse", "HEAD").strip();
  }

  private String git(String... words) throws Exception {
    var command = new ArrayList<>(List.of("git", "-C", folder.toString()));
    command.addAll(List.of(words));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
    return output;
  }

  @ParameterizedTest
  @CsvSource({"unit, 0/4", "unit, 5/4", "unit, 2", "other, 1/4"})
  void part_thatDoesNotExist_isRefused(String kind, String part) throws Exception {
    Ended ended = run("part", kind, part);
    assertThat(ended.code()).isEqualTo(4);
    assertThat(ended.output()).contains("expected");
  }

  @Test
  void part_withoutABuild_isRefused() throws Exception {
    Files.createDirectories(folder.resolve("src/test/java"));
    assertThat(run("part", "unit", "1/4"))
        .isEqualTo(
            new Ended(4, "part: nothing is built, expected mvn package -DskipTests before\n"));
  }

  /* 80 of 100 lines and 30 of 40 branches in two classes. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "80.00 | 75.00 | 0 |",
        "80.29 | 75.00 | 0 |",
        "80.31 | 75.00 | 1 | lines are covered less than before",
        "80.00 | 75.31 | 1 | branches are covered less than before",
        "79.00 | 75.00 | 0 | more than the mark"
      })
  void coverage_belowItsMark_fails(String lines, String branches, int code, String word)
      throws Exception {
    report();
    Files.writeString(
        folder.resolve(".ci/coverage.tsv"), "lines\t%s\nbranches\t%s\n".formatted(lines, branches));
    Ended ended = run("coverage");
    assertThat(ended.code()).as(ended.output()).isEqualTo(code);
    assertThat(ended.output())
        .contains("lines 80.00 %, mark " + lines)
        .contains(word == null ? "" : word);
  }

  @Test
  void coverage_withoutAMarkOrAReport_fails() throws Exception {
    assertThat(run("coverage").code()).isEqualTo(4);
    report();
    Ended unmarked = run("coverage");
    assertThat(unmarked.code()).isEqualTo(1);
    assertThat(unmarked.output()).contains(".ci/coverage.tsv has no mark of lines");
    Files.createDirectories(folder.resolve("docs"));
    assertThat(run("coverage", "--write").code()).isZero();
    assertThat(run("coverage").code()).isZero();
    assertThat(Files.readString(folder.resolve("docs/coverage.svg"))).contains(">80 %<");
  }

  @Test
  void badgeOfTheReadme_showsTheMark() throws Exception {
    Files.copy(Path.of(".ci/coverage.tsv"), folder.resolve(".ci/coverage.tsv"));
    assertThat(run("coverage", "--badge").output())
        .as("run .ci/coverage --badge >docs/coverage.svg")
        .isEqualTo(Files.readString(Path.of("docs/coverage.svg")));
    assertThat(Files.readString(Path.of("README.md"))).contains("(docs/coverage.svg)");
  }

  private void report() throws IOException {
    Files.createDirectories(folder.resolve("target/site/jacoco"));
    Files.writeString(
        folder.resolve("target/site/jacoco/jacoco.csv"),
        """
        GROUP,PACKAGE,CLASS,INSTRUCTION_MISSED,INSTRUCTION_COVERED,BRANCH_MISSED,BRANCH_COVERED,LINE_MISSED,LINE_COVERED
        Pharos,io.pharos,A,1,2,10,10,20,30
        Pharos,io.pharos,B,1,2,0,20,0,50
        """);
  }

  private Ended run(String script, String... words) throws Exception {
    var command = new ArrayList<>(List.of(folder.resolve(".ci").resolve(script).toString()));
    command.addAll(List.of(words));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), UTF_8);
    return new Ended(process.waitFor(), output);
  }
}
