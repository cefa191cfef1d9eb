package io.pharos.config.prometheus;

import java.time.Duration;

/// The section `storage`.
///
/// @param maxExemplars maximum number of stored exemplars over all series, the newest ones; 0 for
///   none
/// @param outOfOrderWindow how far behind the newest sample of the store an out-of-order sample may
///   be; 0 to refuse such samples
public record StorageConfig(int maxExemplars, Duration outOfOrderWindow) {
  /// The defaults without the section.
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
