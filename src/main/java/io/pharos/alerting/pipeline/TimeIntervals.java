package io.pharos.alerting.pipeline;

import static java.util.Objects.requireNonNull;

import io.pharos.config.alertmanager.NamedTimeInterval;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/// The configured time intervals by name.
public final class TimeIntervals {
  private final Map<String, NamedTimeInterval> byName;

  /// Creates the intervals of a configuration.
  public TimeIntervals(Collection<NamedTimeInterval> intervals) {
    byName =
        intervals.stream().collect(Collectors.toUnmodifiableMap(NamedTimeInterval::name, i -> i));
  }

  /// Returns those names whose interval contains the instant.
  List<String> containing(List<String> names, Instant now) {
    return names.stream()
        .filter(name -> requireNonNull(byName.get(name), "no time interval " + name).contains(now))
        .toList();
  }

  /// Returns the names of the intervals that mute a route at an instant: mute intervals that
  /// contain it, or else all active intervals if none of them contains it.
  public List<String> muting(List<String> mute, List<String> active, Instant now) {
    List<String> muted = containing(mute, now);
    if (muted.isEmpty() && !active.isEmpty() && containing(active, now).isEmpty()) {
      return active;
    }
    return muted;
  }
}
