package io.pharos.limits.work;

/// Thrown if work was not started; a retry may succeed.
public final class BusyException extends RuntimeException {
  /// Why the work was not started.
  public enum Reason {
    /// Too much work is waiting.
    FULL,
    /// No thread became free in time.
    LATE
  }

  private final Reason reason;
  private final String text;

  /// @param text the message for people
  public BusyException(Reason reason, String text) {
    super(text);
    this.reason = reason;
    this.text = text;
  }

  /// Returns why the work was not started.
  public Reason reason() {
    return reason;
  }

  /// Returns the message for people, in English.
  public String text() {
    return text;
  }
}
