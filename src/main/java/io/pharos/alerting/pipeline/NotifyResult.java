package io.pharos.alerting.pipeline;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;

/// Result of an attempt to notify.
public sealed interface NotifyResult {
  /// Returns the receiver's answer, or why the receiver did not get the message; without secrets.
  default String text() {
    return switch (this) {
      case Sent(String answer) -> answer;
      case Retryable(String reason, _) -> reason;
      case Rejected(String reason) -> reason;
      case NotConfigured(String reason) -> reason;
    };
  }

  /// The receiver accepted the message.
  ///
  /// @param answer the receiver's answer, truncated and without secrets, for the ledger
  record Sent(String answer) implements NotifyResult {}

  /// The attempt failed and may succeed later: network errors, timeouts, 5xx, 429.
  ///
  /// @param reason reason for the log and the ledger, without secrets
  /// @param retryAfter pause that the receiver requested; empty if none
  record Retryable(String reason, Optional<Duration> retryAfter) implements NotifyResult {
    /// Creates a result of a receiver that requested no pause.
    public Retryable(String reason) {
      this(reason, Optional.empty());
    }

    /// Creates a result for a secret file that can't be read.
    public static Retryable unreadable(IOException e) {
      return new Retryable(String.valueOf(e.getMessage()));
    }
  }

  /// The attempt was not made because the integration lacks a secret file. That is a state of the
  /// configuration, not a failure.
  ///
  /// @param reason what is missing, for the log and the ledger
  record NotConfigured(String reason) implements NotifyResult {}

  /// The receiver rejected the message and would reject it again, so it is not retried before the
  /// group's next flush.
  ///
  /// @param reason reason for the log and the ledger, without secrets
  record Rejected(String reason) implements NotifyResult {}
}
