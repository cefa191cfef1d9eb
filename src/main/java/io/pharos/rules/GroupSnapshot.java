package io.pharos.rules;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One group with its rules as the last evaluation left them; immutable.
///
/// @param file the path of the rule file as it was given
/// @param interval how often it is evaluated
/// @param evaluationTime how long the last evaluation took
/// @param lastEvaluation when it ran; null before the first
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
    requireNonNull(name, "name is null");
    requireNonNull(file, "file is null");
    rules = List.copyOf(rules);
  }
}
