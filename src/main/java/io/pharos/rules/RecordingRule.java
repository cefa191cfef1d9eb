package io.pharos.rules;

import io.pharos.model.LabelMatcher;
import io.pharos.model.Labels;
import io.pharos.promql.value.Evaluator;
import io.pharos.promql.value.InstantVector;
import io.pharos.promql.value.Query;
import io.pharos.promql.value.QueryResult;
import io.pharos.promql.value.Value;
import io.pharos.rules.gap.GapFills;
import io.pharos.rules.gap.UncertainResult;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// A rule that writes the value of its expression as a new metric.
final class RecordingRule extends Rule {
  /* For each label set in the last result, the label set that the rule writes. While the series
   * remain the same, no label sets need to be created. */
  private Map<Labels, Labels> recordedAs = Map.of();

  /* Whether no series of an earlier process is read as if it were current. */
  private boolean isRestored;

  RecordingRule(RuleSpec.Recording spec, boolean isRestored) {
    super(spec);
    this.isRestored = isRestored;
  }

  boolean isRestored() {
    return isRestored;
  }

  void setRestored(boolean restored) {
    isRestored = restored;
  }

  /// Returns matchers for the series of the rule.
  List<LabelMatcher> matchers() {
    var matchers = new ArrayList<LabelMatcher>();
    matchers.add(LabelMatcher.equal(Labels.METRIC_NAME, name()));
    labels().forEach((label, value) -> matchers.add(LabelMatcher.equal(label, value)));
    return matchers;
  }

  /// Returns the series that the rule writes for a result.
  Set<Labels> recorded(Value value) {
    InstantVector result = vector(value);
    var series = new HashSet<Labels>();
    for (int i = 0; i < result.size(); i++) {
      series.add(recorded(result.labels(i)));
    }
    return series;
  }

  @Override
  void takeOver(Rule earlier) {
    super.takeOver(earlier);
    if (earlier instanceof RecordingRule other) {
      isRestored = other.isRestored;
    }
  }

  @Override
  Result evaluate(
      Evaluator evaluator,
      long slot,
      long queryOffset,
      int limit,
      UncertainResult doubt,
      GapFills fills) {
    Query query = expression().at(slot - queryOffset);
    QueryResult answer = evaluator.evaluate(query);
    Set<Labels> unknown = fills.unknown(query);
    InstantVector result = vector(answer.value());
    var samples = new ArrayList<Rule.Sample>(result.size());
    var seen = HashSet.<Labels>newHashSet(result.size());
    var series = HashMap.<Labels, Labels>newHashMap(result.size());
    for (int i = 0; i < result.size(); i++) {
      Labels resultLabels = result.labels(i);
      if (doubt.mayBeWrong(resultLabels) || unknown.stream().anyMatch(resultLabels::hasAll)) {
        continue;
      }
      Labels cached = recordedAs.get(resultLabels);
      Labels recorded = cached == null ? recorded(resultLabels) : cached;
      series.put(resultLabels, recorded);
      if (!seen.add(recorded)) {
        throw new Failure(
            "vector contains metrics with the same labelset after applying rule labels: "
                + recorded);
      }
      samples.add(new Rule.Sample(recorded, result.value(i), result.histogram(i)));
    }
    if (limit > 0 && samples.size() > limit) {
      throw new Failure("exceeded limit of %d with %d series".formatted(limit, samples.size()));
    }
    if (doubt.isNone()) {
      recordedAs = series;
      return new Result(samples, Set.of(), answer.warnings(), answer.stats(), "");
    }
    return new Result(samples, held(seen, doubt), answer.warnings(), answer.stats(), "");
  }

  private Set<Labels> held(Set<Labels> seen, UncertainResult doubt) {
    var held = new HashSet<Labels>();
    recordedAs.forEach(
        (resultLabels, recorded) -> {
          if (!seen.contains(recorded) && doubt.mayHaveMissed(resultLabels)) {
            held.add(recorded);
          }
        });
    return held;
  }

  private Labels recorded(Labels resultLabels) {
    Labels.Builder series = resultLabels.toBuilder().set(Labels.METRIC_NAME, name());
    labels().forEach(series::set);
    return series.build();
  }

  @Override
  Set<String> writes() {
    return Set.of(name());
  }

  @Override
  RuleSnapshot snapshot() {
    return new RuleSnapshot.Recording(
        name(),
        expression().printed(),
        expression() instanceof RuleExpression.OfLines,
        labels(),
        evaluation());
  }
}
