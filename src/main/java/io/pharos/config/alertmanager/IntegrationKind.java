package io.pharos.config.alertmanager;

import io.pharos.config.pharos.RateLimit;
import java.util.Optional;

/// A kind of integration. Its integrations are a list in a receiver, its defaults are keys in
/// `global`.
public interface IntegrationKind {
  /// Returns the name, such as `slack`. The list in a receiver is `slack_configs`.
  String type();

  /// Returns whether the list belongs in `pharos.yml`, because Alertmanager has no such
  /// integration.
  default boolean isPharosOnly() {
    return false;
  }

  /// Returns whether the integration opens incidents. They must be closed even while the alerts are
  /// muted: an incident that stays open pages people for nothing or hides the next incident.
  default boolean opensIncidents() {
    return false;
  }

  /// Returns the default rate limit, for a service that blocks senders above a limit. A limit
  /// configured for a receiver overrides this default.
  default Optional<RateLimit> limit() {
    return Optional.empty();
  }

  /// Reads the keys of this kind in `global`.
  IntegrationDefaults defaults(KeyReader global);
}
