package io.pharos.bytes.protobuf;

/// Bytes that are not the message that was expected; says where.
public final class ProtobufException extends RuntimeException {
  private final boolean tooLarge;

  ProtobufException(int at, String message) {
    this(at, message, false);
  }

  ProtobufException(int at, String message, boolean tooLarge) {
    super("byte " + at + ": " + message);
    this.tooLarge = tooLarge;
  }

  /// Whether the message has more parts than its reader takes, and nothing else is wrong with it.
  public boolean tooLarge() {
    return tooLarge;
  }
}
