package io.pharos.limits.work;

/// Thrown if work was abandoned before its end.
public final class CancelledException extends RuntimeException {
  /// Why the work was abandoned.
  public enum Reason {
    /// The client disconnected.
    GONE,
    /// The deadline passed.
    LATE
  }

  private final Reason reason;

  /// @param reason why the work was abandoned
  public CancelledException(Reason reason) {
    super(
        switch (reason) {
          case GONE -> "the client disconnected";
          case LATE -> "the deadline passed";
        });
    this.reason = reason;
  }

  /// Returns why the work was abandoned.
  public Reason reason() {
    return reason;
  }
}
