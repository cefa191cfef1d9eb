package io.pharos.config.alertmanager;

import java.time.Instant;
import java.util.List;

/// A named list of time intervals, to which routes refer.
public record NamedTimeInterval(String name, List<TimeInterval> intervals) {
  public NamedTimeInterval {
    intervals = List.copyOf(intervals);
  }

  /// Returns whether an instant is in any of the intervals.
  public boolean contains(Instant instant) {
    return intervals.stream().anyMatch(interval -> interval.contains(instant));
  }
}
