package io.pharos.config.alertmanager;

import io.pharos.model.LabelMatcher;
import java.time.Duration;
import java.util.List;

/// Mutes alerts that match the target while an alert fires that matches the source and has the same
/// values of all `equal` labels, and for a time after that alert has ended.
///
/// @param name for people; may be empty and need not be unique
/// @param outlasts how long the rule mutes after the end of its source: zero for rules of
///   `alertmanager.yml`, which can't set it; at most [#LONGEST]
public record InhibitRule(
    String name,
    List<LabelMatcher> sourceMatchers,
    List<LabelMatcher> targetMatchers,
    List<String> equal,
    Duration outlasts) {
  /// The longest `outlasts`, for which ended alerts must be kept. A day covers the longest short
  /// window of an alert on a burn rate.
  public static final Duration LONGEST = Duration.ofHours(24);

  public InhibitRule {
    sourceMatchers = List.copyOf(sourceMatchers);
    targetMatchers = List.copyOf(targetMatchers);
    equal = List.copyOf(equal);
    if (outlasts.isNegative() || outlasts.compareTo(LONGEST) > 0) {
      throw new IllegalArgumentException("outlasts " + outlasts + ": expected zero to a day");
    }
  }

  /// Whether `alertmanager.yml` can express the rule.
  public boolean isPlain() {
    return outlasts.isZero();
  }
}
