package io.pharos.promql.test;

import java.util.List;
import java.util.Optional;

/// The results of the evals of a script, in file order.
public record ScriptReport(String name, List<Outcome> outcomes) {
  /// The result of one eval.
  ///
  /// @param failure the difference from the expectation; empty on success
  public record Outcome(int line, String expression, Optional<String> failure) {}

  public ScriptReport {
    outcomes = List.copyOf(outcomes);
  }

  /// Returns the failed evals.
  public List<Outcome> failures() {
    return outcomes.stream().filter(one -> one.failure().isPresent()).toList();
  }

  /// Returns a line per failed eval: `file:line: expression: reason`.
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
