package io.pharos.config.alertmanager;

import io.pharos.config.pharos.RateLimit;
import java.util.Optional;

/// A kind of integration: a list in a receiver and keys in `global`.
public interface IntegrationKind {
  /// The name, as in `slack`; the list in a receiver is `slack_configs`.
  String type();

  /// Whether the list belongs in `pharos.yml`, because Alertmanager lacks this integration.
  default boolean isPharosOnly() {
    return false;
  }

  /// Whether the integration opens incidents. Those must be closed even while muted: an incident
  /// that stays open pages people for nothing or hides the next one.
  default boolean opensIncidents() {
    return false;
  }

  /// The rate limit of the service, if it blocks senders that exceed one. A receiver's own limit
  /// overrides it.
  default Optional<RateLimit> limit() {
    return Optional.empty();
  }

  /// Reads the kind's keys in `global`.
  IntegrationDefaults defaults(KeyReader global);
}
