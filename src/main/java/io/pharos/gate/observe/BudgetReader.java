package io.pharos.gate.observe;

import io.pharos.gate.deployment.Deployment;
import io.pharos.gate.judge.Reading;
import io.pharos.gate.policy.Check;
import io.pharos.gate.policy.PolicyText;
import io.pharos.model.PromDuration;
import io.pharos.promql.value.Evaluator;
import io.pharos.promql.value.InstantVector;
import io.pharos.promql.value.QueryException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/// Reads how fast a service burns its error budget.
record BudgetReader(Evaluator evaluator) {
  /// Pairs of windows, each with a burn rate. The budget burns too fast if both windows reach that
  /// rate. The values are those of the paging alerts in the SRE workbook.
  private static final List<Windows> WINDOWS =
      List.of(
          new Windows(14.4, Duration.ofMinutes(5), Duration.ofHours(1)),
          new Windows(6, Duration.ofMinutes(30), Duration.ofHours(6)));

  private record Windows(double factor, Duration brief, Duration extended) {}

  /* The remaining budget of several weeks hardly changes while a gate runs, and its query is
   * expensive. So it is queried once and then copied from the previous reading. */

  /// Reads the burn rates and the remaining budget.
  ///
  /// @param since start of the deployment
  /// @param before the previous reading of this check
  Reading read(
      Check.Budget check,
      Deployment deployment,
      Instant since,
      Instant now,
      Optional<Reading.Budget> before) {
    var burns = new ArrayList<Reading.Burn>();
    for (Windows windows : WINDOWS) {
      burns.add(
          new Reading.Burn(
              windows.factor(),
              windows.brief().toMillis(),
              windows.extended().toMillis(),
              burn(check, deployment, windows.brief(), now),
              burn(check, deployment, windows.extended(), now),
              burn(check, deployment, windows.brief(), since),
              burn(check, deployment, windows.extended(), since)));
    }
    return new Reading.Budget(
        burns,
        before
            .map(Reading.Budget::remaining)
            .orElseGet(() -> 1 - burn(check, deployment, check.window(), now)));
  }

  /// Returns the burn rate: the fraction of bad requests divided by the fraction that the objective
  /// allows; 0 without requests.
  private double burn(Check.Budget check, Deployment deployment, Duration window, Instant at) {
    double total = increase(check.total(), deployment, window, at);
    double bad = increase(check.bad(), deployment, window, at);
    return total <= 0 ? 0 : bad / total / (1 - check.objective());
  }

  private double increase(
      List<PolicyText> selectors, Deployment deployment, Duration window, Instant at) {
    String range = "[" + PromDuration.format(window) + "]";
    String expression =
        selectors.stream()
            .map(selector -> "sum(increase(" + selector.expand(deployment) + range + "))")
            .collect(Collectors.joining(" or vector(0)) + (", "(", " or vector(0))"));
    var value = evaluator.instant(expression, at.toEpochMilli()).value();
    if (!(value instanceof InstantVector vector) || vector.size() != 1) {
      throw new QueryException(
          QueryException.Kind.EXECUTION,
          "expected one number as the result of " + expression + ", found " + value.typeName());
    }
    return vector.value(0);
  }
}
