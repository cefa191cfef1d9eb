package io.pharos.alerting.pipeline;

import io.pharos.config.pharos.DeliverySettings;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/// Decides whether a notification is due and delivers it: the port from the pipeline to the outbox.
public interface Deliverer {
  /// Decides whether an integration must be notified of a group's state, and queues the delivery.
  ///
  /// @return completes with true when the integration has been notified or need not be; with false
  ///   when it has not been, and the group's next flush must decide again
  CompletableFuture<Boolean> decide(NotificationDecision proposal);

  /// Replaces the integrations in force. Deliveries to integrations that no longer exist are given
  /// up.
  void install(Map<IntegrationId, Integration> integrations, DeliverySettings settings);
}
