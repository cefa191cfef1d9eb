package io.pharos.migration;

/// Reports that migrations were not run, or not all of them. The message is for people.
public final class MigrationException extends Exception {
  /// The kind of failure.
  public enum Reason {
    /// The files do not match the applied migrations, or another file must run first.
    REFUSED,
    /// A statement of a file failed.
    FAILED,
    /// The server is unreachable or refuses the user.
    UNREACHABLE,
    /// Another run is active and did not end in time.
    BUSY
  }

  private final Reason reason;

  /// Creates the exception; the message is for people.
  public MigrationException(Reason reason, String message) {
    super(message);
    this.reason = reason;
  }

  /// Creates an exception with the reason REFUSED.
  public static MigrationException refused(String message) {
    return new MigrationException(Reason.REFUSED, message);
  }

  /// Returns the kind of failure.
  public Reason reason() {
    return reason;
  }
}
