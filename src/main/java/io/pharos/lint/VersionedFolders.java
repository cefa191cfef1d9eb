package io.pharos.lint;

import io.pharos.config.yaml.ConfigException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/// What stands in the folders of versioned files.
public final class VersionedFolders {
  private VersionedFolders() {}

  /// The regular files of a folder whose names end in one of these, sorted; none where there is no
  /// such folder.
  ///
  /// @throws ConfigException when it can't be listed
  public static List<Path> files(Path folder, String... suffixes) {
    if (folder.toString().isEmpty() || !Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .filter(file -> Stream.of(suffixes).anyMatch(file.toString()::endsWith))
          .filter(Files::isRegularFile)
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new ConfigException(folder.toString(), 0, 0, "can't be listed: " + e);
    }
  }

  /// The names of such files without their suffix.
  static List<String> names(Path folder, String suffix) {
    return files(folder, suffix).stream()
        .map(file -> file.getFileName().toString())
        .map(name -> name.substring(0, name.length() - suffix.length()))
        .toList();
  }

  /// A path that compares with others.
  static Path plain(Path path) {
    return path.toAbsolutePath().normalize();
  }
}
