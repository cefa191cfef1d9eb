package io.pharos.config.alertmanager;

import io.pharos.config.pharos.RateLimit;
import java.util.Optional;

/// A kind of integration as the files have it: a list in a receiver, and keys in `global`.
public interface IntegrationKind {
  /// Its name, as in `slack`; the list in a receiver is `slack_configs`.
  String type();

  /// Whether its list stands in `pharos.yml`, since Alertmanager has no such integration.
  default boolean isPharosOnly() {
    return false;
  }

  /// Whether it opens incidents, which must be closed: one that is left open because its end was
  /// muted pages someone for nothing, or hides the next one.
  default boolean opensIncidents() {
    return false;
  }

  /// What its service takes of one sender before it blocks it, if there is such a bound; receivers
  /// may have a limit of their own.
  default Optional<RateLimit> limit() {
    return Optional.empty();
  }

  /// Reads its keys of `global`.
  IntegrationDefaults defaults(KeyReader global);
}
