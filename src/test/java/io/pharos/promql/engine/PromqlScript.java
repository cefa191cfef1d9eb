package io.pharos.promql.engine;

import io.pharos.model.Labels;
import io.pharos.model.PromDuration;
import io.pharos.promql.parser.SeriesDescription;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// A script of Prometheus' promqltest language: loads of series, and evals with what they expect.
record PromqlScript(String name, List<Command> commands) {
  sealed interface Command {}

  record Clear() implements Command {}

  /// A load; series with native histograms or start timestamps are left out and counted.
  record Load(long gapMillis, List<SeriesDescription> series, int leftOut) implements Command {}

  /// One expected remark, or failure; neither text nor regex means any.
  record Expectation(String kind, @Nullable String text, @Nullable Pattern regex) {
    boolean accepts(String found) {
      return text != null ? found.equals(text) : regex == null || regex.matcher(found).find();
    }
  }

  /// @param number counts the evals of the file from zero
  /// @param unreadable why the expected values can't be read yet, or null
  record Eval(
      int number,
      int line,
      String expression,
      boolean range,
      long fromMillis,
      long toMillis,
      long stepMillis,
      List<Expectation> expectations,
      List<SeriesDescription> series,
      @Nullable Double scalar,
      @Nullable String string,
      long @Nullable [] window,
      @Nullable String unreadable)
      implements Command {
    boolean expects(String kind) {
      return expectations.stream().anyMatch(one -> one.kind.equals(kind));
    }

    List<Expectation> expected(String kind) {
      return expectations.stream().filter(one -> one.kind.equals(kind)).toList();
    }
  }

  private static final Pattern LOAD = Pattern.compile("^load(?:_(with_nhcb))?\\s+(.+?)$");
  private static final Pattern INSTANT =
      Pattern.compile(
          "^eval(?:_(fail|warn|ordered|info))?\\s+instant\\s+(?:at\\s+(.+?))?\\s+(.+)$");
  private static final Pattern RANGE =
      Pattern.compile(
          "^eval(?:_(fail|warn|info))?\\s+range\\s+from\\s+(.+)\\s+to\\s+(.+)\\s+step\\s+(.+?)\\s+(.+)$");
  private static final Pattern EXPECT =
      Pattern.compile(
          "^expect\\s+(ordered|fail|warn|no_warn|info|no_info)(?:\\s+(regex|msg):(.+))?$");
  private static final Pattern WINDOW =
      Pattern.compile("^expect range vector from (.+) to (.+) step (.+)$");

