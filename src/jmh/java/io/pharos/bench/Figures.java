package io.pharos.bench;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// The figures of one run in a file of tab-separated values: comment lines with the conditions, a
/// line of column names, and a line for each figure.
///
/// @param conditions place and time of the run in one sentence
record Figures(String conditions, List<Figure> all) {
  private static final String HEAD = "benchmark\tunit\tcpu\terror\ttime\tbytes";

  Figures {
    requireNonNull(conditions, "conditions is null");
    all = List.copyOf(all);
  }

  /// Reads a file that [#write] wrote; empty if the file does not exist.
  ///
  /// @throws IllegalArgumentException when a line is malformed
  static Optional<Figures> read(Path file) throws IOException {
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    var conditions = new ArrayList<String>();
    var figures = new ArrayList<Figure>();
    List<String> lines = Files.readAllLines(file);
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i);
      if (line.startsWith("#")) {
        conditions.add(line.substring(1).strip());
      } else if (!line.isBlank() && !line.equals(HEAD)) {
        try {
          figures.add(Figure.parse(line));
        } catch (IllegalArgumentException e) {
          throw new IllegalArgumentException(file + ":" + (i + 1) + ": " + e.getMessage(), e);
        }
      }
    }
    return Optional.of(new Figures(String.join(" ", conditions), figures));
  }

  void write(Path file) throws IOException {
    var lines = new ArrayList<String>();
    lines.add("# " + conditions);
    lines.add(HEAD);
    all.forEach(figure -> lines.add(figure.row()));
    Files.write(file, lines);
  }

  Optional<Figure> of(String name) {
    return all.stream().filter(figure -> figure.name().equals(name)).findFirst();
  }

  /// A table for people, compared with the earlier figures.
  String table(Optional<Figures> before) {
    int width = all.stream().mapToInt(figure -> figure.name().length()).max().orElse(0);
    String format = "%-" + width + "s %10s %10s %-3s %10s %12s   %s%n";
    var table = new StringBuilder();
    table.append(
        format.formatted(
            "benchmark",
            "CPU an op",
            "± 99.9 %",
            "",
            "time",
            "bytes an op",
            before.isEmpty() ? "" : "CPU before"));
    for (Figure figure : all) {
      table.append(
          format.formatted(
              figure.name(),
              Figure.number(figure.cpu()),
              Figure.number(figure.error()),
              figure.unit(),
              Figure.number(figure.time()),
              Figure.number(figure.bytes()),
              before.map(known -> compared(figure, known.of(figure.name()))).orElse("")));
    }
    before.ifPresent(
        known -> {
          long outside =
              all.stream()
                  .filter(figure -> known.of(figure.name()).filter(figure::differsFrom).isPresent())
                  .count();
          table.append(
              "%n%d of %d differ in CPU by more than the intervals of both runs. Before: %s%n"
                  .formatted(outside, all.size(), known.conditions()));
        });
    return table.toString();
  }

  private static String compared(Figure now, Optional<Figure> before) {
    if (before.isEmpty()) {
      return "new";
    }
    Figure known = before.get();
    if (!known.unit().equals(now.unit())) {
      return "was in " + known.unit();
    }
    var text = new StringBuilder(Figure.number(known.cpu()));
    if (now.differsFrom(known)) {
      text.append(String.format(Locale.ROOT, ": %.2f times as much", now.cpu() / known.cpu()));
    }
    if (now.allocatesOtherThan(known)) {
      text.append("; %s bytes".formatted(Figure.number(known.bytes())));
    }
    return text.toString();
  }
}
