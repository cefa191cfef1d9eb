package io.pharos.remote.write;

/// A request of which nothing can be stored, with the answer to it.
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
