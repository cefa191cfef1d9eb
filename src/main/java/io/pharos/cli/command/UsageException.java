package io.pharos.cli.command;

/// Reports an invalid command line. The message contains the invalid word and what was expected.
public final class UsageException extends RuntimeException {
  public UsageException(String message) {
    super(message);
  }
}
