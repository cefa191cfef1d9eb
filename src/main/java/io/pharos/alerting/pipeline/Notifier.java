package io.pharos.alerting.pipeline;

import java.time.Instant;
import java.util.Optional;
import java.util.function.Supplier;

/// Tells one integration of one receiver. Called on a virtual thread, several at a time.
public interface Notifier {
  /// One attempt. Blocks until it is known what became of it, at the latest until the deadline.
  ///
  /// Expected failures are results; what it throws counts as [NotifyResult.Retryable].
  NotifyResult notify(Notification notification, Instant deadline);

  /// What must be put there before anybody can be told, such as a secret's file, or empty where
  /// nothing is missing. Asked before each attempt and whenever somebody looks; it must not block.
  default Optional<String> missing() {
    return Optional.empty();
  }

  /// This notifier while something may be missing.
  ///
  /// @param missing says what
  default Notifier unless(Supplier<Optional<String>> missing) {
    Notifier real = this;
    return new Notifier() {
      @Override
      public NotifyResult notify(Notification notification, Instant deadline) {
        Optional<String> what = missing();
        return what.isPresent()
            ? new NotifyResult.NotConfigured(what.get())
            : real.notify(notification, deadline);
      }

      @Override
      public Optional<String> missing() {
        return missing.get();
      }
    };
  }
}
