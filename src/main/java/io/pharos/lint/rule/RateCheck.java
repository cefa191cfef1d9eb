package io.pharos.lint.rule;

import io.pharos.lint.FindingSeverity;
import io.pharos.lint.LintCheck;
import io.pharos.lint.LintedRule;
import io.pharos.lint.RuleIndex;
import io.pharos.lint.ScrapeJobs;
import io.pharos.model.PromDuration;
import io.pharos.promql.ast.AggregateOp;
import io.pharos.promql.ast.BinaryOp;
import io.pharos.promql.ast.Expr;
import io.pharos.promql.ast.Function;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;

/// Checks for rates of too few samples or of gauges, and for conditions on raw counters.
final class RateCheck implements RuleCheck {
  /// Functions that have no result for fewer than two samples.
  private static final Set<Function> NEED_TWO =
      EnumSet.of(
          Function.RATE,
          Function.IRATE,
          Function.INCREASE,
          Function.DELTA,
          Function.IDELTA,
          Function.DERIV,
          Function.PREDICT_LINEAR);

  private static final Set<Function> RATES =
      EnumSet.of(Function.RATE, Function.IRATE, Function.INCREASE);

  /// Functions for which the absolute value of a counter does not matter.
  private static final Set<Function> FOR_COUNTERS =
      EnumSet.of(
          Function.RATE,
          Function.IRATE,
          Function.INCREASE,
          Function.RESETS,
          Function.CHANGES,
          Function.ABSENT,
          Function.ABSENT_OVER_TIME,
          Function.COUNT_OVER_TIME,
          Function.PRESENT_OVER_TIME,
          Function.TIMESTAMP,
          Function.TS_OF_FIRST_OVER_TIME,
          Function.TS_OF_LAST_OVER_TIME);

  private static final Set<String> GAUGES = Set.of("up", "probe_success");
  private static final List<String> GAUGE_ENDINGS =
      List.of("_info", "_ratio", "_percent", "_celsius", "_timestamp", "_timestamp_seconds");
  private static final List<String> COUNTER_ENDINGS = List.of("_total", "_bucket");

  private final RuleIndex index;
  private final Optional<ScrapeJobs> jobs;

  RateCheck(RuleIndex index, Optional<ScrapeJobs> jobs) {
    this.index = index;
    this.jobs = jobs;
  }

  @Override
  public void check(LintedRule rule, RuleReport report) {
    rule.expr().all(Expr.Call.class).forEach(call -> call(call, rule, report));
    counters(rule.expr(), false, report);
  }

  private void call(Expr.Call call, LintedRule rule, RuleReport report) {
    if (!NEED_TWO.contains(call.function())) {
      return;
    }
    String function = call.function().symbol() + "()";
    switch (call.arguments().getFirst().unwrapped()) {
      case Expr.MatrixSelector matrix -> {
        window(matrix, function, rule, report);
        if (RATES.contains(call.function())) {
          checkKind(matrix.selector(), function, report);
        }
      }
      case Expr.Subquery subquery -> {
        steps(subquery, function, report);
        if (RATES.contains(call.function()) && sumsCounters(subquery.inner())) {
          aggregated(subquery, function, report);
        }
      }
      case Expr.NumberLiteral _,
          Expr.StringLiteral _,
          Expr.VectorSelector _,
          Expr.Paren _,
          Expr.Unary _,
          Expr.Binary _,
          Expr.Aggregate _,
          Expr.Call _ -> {}
    }
  }

  private void window(
      Expr.MatrixSelector matrix, String function, LintedRule rule, RuleReport report) {
    OptionalDouble seconds = matrix.range().fixedSeconds();
    Optional<Duration> interval = interval(matrix.selector(), rule);
    if (seconds.isPresent()
        && interval.isPresent()
        && seconds.getAsDouble() * 1000 < 2.0 * interval.get().toMillis()) {
      report.expression(
          LintCheck.PROMQL_RATE,
          FindingSeverity.ERROR,
          "%s: %s needs two samples, but one is stored every %s; use a range of %s or more"
              .formatted(
                  RuleReport.shown(matrix),
                  function,
                  PromDuration.format(interval.get().toMillis()),
                  PromDuration.format(2 * interval.get().toMillis())));
    }
  }

