package io.pharos;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// Holds to its promise what `./pharos verify --quick` leaves out: the tags `peer`, for tests that
/// ask another program, and `slow`, for those that start the whole of Pharos or take minutes.
class TagsTest {
  private static final Path TESTS = Path.of("src", "test", "java");

  /// What only such tests have to do with.
  private static final List<String> PEERS =
      List.of("\"/usr/bin/", "new TestingPostgres", "TestingPostgres.", "EngineProcess process");

  private static final List<String> SLOW = List.of("@QuarkusTest", "ServiceProcess.");

  @Test
  void testsThatAskOtherPrograms_areTagged() throws IOException {
    assertThat(untagged(PEERS, List.of("@Tag(\"peer\")"))).isEmpty();
  }

  @Test
  void testsThatStartAllOfPharos_areTagged() throws IOException {
    assertThat(untagged(SLOW, List.of("@Tag(\"slow\")", "@Tag(\"peer\")"))).isEmpty();
  }

  /// A suite that `./pharos verify` leaves out runs by `.ci/suites` when its files change.
  @Test
  void testsOfTheNight_areSuitesWithTheirFiles() throws IOException {
    List<String> suites =
        Files.readAllLines(Path.of(".ci", "suites.tsv")).stream()
            .filter(line -> !line.startsWith("#"))
            .map(line -> line.split("\t")[1].replaceAll("#.*", ""))
            .sorted()
            .toList();
    try (Stream<Path> files = Files.walk(TESTS)) {
      assertThat(
              files
                  .filter(file -> file.toString().endsWith(".java"))
                  .filter(file -> !file.endsWith("TagsTest.java"))
                  .filter(file -> has(file, List.of("@Tag(\"nightly\")")))
                  .map(file -> file.getFileName().toString().replace(".java", ""))
                  .sorted())
          .isEqualTo(suites);
    }
  }

  /// Two that begin at a time, in two processes, spoil each other's index of the test classes.
  @Test
  void testsOfQuarkus_runOneAfterTheOther() throws IOException {
    String pom = Files.readString(Path.of("pom.xml"));
    try (Stream<Path> files = Files.walk(TESTS)) {
      assertThat(files.filter(file -> file.toString().endsWith("Test.java")))
          .filteredOn(file -> !file.endsWith("TagsTest.java") && has(file, List.of("@QuarkusTest")))
          .isNotEmpty()
          .allSatisfy(
              file ->
                  assertThat(pom)
                      .contains(
                          "<exclude>**/%s</exclude>".formatted(file.getFileName()),
                          "<include>**/%s</include>".formatted(file.getFileName())));
    }
  }

  private static List<Path> untagged(List<String> marks, List<String> tags) throws IOException {
    try (Stream<Path> files = Files.walk(TESTS)) {
      return files
          .filter(file -> file.toString().endsWith("Test.java"))
          .filter(file -> !file.endsWith("TagsTest.java"))
          .filter(file -> has(file, marks) && !has(file, tags) && !inherits(file))
          .toList();
    }
  }

  /// Whether the tests stand in a contract, which has the tag.
  private static boolean inherits(Path file) {
    return has(file, List.of(" extends RemoteEngineContract"));
  }

  private static boolean has(Path file, List<String> marks) {
    try {
      String text = Files.readString(file);
      return marks.stream().anyMatch(text::contains);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
