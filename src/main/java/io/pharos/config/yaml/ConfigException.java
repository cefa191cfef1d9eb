package io.pharos.config.yaml;

import java.util.List;
import java.util.stream.Collectors;

/// Reports why a configuration file is refused: every problem with its place.
public final class ConfigException extends RuntimeException {
  /// One problem.
  ///
  /// @param file path as given by the user
  /// @param line from 1; 0 if the problem has no line
  /// @param column from 1; 0 if unknown
  /// @param message the value found and what was expected
  public record Problem(String file, int line, int column, String message) {
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

  /// @param problems in the order of the file; at least one
  public ConfigException(List<Problem> problems) {
    super(problems.stream().map(Problem::toString).collect(Collectors.joining("\n")));
    this.problems = List.copyOf(problems);
  }

  /// Creates an exception with one problem. The parameters are those of [Problem].
  public ConfigException(String file, int line, int column, String message) {
    this(List.of(new Problem(file, line, column, message)));
  }

  /// Returns all problems, in the order in which they were found.
  public List<Problem> problems() {
    return problems;
  }
}
