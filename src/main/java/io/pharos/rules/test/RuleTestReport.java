package io.pharos.rules.test;

import static java.util.Objects.requireNonNull;

import java.util.List;

/// What came of the tests in one file.
///
/// @param file as given
public record RuleTestReport(String file, List<Outcome> outcomes) {
  public RuleTestReport {
    requireNonNull(file, "file is null");
    outcomes = List.copyOf(outcomes);
  }

  public boolean passed() {
    return failures().isEmpty();
  }

  public List<Failed> failures() {
    return outcomes.stream().filter(Failed.class::isInstance).map(Failed.class::cast).toList();
  }

  /// One expectation and whether it was met.
  public sealed interface Outcome {
    /// The line of the test file that the expectation begins on.
    int line();

    /// What was expected of what: `Down: alert BackendDown at 1m`.
    String title();
  }

  /// An expectation that was met.
  public record Passed(int line, String title) implements Outcome {
    public Passed {
      requireNonNull(title, "title is null");
    }
  }

  /// An expectation that was not met, or could not be tried.
  ///
  /// @param detail lines for people: `-` was expected and is missing, `+` is there unexpectedly
  public record Failed(int line, String title, String detail) implements Outcome {
    public Failed {
      requireNonNull(title, "title is null");
      requireNonNull(detail, "detail is null");
    }
  }

  /// One line for each success, more for each failure, each beginning with `file:line:`.
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
