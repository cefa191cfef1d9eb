package io.pharos.alerting.pipeline;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.Optional;

/// What became of one attempt to notify.
public sealed interface NotifyResult {
  /// What the receiver said, or why it did not get the message; without secrets.
  default String text() {
    return switch (this) {
      case Sent(String answer) -> answer;
      case Retryable(String reason, _) -> reason;
      case Rejected(String reason) -> reason;
      case NotConfigured(String reason) -> reason;
    };
  }

  /// The receiver took it.
  ///
  /// @param answer what it said, shortened and without secrets, for the ledger
  record Sent(String answer) implements NotifyResult {
    public Sent {
      requireNonNull(answer, "answer is null");
    }
  }

  /// It did not work, and may work later: network errors, timeouts, 5xx, 429.
  ///
  /// @param reason for the log and the ledger, without secrets
  /// @param retryAfter how long the receiver asked to be left alone
  record Retryable(String reason, Optional<Duration> retryAfter) implements NotifyResult {
    public Retryable {
      requireNonNull(reason, "reason is null");
      requireNonNull(retryAfter, "retryAfter is null");
    }
  }

  /// It was not tried, since the integration lacks something that somebody must put there first: a
  /// secret's file. That is a state of the configuration and no failure.
  ///
  /// @param reason what is missing, for the log and the ledger
  record NotConfigured(String reason) implements NotifyResult {
    public NotConfigured {
      requireNonNull(reason, "reason is null");
    }
  }

  /// It did not work and the same message will not: it is not tried again before the group's next
  /// interval.
  ///
  /// @param reason for the log and the ledger, without secrets
  record Rejected(String reason) implements NotifyResult {
    public Rejected {
      requireNonNull(reason, "reason is null");
    }
  }
}
