package io.pharos.ingest.exposition;

/// Reads `google.protobuf.Timestamp` messages. Kept and reused; not thread-safe.
final class ProtobufTime {
  private final ProtobufReader message = new ProtobufReader();

  /// The time in Unix milliseconds.
  long millis(byte[] body, int from, int to) throws ExpositionException {
    long seconds = 0;
    long nanos = 0;
    message.begin(body, from, to);
    while (message.next()) {
      switch (message.field()) {
        case 1 -> seconds = message.varint();
        case 2 -> nanos = message.varint();
        default -> message.skip();
      }
    }
    return seconds * 1000 + nanos / 1_000_000;
  }
}
