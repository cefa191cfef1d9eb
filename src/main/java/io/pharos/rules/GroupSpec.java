package io.pharos.rules;

import static java.util.Objects.requireNonNull;

import io.pharos.promql.ast.Expr;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// One group of rules as a file says it.
///
/// @param interval how often it is evaluated; null for the configuration's `evaluation_interval`
/// @param queryOffset how far before its time a group reads and writes; null for the
///   configuration's `rule_query_offset`
/// @param limit the most alerts, or series, that one rule may have; 0 for no limit
/// @param labels put under the labels of each rule
public record GroupSpec(
    String name,
    @Nullable Duration interval,
    @Nullable Duration queryOffset,
    int limit,
    SortedMap<String, String> labels,
    List<RuleSpec> rules) {
  public GroupSpec {
    requireNonNull(name, "name is null");
    if (limit < 0) {
      throw new IllegalArgumentException(limit + ": the limit must not be negative");
    }
    labels = Collections.unmodifiableSortedMap(new TreeMap<>(labels));
    rules = List.copyOf(rules);
  }

  /// The expressions of its rules that are asked about samples, parsed.
  public List<Expr> trees() {
    return rules.stream()
        .map(RuleSpec::expression)
        .filter(RuleExpression.OfSamples.class::isInstance)
        .map(one -> ((RuleExpression.OfSamples) one).tree())
        .toList();
  }

  /// A group with the configuration's interval, no offset, no limit and no labels of its own.
  public static GroupSpec of(String name, RuleSpec... rules) {
    return new GroupSpec(name, null, null, 0, new TreeMap<>(Map.of()), List.of(rules));
  }
}
