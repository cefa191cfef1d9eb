package io.pharos.bytes.snappy;

/// Bytes that are not a block of Snappy, or a larger one than was allowed.
public final class SnappyException extends RuntimeException {
  private final boolean tooLarge;

  SnappyException(String message, boolean tooLarge) {
    super(message);
    this.tooLarge = tooLarge;
  }

  /// Whether the block may be well-formed and is only too large.
  public boolean tooLarge() {
    return tooLarge;
  }
}
