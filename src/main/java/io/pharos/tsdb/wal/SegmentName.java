package io.pharos.tsdb.wal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Pattern;

/// A segment's number and file: eight digits and `.wal`.
record SegmentName(int number, Path file) {
  private static final Pattern NAME = Pattern.compile("([0-9]{8,9})\\.wal");

  static Path path(Path directory, int number) {
    return directory.resolve("%08d.wal".formatted(number));
  }

  /// The segments of a directory in the order in which they were written.
  static List<SegmentName> list(Path directory) throws IOException {
    try (var files = Files.list(directory)) {
      return files
          .filter(file -> NAME.matcher(String.valueOf(file.getFileName())).matches())
          .map(file -> new SegmentName(numberOf(file), file))
          .sorted(Comparator.comparingInt(SegmentName::number))
          .toList();
    }
  }

  private static int numberOf(Path file) {
    String name = String.valueOf(file.getFileName());
    return Integer.parseInt(name.substring(0, name.indexOf('.')));
  }
}
