package io.pharos.gate.observe;

import io.pharos.model.LabelMatcher;
import java.util.List;
import java.util.Optional;

/// Why the metrics of a candidate cannot be read.
public interface TargetFaults {
  /// Describes the fault of a target that the matchers of a selector select; empty if there is
  /// none, or if nothing is known about it.
  ///
  /// @return a part of a sentence: what fails, and what to do
  Optional<String> of(List<LabelMatcher> selector);

  /// Returns an implementation that knows nothing, for metrics that another server collects.
  static TargetFaults unknown() {
    return _ -> Optional.empty();
  }
}
