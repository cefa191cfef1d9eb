package io.pharos.bytes;

import java.nio.file.Path;

/// Thrown when bytes violate their format. The message names the place and what was expected.
public final class CorruptDataException extends RuntimeException {
  /// @param message the place, the value found and the value expected
  public CorruptDataException(String message) {
    super(message);
  }

  /// Creates an exception for damage at an offset of a file.
  public static CorruptDataException at(Path file, long offset, String reason) {
    return new CorruptDataException("%s: damaged at offset %d: %s".formatted(file, offset, reason));
  }
}
