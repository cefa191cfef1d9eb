package io.pharos.promql.test;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.Optional;

/// What came of each eval of a script, in the order of the file.
public record ScriptReport(String name, List<Outcome> outcomes) {
  /// What came of one eval.
  ///
  /// @param failure what was wrong; empty when all was well
  public record Outcome(int line, String expression, Optional<String> failure) {
    public Outcome {
      requireNonNull(expression, "expression is null");
      requireNonNull(failure, "failure is null");
    }
  }

  public ScriptReport {
    requireNonNull(name, "name is null");
    outcomes = List.copyOf(outcomes);
  }

  /// The evals that went wrong.
  public List<Outcome> failures() {
    return outcomes.stream().filter(one -> one.failure().isPresent()).toList();
  }

  /// A line for each failed eval: `file:line: expression: reason`.
  public List<String> lines() {
    return failures().stream()
        .map(
            one ->
                name
                    + ":"
                    + one.line()
                    + ": "
                    + one.expression()
                    + ": "
                    + one.failure().orElseThrow().strip().replace("\n", "; "))
        .toList();
  }
}
