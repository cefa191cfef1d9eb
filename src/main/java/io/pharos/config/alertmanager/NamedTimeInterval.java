package io.pharos.config.alertmanager;

import static java.util.Objects.requireNonNull;

import java.time.Instant;
import java.util.List;

/// A name that routes use for moments; those of any of its intervals.
public record NamedTimeInterval(String name, List<TimeInterval> intervals) {
  public NamedTimeInterval {
    requireNonNull(name, "name is null");
    intervals = List.copyOf(intervals);
  }

  public boolean contains(Instant instant) {
    return intervals.stream().anyMatch(interval -> interval.contains(instant));
  }
}
