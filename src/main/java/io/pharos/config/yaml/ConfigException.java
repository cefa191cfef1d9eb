package io.pharos.config.yaml;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.stream.Collectors;

/// Why a configuration file is refused: every problem found, each with its place.
public final class ConfigException extends RuntimeException {
  /// One problem.
  ///
  /// @param file the path as given
  /// @param line from 1; 0 where the problem has no line
  /// @param column from 1; 0 where unknown
  /// @param message which value, and what was expected
  public record Problem(String file, int line, int column, String message) {
    public Problem {
      requireNonNull(file, "file is null");
      requireNonNull(message, "message is null");
    }

    /// `file:line:column: message`, without the parts that are unknown.
    @Override
    public String toString() {
      return file
          + (line > 0 ? ":" + line : "")
          + (line > 0 && column > 0 ? ":" + column : "")
          + ": "
          + message;
    }
  }

  private final transient List<Problem> problems;

  public ConfigException(List<Problem> problems) {
    super(problems.stream().map(Problem::toString).collect(Collectors.joining("\n")));
    this.problems = List.copyOf(problems);
  }

  public ConfigException(String file, int line, int column, String message) {
    this(List.of(new Problem(file, line, column, message)));
  }

  public List<Problem> problems() {
    return problems;
  }
}
