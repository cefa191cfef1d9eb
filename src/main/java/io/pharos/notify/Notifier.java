package io.pharos.notify;

import java.time.Instant;

/// Tells one integration of one receiver. Called on a virtual thread, several at a time.
public interface Notifier {
  /// One attempt. Blocks until it is known what became of it, at the latest until the deadline.
  ///
  /// Expected failures are results; what it throws counts as [NotifyResult.Retryable].
  NotifyResult notify(Notification notification, Instant deadline);
}
