package io.pharos.trouble;

import io.pharos.model.Labels;
import java.time.Instant;
import java.util.Optional;

/// Finds what sources did before this process started.
@FunctionalInterface
public interface SourceHistory {
  /// Returns the time of the last good sample of a source before a time; empty if unknown.
  ///
  /// @param source labels of all its series, without the name
  Optional<Instant> lastGood(Labels source, Instant before);
}
