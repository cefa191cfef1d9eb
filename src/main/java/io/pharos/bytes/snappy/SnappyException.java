package io.pharos.bytes.snappy;

/// Thrown when bytes are not a Snappy block, or one that is longer than allowed.
public final class SnappyException extends RuntimeException {
  private final boolean tooLarge;

  SnappyException(String message, boolean tooLarge) {
    super(message);
    this.tooLarge = tooLarge;
  }

  /// Whether the block is too long, but not known to be damaged.
  public boolean tooLarge() {
    return tooLarge;
  }
}
