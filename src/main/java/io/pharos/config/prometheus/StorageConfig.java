package io.pharos.config.prometheus;

/// The section `storage`.
///
/// @param maxExemplars how many exemplars are kept, the newest of all series; 0 for none
public record StorageConfig(int maxExemplars) {
  /// Without the section.
  public static final StorageConfig DEFAULT = new StorageConfig(100_000);

  public StorageConfig {
    if (maxExemplars < 0) {
      throw new IllegalArgumentException(maxExemplars + ": maxExemplars must be 0 or more");
    }
  }
}
