package io.pharos.model.histogram;

/// Which observations a trimmed histogram keeps.
public enum Trim {
  /// Those below the value: PromQL's `</`.
  KEEP_BELOW,
  /// Those above the value: PromQL's `>/`.
  KEEP_ABOVE
}
