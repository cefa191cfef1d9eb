package io.pharos.config.alertmanager;

import static java.util.Objects.requireNonNull;

import io.pharos.model.LabelMatcher;
import java.time.Duration;
import java.util.List;

/// Alerts that match the target are muted while an alert fires that matches the source and has
/// equal values of all `equal` labels, and for a time after it has ended.
///
/// @param name for people; may be empty and need not be unique
/// @param outlasts how long after its source's end the rule still mutes: zero in Alertmanager's own
///   file, which has no word for it; at most [#LONGEST]
public record InhibitRule(
    String name,
    List<LabelMatcher> sourceMatchers,
    List<LabelMatcher> targetMatchers,
    List<String> equal,
    Duration outlasts) {
  /// Ended alerts are kept for that long at most: a day covers the longest short window that an
  /// alert on a burn rate looks back over.
  public static final Duration LONGEST = Duration.ofHours(24);

  public InhibitRule {
    requireNonNull(name, "name is null");
    sourceMatchers = List.copyOf(sourceMatchers);
    targetMatchers = List.copyOf(targetMatchers);
    equal = List.copyOf(equal);
    if (outlasts.isNegative() || outlasts.compareTo(LONGEST) > 0) {
      throw new IllegalArgumentException("outlasts " + outlasts + ": expected zero to a day");
    }
  }

  /// A rule that mutes for as long as its source fires.
  public InhibitRule(
      String name,
      List<LabelMatcher> sourceMatchers,
      List<LabelMatcher> targetMatchers,
      List<String> equal) {
    this(name, sourceMatchers, targetMatchers, equal, Duration.ZERO);
  }

  /// Whether it is one that Alertmanager's own file can hold.
  public boolean isPlain() {
    return outlasts.isZero();
  }
}
