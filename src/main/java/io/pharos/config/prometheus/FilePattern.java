package io.pharos.config.prometheus;

import io.pharos.config.files.OutsideFiles;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/// Paths with `*` in their last element, as in `rule_files` and `file_sd_configs`.
public final class FilePattern {
  private FilePattern() {}

  /// Returns whether `*` occurs in the last path element only.
  static boolean isValid(String pattern) {
    int star = pattern.indexOf('*');
    return star < 0 || pattern.indexOf('/', star) < 0;
  }

  /// Returns the matching files, sorted. A path without `*` is returned even if it does not exist.
  /// A missing directory contains no files.
  ///
  /// @throws IOException when the directory can't be listed
  public static List<Path> expand(String pattern) throws IOException {
    Path path = Path.of(pattern);
    Path name = path.getFileName();
    if (pattern.indexOf('*') < 0 || name == null) {
      return List.of(path);
    }
    Path parent = path.getParent();
    Path directory = parent == null ? Path.of("") : parent;
    try {
      return OutsideFiles.ask(directory, folder -> list(folder, glob(name.toString())));
    } catch (NoSuchFileException | NotDirectoryException _) {
      return List.of();
    }
  }

  private static List<Path> list(Path folder, String glob) throws IOException {
    var files = new ArrayList<Path>();
    try (DirectoryStream<Path> stream = Files.newDirectoryStream(folder, glob)) {
      stream.forEach(files::add);
    }
    Collections.sort(files);
    return List.copyOf(files);
  }

  /// Escapes the characters that are special in the JDK's globs, except `*` and `?`.
  private static String glob(String name) {
    return name.replaceAll("([\\\\{}\\[\\]])", "\\\\$1");
  }
}
