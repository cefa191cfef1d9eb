package io.pharos.trouble;

import io.pharos.model.Labels;
import java.time.Instant;
import java.util.Optional;

/// Finds what sources did before this process started.
@FunctionalInterface
public interface SourceHistory {
  /// Returns the time since which a source that fails may have failed: that of its last good sample
  /// before a time; without one, an interval before it first failed; empty if unknown.
  ///
  /// @param source labels of all its series, without the name
  Optional<Instant> failingSince(Labels source, Instant before);
}
