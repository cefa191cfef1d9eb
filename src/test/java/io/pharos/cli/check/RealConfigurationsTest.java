package io.pharos.cli.check;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.config.yaml.YamlFile;
import io.pharos.config.yaml.YamlMap;
import io.pharos.lint.rule.ParsedFileCache;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Configurations in the shapes of well-known ones: `check` finds nothing to warn of in them.
class RealConfigurationsTest {
  private static final Path FILES = Path.of("src/test/resources/check/configurations");

  @TempDir Path folder;

  static List<Path> configurations() throws IOException {
    try (Stream<Path> files = Files.list(FILES)) {
      return files.sorted().toList();
    }
  }

  @Test
  void configurations_areTwenty() throws IOException {
    assertThat(configurations()).hasSize(20);
  }

  @ParameterizedTest
  @MethodSource("configurations")
  void configuration_hasNoWarning(Path configuration) throws IOException {
    YamlMap files = YamlFile.read(configuration);
    for (String name : files.keys()) {
      Path file = folder.resolve(name);
      Files.createDirectories(file.getParent());
      Files.writeString(file, files.require(name).asString());
    }
    String[] flags =
        files.has("notifications/alertmanager.yml")
            ? new String[0]
            : new String[] {"--notifications.file="};
    assertThat(new CheckedTree(folder, new ParsedFileCache()).check(flags))
        .filteredOn(line -> !line.contains(": info ["))
        .isEmpty();
  }
}
