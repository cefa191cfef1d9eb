package io.pharos.remote.write;

/// The request can't be stored at all; contains the answer.
final class RefusedWriteException extends RuntimeException {
  private final transient WriteOutcome outcome;

  private RefusedWriteException(String message, WriteOutcome outcome) {
    super(message);
    this.outcome = outcome;
  }

  static RefusedWriteException unsupported(String reason) {
    return new RefusedWriteException(reason, new WriteOutcome.Unsupported(reason));
  }

  static RefusedWriteException malformed(String reason) {
    return new RefusedWriteException(reason, new WriteOutcome.Malformed(reason));
  }

  WriteOutcome outcome() {
    return outcome;
  }
}
