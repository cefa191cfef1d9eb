package io.pharos.config.pharos;

import io.pharos.model.LabelMatcher;
import io.pharos.model.Labels;
import java.time.Duration;
import java.util.List;

/// When an alert counts as flapping, and how long its end is then held back.
///
/// @param matchers the alerts that the rule is for; all must match
/// @param changes begins and ends of an alert within [#within] that make it flap
/// @param hold how long a flapping alert must stay resolved before its end counts
public record FlapRule(List<LabelMatcher> matchers, int changes, Duration within, Duration hold) {
  /// More changes would keep more times in memory.
  public static final int MAX_CHANGES = 100;

  public FlapRule {
    matchers = List.copyOf(matchers);
    if (changes < 2 || changes > MAX_CHANGES) {
      throw new IllegalArgumentException(
          "changes: expected 2 to " + MAX_CHANGES + ", found " + changes);
    }
  }

  /// Returns whether the rule is for an alert.
  public boolean matches(Labels alert) {
    return LabelMatcher.matchesAll(matchers, alert);
  }
}
