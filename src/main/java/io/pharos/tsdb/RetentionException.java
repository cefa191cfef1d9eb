package io.pharos.tsdb;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;

/// Thrown when samples to import exceed the retention: the store would delete them at once.
public final class RetentionException extends IOException {
  private final Instant oldest;

  RetentionException(Path block, Instant oldest) {
    super(block + ": samples from " + oldest + " on are older than the retention");
    this.oldest = oldest;
  }

  /// Time of the oldest sample.
  public Instant oldest() {
    return oldest;
  }
}
