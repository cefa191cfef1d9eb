package io.pharos.config.yaml;

import java.util.List;
import org.yaml.snakeyaml.DumperOptions;
import org.yaml.snakeyaml.nodes.ScalarNode;

/// The source text of a file, in which lines inside multi-line scalars are found.
record Source(String name, List<String> lines) {
  Source {
    lines = List.copyOf(lines);
  }

  /// Returns the line of the file, from 1, that contains a character of a scalar's value. The value
  /// lacks line breaks, indentation and quotes of the file. So each line of the scalar is stripped
  /// and searched in the value. If no line is found, because the file contains escapes, returns the
  /// first line of the scalar.
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
      int position = words.isEmpty() ? -1 : value.indexOf(words, from);
      if (position >= 0) {
        if (position > offset) {
          return found + 1;
        }
        found = i;
        from = position + words.length();
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
