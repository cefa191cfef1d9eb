package io.pharos.migration;

import static java.util.Objects.requireNonNull;

/// Why migrations were not run, or not all of them; the message is for people.
public final class MigrationException extends Exception {
  /// Whose turn it is to do something about it.
  public enum Reason {
    /// What was applied and the files don't fit together, or a file has to run before.
    REFUSED,
    /// A file failed.
    FAILED,
    /// The server can't be reached or refuses the user.
    UNREACHABLE,
    /// Another migration is under way.
    BUSY
  }

  private final Reason reason;

  MigrationException(Reason reason, String message) {
    super(message);
    this.reason = requireNonNull(reason, "reason is null");
  }

  /// One of what does not fit.
  public static MigrationException refused(String message) {
    return new MigrationException(Reason.REFUSED, message);
  }

  public Reason reason() {
    return reason;
  }
}
