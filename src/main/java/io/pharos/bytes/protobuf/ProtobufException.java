package io.pharos.bytes.protobuf;

/// Thrown when bytes are not the expected message; the message tells the offset.
public final class ProtobufException extends RuntimeException {
  private final boolean tooLarge;

  ProtobufException(int at, String message) {
    this(at, message, false);
  }

  ProtobufException(int at, String message, boolean tooLarge) {
    super("byte " + at + ": " + message);
    this.tooLarge = tooLarge;
  }

  /// Whether the only error is that the message has more parts than allowed.
  public boolean tooLarge() {
    return tooLarge;
  }
}
