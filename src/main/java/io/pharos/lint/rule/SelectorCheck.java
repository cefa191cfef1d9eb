package io.pharos.lint.rule;

import io.pharos.lint.Exporters;
import io.pharos.lint.FindingSeverity;
import io.pharos.lint.LintCheck;
import io.pharos.lint.LintedRule;
import io.pharos.lint.RuleIndex;
import io.pharos.lint.ScrapeJobs;
import io.pharos.model.LabelMatcher;
import io.pharos.model.PromDuration;
import io.pharos.promql.ast.DurationExpr;
import io.pharos.promql.ast.Expr;
import io.pharos.promql.ast.Shift;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Checks for selectors that select nothing, regular expressions that are not needed, and ranges
/// and offsets beyond the retention.
final class SelectorCheck implements RuleCheck {
  private final RuleIndex index;
  private final Optional<ScrapeJobs> jobs;
  private final Optional<Exporters> exporters;
  private final Duration retention;
  private final boolean complete;

  SelectorCheck(
      RuleIndex index,
      Optional<ScrapeJobs> jobs,
      Optional<Exporters> exporters,
      Duration retention,
      boolean complete) {
    this.exporters = exporters;
    this.complete = complete;
    this.index = index;
    this.jobs = jobs;
    this.retention = retention;
  }

  @Override
  public void check(LintedRule rule, RuleReport report) {
    rule.expr().selectors().forEach(selector -> selector(selector, report));
    checkRange(rule.expr(), 0, 0, report);
  }

  private void selector(Expr.VectorSelector selector, RuleReport report) {
    List<LabelMatcher> matchers = selector.matchers();
    for (int i = 0; i < matchers.size(); i++) {
      LabelMatcher matcher = matchers.get(i);
      int position = i;
      expression(matcher, report);
      if (matcher.type() == LabelMatcher.Type.EQUAL) {
        matchers.stream()
            .filter(other -> other.name().equals(matcher.name()))
            .filter(other -> !other.matches(matcher.value()))
            .filter(
                other ->
                    other.type() != LabelMatcher.Type.EQUAL || matchers.indexOf(other) > position)
            .forEach(
                other ->
                    report.expression(
                        LintCheck.PROMQL_IMPOSSIBLE,
                        FindingSeverity.ERROR,
                        "%s: no series has both %s and %s"
                            .formatted(RuleReport.shown(selector), matcher, other)));
      }
    }
    series(selector, report);
  }

  private static void expression(LabelMatcher matcher, RuleReport report) {
    boolean positive = matcher.type() == LabelMatcher.Type.REGEX;
    if (!positive && matcher.type() != LabelMatcher.Type.NOT_REGEX) {
      return;
    }
    String text = matcher.value();
    if (text.startsWith("^") || (text.endsWith("$") && !text.endsWith("\\$"))) {
      report.warn(
          LintCheck.PROMQL_REGEXP,
          matcher + ": regular expressions are always anchored; remove ^ and $");
    } else if (text.equals(".*")) {
      report.expression(
          positive ? LintCheck.PROMQL_REGEXP : LintCheck.PROMQL_IMPOSSIBLE,
          positive ? FindingSeverity.WARNING : FindingSeverity.ERROR,
          matcher + (positive ? " matches everything; remove it" : " matches nothing"));
    } else if (text.chars().noneMatch(c -> "\\.+*?()|[]{}^$".indexOf(c) >= 0)) {
      LabelMatcher.Type simple = positive ? LabelMatcher.Type.EQUAL : LabelMatcher.Type.NOT_EQUAL;
      report.warn(
          LintCheck.PROMQL_REGEXP,
          "%s does not need a regular expression; write %s"
              .formatted(matcher, LabelMatcher.of(simple, matcher.name(), text)));
    }
  }

