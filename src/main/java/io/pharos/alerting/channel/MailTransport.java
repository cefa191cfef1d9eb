package io.pharos.alerting.channel;

import io.pharos.alerting.pipeline.NotifyResult;
import java.time.Instant;

/// Passes mail to a mail server.
public interface MailTransport {
  /// Makes one attempt; blocks until the server accepts or rejects the mail, at most until the
  /// deadline.
  ///
  /// An address that the server rejects permanently (5xx on RCPT) is [NotifyResult.Rejected]; all
  /// other failures are [NotifyResult.Retryable]. Reasons contain no passwords.
  NotifyResult send(OutgoingMail mail, Instant deadline);
}
