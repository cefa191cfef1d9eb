package io.pharos.rules.test;

import java.util.List;

/// The results of the tests in a file.
///
/// @param file path of the test file, as the caller gave it
public record RuleTestReport(String file, List<Outcome> outcomes) {
  public RuleTestReport {
    outcomes = List.copyOf(outcomes);
  }

  /// Returns whether all expectations were met.
  public boolean passed() {
    return failures().isEmpty();
  }

  /// Returns the expectations that were not met.
  public List<Failed> failures() {
    return outcomes.stream().filter(Failed.class::isInstance).map(Failed.class::cast).toList();
  }

  /// The result of an expectation.
  public sealed interface Outcome {
    /// Returns the first line of the expectation in the test file.
    int line();

    /// Returns a description of the expectation: `Down: alert BackendDown at 1m`.
    String title();
  }

  /// An expectation that was met.
  public record Passed(int line, String title) implements Outcome {}

  /// An expectation that was not met or could not be checked.
  ///
  /// @param detail the differences, one per line: `-` before missing and `+` before unexpected
  ///   entries
  public record Failed(int line, String title, String detail) implements Outcome {}

  /// Returns one line for each expectation that was met, and several lines for each expectation
  /// that was not met. The first line of each expectation starts with `file:line:`.
  @Override
  public String toString() {
    var text = new StringBuilder();
    for (Outcome outcome : outcomes) {
      text.append(file).append(':').append(outcome.line()).append(": ");
      switch (outcome) {
        case Passed passed -> text.append("passed: ").append(passed.title()).append('\n');
        case Failed failed -> {
          text.append("FAILED: ").append(failed.title()).append('\n');
          failed.detail().lines().forEach(line -> text.append("    ").append(line).append('\n'));
        }
      }
    }
    return text.toString();
  }
}
