package io.pharos.config.yaml;

import java.util.List;
import org.yaml.snakeyaml.DumperOptions;
import org.yaml.snakeyaml.nodes.ScalarNode;

/// The source text of a file, in which lines inside multi-line scalars are found.
record Source(String name, List<String> lines) {
  Source {
    lines = List.copyOf(lines);
  }

  /// Returns the line, from 1, at which a character of a scalar's value is in the file. YAML
  /// removes line breaks, indentation and quotes from the value, so the words of each source line
  /// are searched in it. If escapes hide the words, returns the first line of the scalar.
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
