package io.pharos.alerting.pipeline;

/// Why a notification is due. The texts are visible to users.
public enum NotifyReason {
  FIRST_NOTIFICATION("first notification"),
  NEW_ALERTS("new alerts in the group"),
  ALL_RESOLVED("all alerts are resolved"),
  SOME_RESOLVED("some alerts are resolved"),
  REPEAT("repeat interval has passed"),
  FALLBACK("another receiver could not be notified"),
  STORM("many groups at once, combined into one message"),
  TEST("a test message");

  private final String text;

  NotifyReason(String text) {
    this.text = text;
  }

  /// The reason in English.
  public String text() {
    return text;
  }
}
