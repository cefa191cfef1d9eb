package io.pharos.rules;

import io.pharos.alerting.alert.Fingerprint;
import io.pharos.model.Labels;
import io.pharos.promql.ast.Expr;
import io.pharos.rules.gap.Recordings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BiFunction;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A group of rules as written in its file.
///
/// @param interval interval between evaluations; null for the configuration's `evaluation_interval`
/// @param queryOffset how far before the slot the group queries and writes samples; null for the
///   configuration's `rule_query_offset`
/// @param limit maximum number of alerts or series of each rule; 0 for no limit
/// @param labels labels of all its rules; a rule can override them
public record GroupSpec(
    String name,
    @Nullable Duration interval,
    @Nullable Duration queryOffset,
    int limit,
    SortedMap<String, String> labels,
    List<RuleSpec> rules) {
  public GroupSpec {
    if (limit < 0) {
      throw new IllegalArgumentException(limit + ": the limit must not be negative");
    }
    labels = Collections.unmodifiableSortedMap(new TreeMap<>(labels));
    rules = List.copyOf(rules);
  }

  /// Returns the parsed PromQL expressions of its rules.
  public List<Expr> trees() {
    return RuleExpression.trees(rules.stream().map(RuleSpec::expression));
  }

  /// Returns the parsed PromQL expressions that the group evaluates.
  ///
  /// @param every the interval between evaluations
  List<Expr> evaluatedTrees(Duration every) {
    return RuleExpression.trees(
        rules.stream()
            .flatMap(
                rule ->
                    switch (rule) {
                      case RuleSpec.Alerting alerting ->
                          Stream.concat(
                              Stream.of(alerting.starts(every)), alerting.continues().stream());
                      case RuleSpec.Recording recording -> Stream.of(recording.expression());
                    }));
  }

  /// Returns the group with other alerting rules.
  ///
  /// @param change gets a rule, and its labels as written, with `alertname`
  GroupSpec withAlerts(BiFunction<RuleSpec.Alerting, Labels, RuleSpec> change) {
    return new GroupSpec(
        name,
        interval,
        queryOffset,
        limit,
        labels,
        rules.stream()
            .map(
                rule ->
                    rule instanceof RuleSpec.Alerting alert
                        ? change.apply(
                            alert,
                            Labels.of(alert.under(labels).labels())
                                .with(AlertSeries.ALERT_NAME, alert.name()))
                        : rule)
            .toList());
  }

  /// Returns the offset of evaluations within the interval. It spreads groups over time, is the
  /// same after every restart, and is a whole number of seconds if the interval is. If evaluations
  /// are counted ([Hysteresis#counted]), they query at multiples of the interval.
  ///
  /// @param file name of its file
  Duration offset(String file, Duration every, Duration offsetOfQueries) {
    if (rules.stream()
        .anyMatch(it -> it instanceof RuleSpec.Alerting alert && alert.hysteresis().isCounted())) {
      return Duration.ofMillis(Math.floorMod(offsetOfQueries.toMillis(), every.toMillis()));
    }
    long hash = Fingerprint.of(Labels.of("file", file, "name", name)).bits();
    var offset = Duration.ofMillis(Long.remainderUnsigned(hash, every.toMillis()));
    return every.toMillis() % 1000 == 0 ? Duration.ofSeconds(offset.toSeconds()) : offset;
  }

  /// Returns the recording rules whose expressions are PromQL.
  ///
  /// @param every the interval between evaluations
  /// @param phase time of a written sample within the interval
  List<Recordings.Recording> recordings(Duration every, Duration phase) {
    var recordings = new ArrayList<Recordings.Recording>();
    for (RuleSpec rule : rules) {
      if (rule instanceof RuleSpec.Recording
          && rule.expression() instanceof RuleExpression.OfSamples samples) {
        recordings.add(
            new Recordings.Recording(
                rule.name(),
                samples.text(),
                samples.tree(),
                Labels.of(rule.under(labels).labels()),
                every.toMillis(),
                phase.toMillis()));
      }
    }
    return recordings;
  }
}
