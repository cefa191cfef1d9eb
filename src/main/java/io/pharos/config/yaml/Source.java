package io.pharos.config.yaml;

import java.util.List;
import org.yaml.snakeyaml.DumperOptions;
import org.yaml.snakeyaml.nodes.ScalarNode;

/// The text that values come from, for the places in scalars of many lines.
///
/// @param name what errors call it
record Source(String name, List<String> lines) {
  Source {
    lines = List.copyOf(lines);
  }

  /// The line, from 1, on which a character of a scalar's value stands: folding, indentation and
  /// quotes are undone by looking for each line's words in the value. Where escapes hide them, the
  /// line that the scalar begins on.
  int lineOf(ScalarNode scalar, int offset) {
    boolean block = isBlock(scalar);
    int first = scalar.getStartMark().getLine() + (block ? 1 : 0);
    int last = Math.min(scalar.getEndMark().getLine(), lines.size() - 1);
    String value = scalar.getValue();
    int found = first;
    int from = 0;
    for (int i = first; i <= last; i++) {
      String line = lines.get(i);
      String words =
          (i == first && !block ? line.substring(Math.min(line.length(), column(scalar))) : line)
              .strip();
      int at = words.isEmpty() ? -1 : value.indexOf(words, from);
      if (at >= 0) {
        if (at > offset) {
          return found + 1;
        }
        found = i;
        from = at + words.length();
      }
    }
    return found + 1;
  }

  private static boolean isBlock(ScalarNode scalar) {
    return scalar.getScalarStyle() == DumperOptions.ScalarStyle.FOLDED
        || scalar.getScalarStyle() == DumperOptions.ScalarStyle.LITERAL;
  }

  private static int column(ScalarNode scalar) {
    return scalar.getStartMark().getColumn() + (scalar.isPlain() ? 0 : 1);
  }
}
