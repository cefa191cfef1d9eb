package io.pharos.rules;

import io.pharos.model.Labels;
import io.pharos.promql.ast.Expr;
import io.pharos.rules.gap.Recordings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
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
    return rules.stream()
        .map(RuleSpec::expression)
        .filter(RuleExpression.OfSamples.class::isInstance)
        .map(expression -> ((RuleExpression.OfSamples) expression).tree())
        .toList();
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
