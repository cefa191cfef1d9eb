package io.pharos.limits.work;

import static java.util.Objects.requireNonNull;

/// Work that was given up before it was done.
public final class CancelledException extends RuntimeException {
  /// Why it was given up.
  public enum Reason {
    /// Whoever asked went away.
    GONE,
    /// It took longer than it may.
    LATE
  }

  private final Reason reason;

  public CancelledException(Reason reason) {
    super(
        switch (requireNonNull(reason, "reason is null")) {
          case GONE -> "whoever asked went away";
          case LATE -> "it took too long";
        });
    this.reason = reason;
  }

  public Reason reason() {
    return reason;
  }
}
