package io.pharos.alerting.channel;

import io.pharos.alerting.pipeline.NotifyResult;
import java.time.Instant;

/// Hands mail to a mail server.
public interface MailTransport {
  /// One attempt; blocks until the server took the mail or refused it, at the latest until the
  /// deadline.
  ///
  /// An address that the server refuses for good (5xx on RCPT) is [NotifyResult.Rejected];
  /// everything else that goes wrong is [NotifyResult.Retryable]. Passwords stand in no reason.
  NotifyResult send(OutgoingMail mail, Instant deadline);
}
