package io.pharos.promql.test;

import static java.util.Objects.requireNonNull;

import io.pharos.promql.parser.SeriesDescription;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// A script of Prometheus' promqltest language: loads of series, and evals with what they expect.
public record PromqlScript(String name, List<Command> commands) {
  /// One step of a script.
  public sealed interface Command {}

  /// Everything that was loaded is gone.
  public record Clear() implements Command {}

  /// A load of series, their samples a gap of time apart from the Unix epoch on.
  ///
  /// @param withNhcb whether classic histograms are also loaded as native ones with custom buckets
  public record Load(long gapMillis, boolean withNhcb, List<LoadedSeries> series)
      implements Command {
    public Load {
      series = List.copyOf(series);
    }
  }

  /// A series to load.
  ///
  /// @param starts where the counting of each item began, relative to the item's own time; an item
  ///   without one, or beyond the end of the list, has none
  public record LoadedSeries(SeriesDescription description, List<StartOffset> starts) {
    public LoadedSeries {
      requireNonNull(description, "description is null");
      starts = List.copyOf(starts);
    }

    /// From when on the i-th item counts, zero where nobody said.
    long startMillis(int i, long timeMillis) {
      return i < starts.size() && starts.get(i) instanceof StartOffset.Millis(long offset)
          ? timeMillis + offset
          : 0;
    }
  }

  /// What an eval expects besides values.
  public enum Kind {
    ORDERED,
    FAIL,
    WARN,
    INFO,
    NO_WARN,
    NO_INFO;

    static Kind of(String word) {
      return valueOf(word.toUpperCase(Locale.ROOT));
    }
  }

  /// One expected remark or failure; neither text nor regex means any.
  public record Expectation(Kind kind, @Nullable String text, @Nullable Pattern regex) {
    public Expectation {
      requireNonNull(kind, "kind is null");
    }

    boolean accepts(String found) {
      return text != null ? found.equals(text) : regex == null || regex.matcher(found).find();
    }
  }

  /// The times of an expected range vector or of a range query, Unix milliseconds.
  public record Window(long fromMillis, long toMillis, long stepMillis) {}

  /// What an eval expects for a value.
  public sealed interface Expected {
    /// These series and no others; in this order where the eval says so.
    record Vector(List<SeriesDescription> series) implements Expected {
      public Vector {
        series = List.copyOf(series);
      }
    }

    /// One number.
    record Scalar(double value) implements Expected {}

    /// A text.
    record Text(String value) implements Expected {}
  }

  /// An expression, when to evaluate it, and what must come of it.
  ///
  /// @param number counts the evals of the file from zero
  /// @param line the line of the file, from one
  /// @param range the times of a range query, or null for an instant query
  /// @param atMillis the time of an instant query
  /// @param window the times of the range vector that an instant query must give, or null
  public record Eval(
      int number,
      int line,
      String expression,
      @Nullable Window range,
      long atMillis,
      @Nullable Window window,
      List<Expectation> expectations,
      Expected expected)
      implements Command {
    public Eval {
      requireNonNull(expression, "expression is null");
      requireNonNull(expected, "expected is null");
      expectations = List.copyOf(expectations);
    }

    boolean expects(Kind kind) {
      return expectations.stream().anyMatch(one -> one.kind == kind);
    }

    List<Expectation> expectations(Kind kind) {
      return expectations.stream().filter(one -> one.kind == kind).toList();
    }
  }

  public PromqlScript {
    requireNonNull(name, "name is null");
    commands = List.copyOf(commands);
  }

  /// The script in a file.
  ///
  /// @throws ScriptException when it can't be read; the message has file and line
  public static PromqlScript read(Path file) {
    return ScriptReader.read(file);
  }

  /// The script of a text.
  ///
  /// @param name what messages call the text
  /// @throws ScriptException when it is none; the message has name and line
  public static PromqlScript parse(String name, String text) {
    return new ScriptReader(name, text).script();
  }

  /// The evals in the order of the file.
  public List<Eval> evals() {
    var evals = new ArrayList<Eval>();
    for (Command command : commands) {
      if (command instanceof Eval eval) {
        evals.add(eval);
      }
    }
    return evals;
  }
}
