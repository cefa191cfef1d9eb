package io.pharos.lint.rule;

import io.pharos.config.yaml.Suggestion;
import io.pharos.lint.FindingSeverity;
import io.pharos.lint.LintCheck;
import io.pharos.lint.LintedRule;
import io.pharos.lint.RuleIndex;
import io.pharos.model.LabelMatcher;
import io.pharos.model.Labels;
import io.pharos.promql.ast.BinaryOp;
import io.pharos.promql.ast.Expr;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/// Checks for selectors that select no series of a running server, because no series has had the
/// metric, a label or a value. A missing value is only an info, because it may still occur.
final class SeenCheck implements RuleCheck {
  /* Selects responses that Pharos' tap saw with HTTP status 200 but with an error code in their
   * body. */
  private static final String SILENT_ERRORS =
      "pharos_tap_requests_total{code!~\"0?\",status=\"200\"}";

  private final RuleIndex index;
  private final SeenSeries seen;
  private final Map<String, Optional<Verdict>> verdicts = new HashMap<>();

  /// The finding for a selector.
  private record Verdict(LintCheck check, FindingSeverity severity, String message) {}

  SeenCheck(RuleIndex index, SeenSeries seen) {
    this.index = index;
    this.seen = seen;
  }

  @Override
  public void check(LintedRule rule, RuleReport report) {
    walk(rule.expr(), report);
  }

  /* Checks all selectors except those in operands of absent(), `or` and `unless`, whose series
   * need not exist. */
  private void walk(Expr expr, RuleReport report) {
    switch (expr) {
      case Expr.VectorSelector selector -> selector(selector, report);
      case Expr.Call call -> {
        if (!call.function().isOfAbsence()) {
          call.children().forEach(child -> walk(child, report));
        }
      }
      case Expr.Binary binary -> {
        if (binary.op() != BinaryOp.OR) {
          walk(binary.left(), report);
        }
        if (binary.op() != BinaryOp.OR && binary.op() != BinaryOp.UNLESS) {
          walk(binary.right(), report);
        }
      }
      case Expr.MatrixSelector _, Expr.Subquery _, Expr.Paren _, Expr.Unary _, Expr.Aggregate _ ->
          expr.children().forEach(child -> walk(child, report));
      case Expr.NumberLiteral _, Expr.StringLiteral _ -> {}
    }
  }

  private void selector(Expr.VectorSelector selector, RuleReport report) {
    String metric = RuleIndex.metric(selector);
    if (metric.isEmpty()
        || metric.indexOf(':') >= 0
        || RuleIndex.isAlertState(metric)
        || index.records(selector)) {
      return; // the server may not have these rules
    }
    verdicts
        .computeIfAbsent(text(selector.matchers()), _ -> judge(selector, metric))
        .ifPresent(
            verdict -> report.expression(verdict.check(), verdict.severity(), verdict.message()));
  }

  private Optional<Verdict> judge(Expr.VectorSelector selector, String metric) {
    List<LabelMatcher> matchers = selector.matchers();
    if (mayExist(text(matchers))) {
      return Optional.empty();
    }
    if (!mayExist(text(List.of(LabelMatcher.equal(Labels.METRIC_NAME, metric))))) {
      return verdict(
          LintCheck.PROMQL_SERIES,
          FindingSeverity.WARNING,
          "%s has had no series of %s%s"
              .formatted(
                  seen.source(),
                  metric,
                  nearest(metric)
                      .map(near -> ": did you mean " + near + "?")
                      .orElse("; check the name and the targets")));
    }
    for (LabelMatcher matcher : matchers) {
      if (matcher.name().equals(Labels.METRIC_NAME) || matcher.matches("")) {
        continue;
      }
      String others =
          text(matchers.stream().filter(other -> !other.name().equals(matcher.name())).toList());
      Optional<Set<String>> values = seen.values(matcher.name(), others);
      if (values.isPresent() && values.get().isEmpty() && mayExist(others)) {
        return verdict(
            LintCheck.PROMQL_VALUE,
            FindingSeverity.WARNING,
            "%s: %s has had series of %s, but none with the label %s%s"
                .formatted(
                    RuleReport.shown(selector),
                    seen.source(),
                    metric,
                    matcher.name(),
                    seen.labels(others)
                        .flatMap(known -> Suggestion.nearest(matcher.name(), known))
                        .map(near -> ": did you mean " + near + "?")
                        .orElse("; check its name")));
      }
      if (values.isPresent()
          && !values.get().isEmpty()
          && values.get().stream().noneMatch(matcher::matches)) {
        return unmet(selector, matcher, values.get());
      }
    }
    return Optional.empty();
  }

  /* Returns the metric of the server with the most similar name, of those that begin or end like
   * the missing one: the server need not list all its metrics. */
  private Optional<String> nearest(String metric) {
    String head = metric.substring(0, Math.min(4, metric.length()));
    String tail = metric.substring(Math.max(0, metric.length() - 8));
    String selector = "{__name__=~\"%s.*|.*%s\"}".formatted(head, tail);
    return seen.values(Labels.METRIC_NAME, selector)
        .flatMap(names -> Suggestion.nearest(metric, names));
  }

  private Optional<Verdict> unmet(
      Expr.VectorSelector selector, LabelMatcher matcher, Set<String> values) {
    String message =
        "%s: %s has had no such series; values of %s were %s"
            .formatted(
                RuleReport.shown(selector),
                seen.source(),
                matcher.name(),
                RuleReport.listed(values)
                    + (matcher.type() == LabelMatcher.Type.EQUAL
                        ? Suggestion.of(matcher.value(), values)
                        : ""));
    if (matcher.name().contains("status")) {
      Set<String> codes = seen.values("code", SILENT_ERRORS).orElse(Set.of());
      if (!codes.isEmpty()) {
        return verdict(
            LintCheck.PROMQL_VALUE,
            FindingSeverity.WARNING,
            message
                + ". Errors may have HTTP status 200: the tap has seen responses with this status and the code "
                + RuleReport.listed(codes));
      }
    }
    return verdict(LintCheck.PROMQL_VALUE, FindingSeverity.INFO, message);
  }

  private static Optional<Verdict> verdict(LintCheck check, FindingSeverity severity, String text) {
    return Optional.of(new Verdict(check, severity, text));
  }

  /* Returns whether the server has had series of a selector; true if it is unknown. */
  private boolean mayExist(String selector) {
    return seen.values(Labels.METRIC_NAME, selector).map(names -> !names.isEmpty()).orElse(true);
  }

  private static String text(List<LabelMatcher> matchers) {
    return matchers.stream()
        .map(LabelMatcher::toString)
        .sorted()
        .collect(Collectors.joining(",", "{", "}"));
  }
}