  /* Returns the interval between samples; empty for probes and pushed samples, because it is
   * unknown. */
  private Optional<Duration> interval(Expr.VectorSelector selector, LintedRule rule) {
    if (RuleIndex.isAlertState(RuleIndex.metric(selector))) {
      return Optional.of(rule.interval());
    }
    List<LintedRule> recordings = index.recordings(selector);
    if (!recordings.isEmpty()) {
      return recordings.stream().map(LintedRule::interval).max(Duration::compareTo);
    }
    return RuleIndex.metric(selector).startsWith("probe_")
        ? Optional.empty()
        : jobs.map(scrapeJobs -> scrapeJobs.interval(selector));
  }

  private static void steps(Expr.Subquery subquery, String function, RuleReport report) {
    OptionalDouble range = subquery.range().fixedSeconds();
    OptionalDouble step =
        subquery.step() == null ? OptionalDouble.empty() : subquery.step().fixedSeconds();
    if (range.isPresent() && step.isPresent() && range.getAsDouble() < 2 * step.getAsDouble()) {
      report.expression(
          LintCheck.PROMQL_RATE,
          FindingSeverity.ERROR,
          "%s: %s needs two steps, but the range is shorter; use a longer range"
              .formatted(RuleReport.shown(subquery), function));
    }
  }

  private void checkKind(Expr.VectorSelector selector, String function, RuleReport report) {
    String metric = RuleIndex.metric(selector);
    List<LintedRule> recordings = index.recordings(selector);
    if (!recordings.isEmpty()) {
      if (recordings.stream().anyMatch(rule -> sumsCounters(rule.expr()))) {
        aggregated(selector, function, report);
      } else if (recordings.stream().anyMatch(rule -> hasRate(rule.expr()))) {
        report.warn(
            LintCheck.PROMQL_RATE,
            "%s is already a rate, not a counter; use avg_over_time() or deriv() instead of %s"
                .formatted(metric, function));
      }
    } else if (GAUGES.contains(metric) || GAUGE_ENDINGS.stream().anyMatch(metric::endsWith)) {
      report.warn(
          LintCheck.PROMQL_RATE,
          "%s is a gauge by its name, and %s treats every decrease as a reset; use delta() or deriv()"
              .formatted(metric, function));
    }
  }

  private static void aggregated(Expr expr, String function, RuleReport report) {
    report.warn(
        LintCheck.PROMQL_RATE,
        "%s is an aggregation of counters, so %s treats the restart of one as a reset of all; apply"
                .formatted(RuleReport.shown(expr), function)
            + " the rate first, then aggregate");
  }

  private static boolean sumsCounters(Expr expr) {
    return expr.stream().anyMatch(Expr.Aggregate.class::isInstance)
        && !hasRate(expr)
        && expr.selectors().map(RuleIndex::metric).anyMatch(RateCheck::isCounter);
  }

  private static boolean hasRate(Expr expr) {
    return expr.stream()
        .anyMatch(node -> node instanceof Expr.Call call && RATES.contains(call.function()));
  }

  private static boolean isCounter(String metric) {
    return COUNTER_ENDINGS.stream().anyMatch(metric::endsWith);
  }

  /* Reports counters whose absolute value affects the result. */
  private void counters(Expr expr, boolean harmless, RuleReport report) {
    switch (expr) {
      case Expr.VectorSelector selector -> {
        String metric = RuleIndex.metric(selector);
        if (!harmless && isCounter(metric) && !index.records(selector)) {
          report.warn(
              LintCheck.PROMQL_COUNTER,
              "%s is a counter, whose value depends on when its process started; use rate() or"
                      .formatted(metric)
                  + " increase()");
        }
      }
      case Expr.Call call ->
          children(call, harmless || FOR_COUNTERS.contains(call.function()), report);
      case Expr.Aggregate aggregate ->
          children(
              aggregate,
              harmless
                  || aggregate.op() == AggregateOp.COUNT
                  || aggregate.op() == AggregateOp.GROUP,
              report);
      case Expr.Binary binary -> {
        boolean testsExistence = binary.op() == BinaryOp.AND || binary.op() == BinaryOp.UNLESS;
        boolean ignoresValue = harmless && !binary.op().isComparison();
        counters(binary.left(), ignoresValue, report);
        counters(binary.right(), ignoresValue || testsExistence, report);
      }
      case Expr.NumberLiteral _,
          Expr.StringLiteral _,
          Expr.MatrixSelector _,
          Expr.Subquery _,
          Expr.Paren _,
          Expr.Unary _ ->
          children(expr, harmless, report);
    }
  }

  private void children(Expr expr, boolean harmless, RuleReport report) {
    expr.children().forEach(child -> counters(child, harmless, report));
  }
}
