package io.pharos.limits.work;

import static java.util.Objects.requireNonNull;

/// Work that was not begun: worth another try.
public final class BusyException extends RuntimeException {
  /// Why it was not begun.
  public enum Reason {
    /// Too much waits.
    FULL,
    /// Its turn did not come in time.
    LATE
  }

  private final Reason reason;
  private final String text;

  public BusyException(Reason reason, String text) {
    super(text);
    this.reason = requireNonNull(reason, "reason is null");
    this.text = requireNonNull(text, "text is null");
  }

  public Reason reason() {
    return reason;
  }

  /// For people, in English.
  public String text() {
    return text;
  }
}
