package io.pharos.config.prometheus;

import java.time.Duration;

/// The section `storage`.
///
/// @param maxExemplars maximum number of stored exemplars over all series: the newest are stored; 0
///   to store none
/// @param outOfOrderWindow how much older than the newest sample of the store an out-of-order
///   sample may be; 0 to refuse such samples
public record StorageConfig(int maxExemplars, Duration outOfOrderWindow) {
  /// The options if there is no such section.
  public static final StorageConfig DEFAULT = new StorageConfig(100_000, Duration.ZERO);

  public StorageConfig {
    if (outOfOrderWindow.isNegative()) {
      throw new IllegalArgumentException(outOfOrderWindow + ": outOfOrderWindow must be 0 or more");
    }
    if (maxExemplars < 0) {
      throw new IllegalArgumentException(maxExemplars + ": maxExemplars must be 0 or more");
    }
  }
}
