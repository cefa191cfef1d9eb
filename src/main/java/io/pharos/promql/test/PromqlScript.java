package io.pharos.promql.test;

import io.pharos.promql.parser.SeriesDescription;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// A script in Prometheus' promqltest language: loads of series, and evals with their expectations.
public record PromqlScript(String name, List<Command> commands) {
  /// A command of a script.
  public sealed interface Command {}

  /// Deletes all loaded series.
  public record Clear() implements Command {}

  /// Loads series whose samples have a fixed interval, starting at the Unix epoch.
  ///
  /// @param gapMillis the interval in milliseconds
  /// @param withNhcb whether classic histograms are loaded a second time as native histograms with
  ///   custom buckets
  public record Load(long gapMillis, boolean withNhcb, List<LoadedSeries> series)
      implements Command {
    public Load {
      series = List.copyOf(series);
    }
  }

  /// A series to load.
  ///
  /// @param starts start timestamp of each item, relative to the item's time. An item without an
  ///   entry has no start timestamp
  public record LoadedSeries(SeriesDescription description, List<StartOffset> starts) {
    public LoadedSeries {
      starts = List.copyOf(starts);
    }

    /// Returns the start timestamp of item `i` in Unix milliseconds, or zero if it has none.
    ///
    /// @param timeMillis time of the item
    long startMillis(int i, long timeMillis) {
      return i < starts.size() && starts.get(i) instanceof StartOffset.Millis(long offset)
          ? timeMillis + offset
          : 0;
    }
  }

  /// The kinds of expectations, except expected values.
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

  /// An expected annotation or failure. If both text and regex are null, any message is accepted.
  public record Expectation(Kind kind, @Nullable String text, @Nullable Pattern regex) {
    boolean accepts(String found) {
      return text != null ? found.equals(text) : regex == null || regex.matcher(found).find();
    }
  }

  /// The times of an expected range vector or a range query, in Unix milliseconds.
  public record Window(long fromMillis, long toMillis, long stepMillis) {}

  /// The expected result of an eval.
  public sealed interface Expected {
    /// Exactly these series; in this order if the eval has `expect ordered`.
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

  /// An expression, its evaluation time, and the expected result.
  ///
  /// @param number index of the eval in the file, from zero
  /// @param line line in the file, from one
  /// @param range times of a range query, or null for an instant query
  /// @param atMillis time of an instant query
  /// @param window times of the range vector that an instant query must return, or null
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
    commands = List.copyOf(commands);
  }

  /// Reads a script file.
  ///
  /// @throws ScriptException if the script is invalid; the message contains the file and the line
  public static PromqlScript read(Path file) {
    return ScriptReader.read(file);
  }

  /// Parses a script.
  ///
  /// @param name file name for messages
  /// @throws ScriptException if the script is invalid; the message contains the name and the line
  public static PromqlScript parse(String name, String text) {
    return new ScriptReader(name, text).script();
  }

  /// Returns the evals in file order.
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
