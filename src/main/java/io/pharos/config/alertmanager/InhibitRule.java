package io.pharos.config.alertmanager;

import io.pharos.model.LabelMatcher;
import java.time.Duration;
import java.util.List;

/// Mutes the alerts that match the target matchers while another alert fires that matches the
/// source matchers and has the same values of all `equal` labels. Also mutes them for the time
/// `outlasts` after that alert has ended.
///
/// @param name shown to people; may be empty and need not be unique
/// @param outlasts how long the rule still mutes after the alert of its source has ended. Zero for
///   rules of `alertmanager.yml`, which can't set it; at most [#MAX_OUTLASTS]
public record InhibitRule(
    String name,
    List<LabelMatcher> sourceMatchers,
    List<LabelMatcher> targetMatchers,
    List<String> equal,
    Duration outlasts) {
  /// The maximum of `outlasts`. Ended alerts are stored for this time. One day is longer than the
  /// short windows of all usual alerts on burn rates.
  public static final Duration MAX_OUTLASTS = Duration.ofHours(24);

  public InhibitRule {
    sourceMatchers = List.copyOf(sourceMatchers);
    targetMatchers = List.copyOf(targetMatchers);
    equal = List.copyOf(equal);
    if (outlasts.isNegative() || outlasts.compareTo(MAX_OUTLASTS) > 0) {
      throw new IllegalArgumentException("outlasts " + outlasts + ": expected zero to a day");
    }
  }

  /// Returns whether the rule can be written in `alertmanager.yml`.
  public boolean isPlain() {
    return outlasts.isZero();
  }
}
