package io.pharos.lint;

import io.pharos.config.files.OutsideFiles;
import io.pharos.config.yaml.ConfigException;
import io.pharos.model.PlainReason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/// Lists the folders of versioned files.
public final class VersionedFolders {
  private VersionedFolders() {}

  /// Returns the regular files of a folder with one of these suffixes, sorted; an empty list if the
  /// folder is missing.
  ///
  /// @throws ConfigException if the folder can't be listed
  public static List<Path> files(Path folder, String... suffixes) {
    if (folder.toString().isEmpty() || !Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(folder)) {
      return Stream.concat(files.filter(Files::isRegularFile), OutsideFiles.draftIn(folder))
          .filter(file -> Stream.of(suffixes).anyMatch(file.toString()::endsWith))
          .distinct()
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new ConfigException(folder.toString(), 0, 0, "can't be listed: " + PlainReason.of(e));
    }
  }

  /// Returns the names of a folder's files that end in a suffix, without the suffix.
  public static List<String> names(Path folder, String suffix) {
    return files(folder, suffix).stream()
        .map(file -> file.getFileName().toString())
        .map(name -> name.substring(0, name.length() - suffix.length()))
        .toList();
  }

  /// Returns the absolute, normalized form of a path.
  public static Path plain(Path path) {
    return path.toAbsolutePath().normalize();
  }
}
