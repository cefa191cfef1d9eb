package io.pharos.model.histogram;

/// The observations that a trimmed histogram keeps.
public enum Trim {
  /// Observations below the value: PromQL's `</`.
  KEEP_BELOW,
  /// Observations above the value: PromQL's `>/`.
  KEEP_ABOVE
}
