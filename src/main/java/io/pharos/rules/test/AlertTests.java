package io.pharos.rules.test;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.pharos.config.yaml.ConfigException;
import io.pharos.config.yaml.YamlFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Finds the unit tests of an alert, in the folder `tests` beside the file of its rule.
public final class AlertTests {
  private static final Logger LOG = LoggerFactory.getLogger(AlertTests.class);
  private static final String FOLDER = "tests";
  private static final int MAX_DEPTH = 3;

  /* A folder with more files, or a larger file, is not one of tests. */
  private static final int MAX_FILES = 500;
  private static final long MAX_BYTES = 1 << 20;

  private AlertTests() {}

  /// A test that expects something of the alert.
  ///
  /// @param line line of the first expectation
  public record Found(String file, int line, String name) {}

  /// Finds the tests. Files that cannot be read have none: `pharos test` reports them.
  ///
  /// @param ruleFile file of the rule, which the test file must name
  public static List<Found> of(String ruleFile, String alert) {
    try {
      Path rules = Path.of(ruleFile);
      Path folder = rules.resolveSibling(FOLDER);
      if (!Files.isDirectory(folder)) {
        return List.of();
      }
      try (Stream<Path> files = Files.walk(folder, MAX_DEPTH)) {
        return files
            .filter(file -> file.toString().endsWith(".yml") || file.toString().endsWith(".yaml"))
            .limit(MAX_FILES)
            .sorted()
            .filter(file -> mentions(file, alert))
            .flatMap(file -> tests(file, rules, alert))
            .toList();
      }
    } catch (IOException | UncheckedIOException | InvalidPathException e) {
      LOG.debug("The tests beside {} can't be read", ruleFile, e);
      return List.of();
    }
  }

  /* Parsing takes much longer than reading, and few files mention an alert. */
  private static boolean mentions(Path file, String alert) {
    try {
      return Files.isRegularFile(file)
          && Files.size(file) <= MAX_BYTES
          && Files.readString(file, ISO_8859_1)
              .contains(new String(alert.getBytes(UTF_8), ISO_8859_1));
    } catch (IOException e) {
      LOG.debug("{} can't be read", file, e);
      return false;
    }
  }

  private static Stream<Found> tests(Path file, Path rules, String alert) {
    try {
      TestSpec spec = TestSpecReader.read(file, YamlFile.read(file));
      boolean isOfRules =
          Stream.concat(spec.ruleFiles().stream(), spec.logRuleFiles().stream())
              .anyMatch(path -> isSame(path, rules));
      return isOfRules
          ? spec.groups().stream()
              .flatMap(
                  test ->
                      test.alerts().stream()
                          .filter(one -> one.alertName().equals(alert))
                          .limit(1)
                          .map(one -> new Found(file.toString(), one.line(), test.name())))
          : Stream.empty();
    } catch (ConfigException e) {
      LOG.debug("{} is no file of tests", file, e);
      return Stream.empty();
    }
  }

  private static boolean isSame(Path one, Path other) {
    try {
      return Files.isSameFile(one, other);
    } catch (IOException e) {
      LOG.debug("{} can't be compared with {}", one, other, e);
      return false;
    }
  }
}
