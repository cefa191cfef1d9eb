package io.pharos.rules;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A group with its rules after the last evaluation; immutable.
///
/// @param file path of the rule file, as it was configured
/// @param interval interval between evaluations
/// @param evaluationTime duration of the last evaluation
/// @param lastEvaluation time of the last evaluation; null before the first evaluation
public record GroupSnapshot(
    String name,
    String file,
    Duration interval,
    Duration queryOffset,
    int limit,
    List<RuleSnapshot> rules,
    Duration evaluationTime,
    @Nullable Instant lastEvaluation) {
  public GroupSnapshot {
    rules = List.copyOf(rules);
  }
}
