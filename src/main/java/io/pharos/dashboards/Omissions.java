package io.pharos.dashboards;

import java.util.ArrayList;
import java.util.List;

/// What a translation leaves out, since its schema has no place for it: a line for each.
final class Omissions {
  private final List<String> lines = new ArrayList<>();

  /// @param where the panel, variable or annotation
  /// @param what is left out, and why
  void add(String where, String what) {
    lines.add(where + ": without " + what);
  }

  List<String> lines() {
    return List.copyOf(lines);
  }
}
