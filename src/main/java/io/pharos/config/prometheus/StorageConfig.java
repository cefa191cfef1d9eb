package io.pharos.config.prometheus;

import static java.util.Objects.requireNonNull;

import java.time.Duration;

/// The section `storage`.
///
/// @param maxExemplars how many exemplars are kept, the newest of all series; 0 for none
/// @param outOfOrderWindow how far behind the newest sample of all series one may be that is older
///   than another of its series; 0 for no such samples
public record StorageConfig(int maxExemplars, Duration outOfOrderWindow) {
  /// Without the section.
  public static final StorageConfig DEFAULT = new StorageConfig(100_000, Duration.ZERO);

  public StorageConfig {
    requireNonNull(outOfOrderWindow, "outOfOrderWindow is null");
    if (outOfOrderWindow.isNegative()) {
      throw new IllegalArgumentException(outOfOrderWindow + ": outOfOrderWindow must be 0 or more");
    }
    if (maxExemplars < 0) {
      throw new IllegalArgumentException(maxExemplars + ": maxExemplars must be 0 or more");
    }
  }
}
