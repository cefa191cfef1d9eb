package io.pharos.tsdb;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;

/// Samples would be deleted as soon as the store has them.
public final class RetentionException extends IOException {
  private final Instant oldest;

  RetentionException(Path block, Instant oldest) {
    super(block + ": samples from " + oldest + " on are older than the retention");
    this.oldest = oldest;
  }

  /// From when on there are samples.
  public Instant oldest() {
    return oldest;
  }
}