  static PromqlScript read(Path file) {
    try {
      return parse(file.getFileName().toString(), Files.readString(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static PromqlScript parse(String name, String text) {
    List<String> lines =
        text.lines().map(String::strip).map(line -> line.startsWith("#") ? "" : line).toList();
    var commands = new ArrayList<Command>();
    int evals = 0;
    for (int at = 0; at < lines.size(); at++) {
      String line = lines.get(at);
      if (line.isEmpty()) {
        continue;
      }
      int end = at + 1;
      while (end < lines.size() && !lines.get(end).isEmpty()) {
        end++;
      }
      String word = line.split("\\s+", 2)[0].toLowerCase(Locale.ROOT);
      if (word.equals("clear")) {
        commands.add(new Clear());
        continue;
      }
      List<String> body = lines.subList(at + 1, end);
      if (word.startsWith("load")) {
        commands.add(load(line, body));
        at = end;
      } else if (word.startsWith("eval")) {
        var eval = new EvalReader(evals++, at + 1, line);
        at += eval.body(body);
        commands.add(eval.eval());
      } else {
        throw new IllegalArgumentException(
            name + ":" + (at + 1) + ": expected clear, load or eval, found: " + line);
      }
    }
    return new PromqlScript(name, List.copyOf(commands));
  }

  private static Load load(String line, List<String> body) {
    Matcher matcher = LOAD.matcher(line);
    if (!matcher.matches()) {
      throw new IllegalArgumentException("not a load: " + line);
    }
    var series = new java.util.LinkedHashMap<Labels, SeriesDescription>();
    int leftOut = 0;
    for (String one : body) {
      if (one.contains("{{") || one.contains("@st")) {
        leftOut++;
      } else {
        var description = SeriesDescription.parseLine(one);
        series.put(description.labels(), description);
      }
    }
    return new Load(
        PromDuration.parseMillis(matcher.group(2)), List.copyOf(series.values()), leftOut);
  }

  private static final class EvalReader {
    private final int number;
    private final int line;
    private final String expression;
    private final boolean range;
    private long from;
    private long to;
    private long step = 1;
    private final List<Expectation> expectations = new ArrayList<>();
    private final List<SeriesDescription> series = new ArrayList<>();
    private @Nullable Double scalar;
    private @Nullable String string;
    private long @Nullable [] window;
    private @Nullable String unreadable;

    EvalReader(int number, int line, String text) {
      this.number = number;
      this.line = line;
      Matcher instant = INSTANT.matcher(text);
      Matcher ranged = RANGE.matcher(text);
      if (instant.matches()) {
        range = false;
        from = instant.group(2) == null ? 0 : PromDuration.parseMillis(instant.group(2));
        to = from;
        expression = instant.group(3);
        legacy(instant.group(1));
      } else if (ranged.matches()) {
        range = true;
        from = PromDuration.parseMillis(ranged.group(2));
        to = PromDuration.parseMillis(ranged.group(3));
        step = PromDuration.parseMillis(ranged.group(4));
        expression = ranged.group(5);
        legacy(ranged.group(1));
      } else {
        throw new IllegalArgumentException("line " + line + ": not an eval: " + text);
      }
    }

    private void legacy(@Nullable String kind) {
      if (kind != null) {
        expectations.add(new Expectation(kind, null, null));
      }
    }

    /// Reads the body, and says how many of its lines belong to the eval.
    int body(List<String> body) {
      for (int i = 0; i < body.size(); i++) {
        if (bodyLine(body.get(i))) {
          return i + 1;
        }
      }
      return body.size();
    }

    private boolean bodyLine(String text) {
      Matcher expect = EXPECT.matcher(text);
      Matcher expectedWindow = WINDOW.matcher(text);
      if (expect.matches()) {
        String value = expect.group(3) == null ? null : expect.group(3).strip();
        boolean regex = "regex".equals(expect.group(2));
        expectations.add(
            new Expectation(
                expect.group(1),
                regex ? null : value,
                regex && value != null ? Pattern.compile(value) : null));
      } else if (expectedWindow.matches()) {
        window =
            new long[] {
              PromDuration.parseMillis(expectedWindow.group(1)),
              PromDuration.parseMillis(expectedWindow.group(2)),
              PromDuration.parseMillis(expectedWindow.group(3))
            };
        to = window[1];
        from = range ? from : window[1];
      } else if (text.startsWith("expect string ")) {
        String quoted = text.substring("expect string ".length()).strip();
        string = quoted.substring(1, quoted.length() - 1);
      } else if (text.startsWith("expected_fail_message ")) {
        String message = text.substring("expected_fail_message ".length()).strip();
        expectations.add(new Expectation("fail", message, null));
        return true;
      } else if (text.startsWith("expected_fail_regexp ")) {
        String regex = text.substring("expected_fail_regexp ".length()).strip();
        expectations.add(new Expectation("fail", null, Pattern.compile(regex)));
        return true;
      } else if (text.matches("[+-]?(\\d.*|\\.\\d.*|(?i:inf|nan))") && !text.contains(" ")) {
        scalar =
            SeriesDescription.items(text).getFirst() instanceof SeriesDescription.Sample sample
                ? sample.value()
                : Double.NaN;
        return true;
      } else if (text.contains("{{")) {
        unreadable = "expects native histograms";
      } else {
        series.add(SeriesDescription.parseLine(text));
      }
      return false;
    }

    Eval eval() {
      return new Eval(
          number,
          line,
          expression,
          range,
          from,
          to,
          step,
          List.copyOf(expectations),
          List.copyOf(series),
          scalar,
          string,
          window,
          unreadable);
    }
  }
}
