package io.pharos.rules.test;

import java.util.ArrayList;
import java.util.List;

/// The difference between two unordered lists.
///
/// @param missing expected but absent
/// @param unexpected present but not expected
record Difference(List<String> common, List<String> missing, List<String> unexpected) {
  Difference {
    common = List.copyOf(common);
    missing = List.copyOf(missing);
    unexpected = List.copyOf(unexpected);
  }

  static Difference of(List<String> expected, List<String> got) {
    var common = new ArrayList<String>();
    var missing = new ArrayList<>(expected);
    var unexpected = new ArrayList<String>();
    for (String entry : got) {
      if (missing.remove(entry)) {
        common.add(entry);
      } else {
        unexpected.add(entry);
      }
    }
    return new Difference(common, missing, unexpected);
  }

  boolean isEmpty() {
    return missing.isEmpty() && unexpected.isEmpty();
  }

  /// Returns one entry per line, with `-` before missing and `+` before unexpected entries.
  @Override
  public String toString() {
    var text = new StringBuilder();
    common.forEach(entry -> append(text, ' ', entry));
    missing.forEach(entry -> append(text, '-', entry));
    unexpected.forEach(entry -> append(text, '+', entry));
    return text.toString();
  }

  private static void append(StringBuilder text, char sign, String entry) {
    entry.lines().forEach(line -> text.append(sign).append(' ').append(line).append('\n'));
  }
}
