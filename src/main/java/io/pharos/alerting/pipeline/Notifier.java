package io.pharos.alerting.pipeline;

import io.pharos.config.alertmanager.IntegrationConfig;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Supplier;

/// Sends notifications of one integration. Called on a virtual thread, several calls at a time.
public interface Notifier {
  /// Makes one attempt. Blocks until the result is known, at most until the deadline.
  ///
  /// Expected failures are results; an exception counts as [NotifyResult.Retryable].
  NotifyResult notify(Notification notification, Instant deadline);

  /// What is missing before anything can be sent, such as a secret file; empty if nothing is
  /// missing. Called before each attempt and for each display; must not block.
  default Optional<String> missing() {
    return Optional.empty();
  }

  /// Wraps this notifier for an integration that may lack something.
  default Notifier whenComplete(Supplier<Optional<String>> missing) {
    Notifier real = this;
    return new Notifier() {
      @Override
      public NotifyResult notify(Notification notification, Instant deadline) {
        Optional<String> lacking = missing();
        return lacking.isPresent()
            ? new NotifyResult.NotConfigured(lacking.get())
            : real.notify(notification, deadline);
      }

      @Override
      public Optional<String> missing() {
        return missing.get();
      }
    };
  }

  /// Creates the notifiers of integrations; the composition root knows all channels.
  interface Factory extends AutoCloseable {
    /// Creates the notifier of one integration.
    ///
    /// @throws IllegalArgumentException if the integration cannot work as configured; the
    ///   configuration is refused then
    Notifier create(String receiver, IntegrationConfig integration);

    /// Releases the resources of the notifiers. Running attempts finish; later attempts fail as if
    /// the receiver did not answer.
    @Override
    default void close() {}
  }
}