  private void series(Expr.VectorSelector selector, RuleReport report) {
    String metric = RuleIndex.metric(selector);
    if (!complete && (RuleIndex.isAlertState(metric) || metric.indexOf(':') >= 0)) {
      return; // an unreadable file may contain the rule that creates it
    }
    if (RuleIndex.isAlertState(metric)) {
      selector.matchers().stream()
          .filter(matcher -> matcher.name().equals("alertname") && !index.hasAlert(matcher))
          .forEach(
              matcher ->
                  report(
                      report,
                      "%s: no alert matches %s; check its name"
                          .formatted(RuleReport.shown(selector), matcher)));
    } else if (index.records(selector)) {
      if (!index.recordsLines(selector) && index.recordings(selector).isEmpty()) {
        report(
            report,
            "no rule records %s with these labels; check its matchers"
                .formatted(RuleReport.shown(selector)));
      }
    } else if (metric.indexOf(':') >= 0) {
      report(report, "no rule records " + metric + index.similar(metric) + "; check its name");
    } else if (jobs.isPresent()) {
      ScrapeJobs scrapeJobs = jobs.get();
      selector.matchers().stream()
          .filter(matcher -> matcher.name().equals("job") && scrapeJobs.lacks(matcher))
          .forEach(
              matcher ->
                  report(
                      report,
                      "%s: no scrape job matches %s, expected one of %s"
                          .formatted(
                              RuleReport.shown(selector),
                              matcher,
                              String.join(", ", scrapeJobs.names()))));
      // if the selector names a job, only that name is checked (above)
      if (ScrapeJobs.job(selector).isEmpty()) {
        exporters
            .flatMap(configured -> configured.missing(metric))
            .ifPresent(
                exporter ->
                    report(
                        report,
                        "%s is a metric of %s, which no scrape job seems to scrape; the jobs are %s"
                            .formatted(metric, exporter, String.join(", ", scrapeJobs.names()))));
      }
    }
  }

  private static void report(RuleReport report, String message) {
    report.warn(LintCheck.PROMQL_SERIES, message);
  }

  /* Reports a selector that reads samples which are no longer kept. `offset` and `range` are the
   * sums of the offsets and ranges of the subqueries around it, in seconds. */
  private void checkRange(Expr expr, double offset, double range, RuleReport report) {
    switch (expr) {
      case Expr.VectorSelector selector ->
          reportRange(selector, offset + offset(selector.shift()), range, report);
      case Expr.MatrixSelector matrix ->
          reportRange(
              matrix,
              offset + offset(matrix.selector().shift()),
              range + seconds(matrix.range()),
              report);
      case Expr.Subquery subquery ->
          checkRange(
              subquery.inner(),
              offset + offset(subquery.shift()),
              range + seconds(subquery.range()),
              report);
      case Expr.NumberLiteral _,
          Expr.StringLiteral _,
          Expr.Paren _,
          Expr.Unary _,
          Expr.Aggregate _,
          Expr.Call _,
          Expr.Binary _ ->
          expr.children().forEach(child -> checkRange(child, offset, range, report));
    }
  }

  private void reportRange(Expr expr, double offset, double range, RuleReport report) {
    double retentionSeconds = retention.toMillis() / 1000.0;
    if (offset + range > retentionSeconds) {
      boolean byOffset = offset >= retentionSeconds;
      report.expression(
          byOffset ? LintCheck.PROMQL_OFFSET : LintCheck.PROMQL_RANGE_QUERY,
          FindingSeverity.WARNING,
          "%s looks back %s, but samples are kept for %s"
              .formatted(
                  RuleReport.shown(expr),
                  PromDuration.format(Math.round((byOffset ? offset : offset + range) * 1000)),
                  PromDuration.format(retention.toMillis())));
    }
  }

  private static double offset(Shift shift) {
    return seconds(shift.offset());
  }

  private static double seconds(@Nullable DurationExpr duration) {
    return duration == null ? 0 : duration.fixedSeconds().orElse(0);
  }
}
