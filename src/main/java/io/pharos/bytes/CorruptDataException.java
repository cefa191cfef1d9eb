package io.pharos.bytes;

/// Bytes that can't be what the format says. The message names the place and what was expected.
public final class CorruptDataException extends RuntimeException {
  public CorruptDataException(String message) {
    super(message);
  }
}
