package io.pharos.rules;

import io.pharos.model.Labels;
import io.pharos.promql.value.Evaluator;
import io.pharos.promql.value.InstantVector;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;

/// A rule that writes the value of its expression under a name of its own.
final class RecordingRule extends Rule {
  RecordingRule(RuleSpec.Recording spec) {
    super(spec);
  }

  @Override
  List<ResultSample> evaluate(Evaluator evaluator, long slot, long queryOffset, int limit) {
    InstantVector result =
        vector(evaluator.instant(expression().text(), slot - queryOffset).value());
    var samples = new ArrayList<ResultSample>(result.size());
    var seen = new HashSet<Labels>();
    for (int i = 0; i < result.size(); i++) {
      Labels.Builder series = result.labels(i).toBuilder().set(Labels.METRIC_NAME, name());
      labels().forEach(series::set);
      Labels recorded = series.build();
      if (!seen.add(recorded)) {
        throw new RuleFailure(
            "vector contains metrics with the same labelset after applying rule labels: "
                + recorded);
      }
      samples.add(new ResultSample(recorded, result.value(i)));
    }
    if (limit > 0 && samples.size() > limit) {
      throw new RuleFailure("exceeded limit of %d with %d series".formatted(limit, samples.size()));
    }
    return samples;
  }

  @Override
  RuleSnapshot snapshot() {
    return new RuleSnapshot.Recording(name(), expression().printed(), labels(), evaluation());
  }
}
