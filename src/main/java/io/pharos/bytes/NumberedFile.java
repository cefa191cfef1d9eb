package io.pharos.bytes;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Pattern;

/// A file named by a number of at least eight digits and a suffix that identifies its type.
public record NumberedFile(long number, Path path) {
  /// Returns the file with a number in a directory; it need not exist.
  public static NumberedFile of(Path directory, long number, String suffix) {
    return new NumberedFile(number, directory.resolve("%08d%s".formatted(number, suffix)));
  }

  /// Lists the files with a suffix by their numbers. Files with other names are ignored.
  public static List<NumberedFile> list(Path directory, String suffix) throws IOException {
    var name = Pattern.compile("[0-9]{8,18}" + Pattern.quote(suffix));
    try (var files = Files.list(directory)) {
      return files
          .filter(file -> name.matcher(file.getFileName().toString()).matches())
          .map(file -> new NumberedFile(numberOf(file), file))
          .sorted(Comparator.comparingLong(NumberedFile::number))
          .toList();
    }
  }

  private static long numberOf(Path file) {
    String name = file.getFileName().toString();
    return Long.parseLong(name.substring(0, name.indexOf('.')));
  }
}
