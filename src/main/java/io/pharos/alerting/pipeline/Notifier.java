package io.pharos.alerting.pipeline;

import io.pharos.config.alertmanager.IntegrationConfig;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Supplier;

/// Sends notifications of one integration. Its methods are called on virtual threads, several at a
/// time.
public interface Notifier {
  /// Makes one attempt. Blocks until the result is known, at most until the deadline.
  ///
  /// Expected failures are returned as results; an exception counts as [NotifyResult.Retryable].
  NotifyResult notify(Notification notification, Instant deadline);

  /// Returns what is missing before anything can be sent, such as a secret file; empty if nothing
  /// is missing. Called before each attempt and each display; must not block.
  default Optional<String> missing() {
    return Optional.empty();
  }

  /// Returns a notifier that sends through this notifier, but only if nothing is missing.
  ///
  /// @param missing returns what the integration lacks; empty if it lacks nothing
  default Notifier whenComplete(Supplier<Optional<String>> missing) {
    Notifier sender = this;
    return new Notifier() {
      @Override
      public NotifyResult notify(Notification notification, Instant deadline) {
        Optional<String> lacking = missing();
        return lacking.isPresent()
            ? new NotifyResult.NotConfigured(lacking.get())
            : sender.notify(notification, deadline);
      }

      @Override
      public Optional<String> missing() {
        return missing.get();
      }
    };
  }

  /// Creates the notifiers of integrations. The implementation is in a package that depends on all
  /// channels.
  interface Factory extends AutoCloseable {
    /// Creates the notifier of one integration.
    ///
    /// @throws IllegalArgumentException if the integration cannot work as configured; then the
    ///   configuration is refused
    Notifier create(String receiver, IntegrationConfig integration);

    /// Releases the resources of the notifiers. Running attempts finish; later attempts fail as if
    /// the receiver did not respond.
    @Override
    default void close() {}
  }
}
