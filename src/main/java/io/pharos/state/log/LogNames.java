package io.pharos.state.log;

import java.nio.file.Path;

/// Names of numbered files: eight digits or more, then what they are.
final class LogNames {
  private LogNames() {}

  static String name(long number, String suffix) {
    return "%08d%s".formatted(number, suffix);
  }

  /// The number in a name; -1 where there is none.
  static long number(Path file) {
    String name = file.getFileName().toString();
    int dot = name.indexOf('.');
    try {
      return dot < 0 ? -1 : Long.parseLong(name.substring(0, dot));
    } catch (NumberFormatException _) { // a file of someone else's
      return -1;
    }
  }
}
