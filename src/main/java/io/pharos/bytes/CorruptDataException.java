package io.pharos.bytes;

/// Thrown when bytes violate their format. The message names the place and the expectation.
public final class CorruptDataException extends RuntimeException {
  /// @param message the place, the value found and the value expected
  public CorruptDataException(String message) {
    super(message);
  }
}
