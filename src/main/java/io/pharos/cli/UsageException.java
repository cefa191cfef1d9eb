package io.pharos.cli;

/// A command line that can't be obeyed; the message says which word and what was expected.
public final class UsageException extends RuntimeException {
  public UsageException(String message) {
    super(message);
  }
}
