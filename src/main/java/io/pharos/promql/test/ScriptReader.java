package io.pharos.promql.test;

import io.pharos.model.Labels;
import io.pharos.model.PlainReason;
import io.pharos.model.PromDuration;
import io.pharos.promql.parser.ParseException;
import io.pharos.promql.parser.SeriesDescription;
import io.pharos.promql.test.PromqlScript.Clear;
import io.pharos.promql.test.PromqlScript.Command;
import io.pharos.promql.test.PromqlScript.Load;
import io.pharos.promql.test.PromqlScript.LoadedSeries;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Reads scripts line by line. A line that starts with `#` is skipped like an empty line. An empty
/// line ends the body of a command.
final class ScriptReader {
  private static final Pattern LOAD = Pattern.compile("^load(?:_(with_nhcb))?\\s+(.+?)$");
  private static final Pattern START_LINE = Pattern.compile("^(?<series>\\S*)@st\\s+(?<items>.+)$");

  private final String name;
  private final List<String> lines;
  private final List<Command> commands = new ArrayList<>();
  private int lineIndex;

  ScriptReader(String name, String text) {
    this.name = name;
    this.lines =
        text.lines().map(String::strip).map(line -> line.startsWith("#") ? "" : line).toList();
  }

  static PromqlScript read(Path file) {
    String text;
    try {
      text = Files.readString(file);
    } catch (IOException e) {
      throw new ScriptException(file.toString(), 0, "can't be read: " + PlainReason.of(e), e);
    }
    return new ScriptReader(file.toString(), text).script();
  }

  PromqlScript script() {
    int evals = 0;
    while (lineIndex < lines.size()) {
      String line = lines.get(lineIndex);
      String word = line.split("\\s+", 2)[0].toLowerCase(Locale.ROOT);
      int number = lineIndex + 1;
      try {
        if (word.isEmpty() || word.equals("clear")) {
          lineIndex++;
          if (!word.isEmpty()) {
            commands.add(new Clear());
          }
        } else if (word.startsWith("load")) {
          commands.add(load(line));
        } else if (word.startsWith("eval")) {
          var eval = new EvalReader(evals++, number, line);
          lineIndex++;
          while (lineIndex < lines.size() && !lines.get(lineIndex).isEmpty()) {
            boolean last = eval.bodyLine(lines.get(lineIndex));
            lineIndex++;
            if (last) {
              break;
            }
          }
          commands.add(eval.eval());
        } else {
          throw new IllegalArgumentException("expected clear, load or eval, found: " + line);
        }
      } catch (ParseException | IllegalArgumentException e) {
        throw new ScriptException(
            name, Math.min(lineIndex + 1, lines.size()), e.getMessage() + "", e);
      }
    }
    return new PromqlScript(name, commands);
  }

  private Load load(String line) {
    Matcher matcher = LOAD.matcher(line);
    if (!matcher.matches()) {
      throw new IllegalArgumentException("expected load and a duration, found: " + line);
    }
    long gap = PromDuration.parseMillis(matcher.group(2));
    // if a load repeats a label set, the last line is used
    var series = new LinkedHashMap<Labels, LoadedSeries>();
    List<StartOffset> defaultStarts = List.of();
    List<StartOffset> starts = List.of();
    Labels startsOf = null;
    for (lineIndex++; lineIndex < lines.size() && !lines.get(lineIndex).isEmpty(); lineIndex++) {
      String body = lines.get(lineIndex);
      Matcher start = START_LINE.matcher(body);
      if (start.matches()) {
        if (startsOf != null) {
          throw new IllegalArgumentException("expected a sample line after the @st line");
        }
        List<StartOffset> items = StartOffset.items(start.group("items"));
        if (start.group("series").isEmpty()) {
          defaultStarts = items;
        } else {
          startsOf = SeriesDescription.labels(start.group("series"));
          starts = items;
        }
        continue;
      }
      var description = SeriesDescription.parseLine(body);
      if (startsOf != null) {
        requireMatch(startsOf, starts, description);
      }
      series.put(
          description.labels(),
          new LoadedSeries(
              description,
              startsOf == null ? cycled(defaultStarts, description.items().size()) : starts));
      startsOf = null;
    }
    if (startsOf != null) {
      throw new IllegalArgumentException("expected a sample line after the @st line");
    }
    return new Load(gap, matcher.group(1) != null, List.copyOf(series.values()));
  }

  /// Returns start timestamps for a series without an `@st` line of its own. Repeats the start
  /// timestamps of an `@st` line that applies to all following series.
  ///
  /// @param count number of items of the series
  private static List<StartOffset> cycled(List<StartOffset> starts, int count) {
    var cycled = new ArrayList<StartOffset>();
    for (int i = 0; !starts.isEmpty() && i < count; i++) {
      cycled.add(starts.get(i % starts.size()));
    }
    return cycled;
  }

  private static void requireMatch(
      Labels startsOf, List<StartOffset> starts, SeriesDescription series) {
    if (!startsOf.equals(series.labels())) {
      throw new IllegalArgumentException(
          "the @st line is for " + startsOf + ", but the next line is for " + series.labels());
    }
    if (starts.size() != series.items().size()) {
      throw new IllegalArgumentException(
          "the @st line has %d values, but the sample line has %d"
              .formatted(starts.size(), series.items().size()));
    }
  }
}
