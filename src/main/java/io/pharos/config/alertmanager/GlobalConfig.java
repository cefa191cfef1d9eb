package io.pharos.config.alertmanager;

import io.pharos.config.http.HttpOptions;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/// The section `global`. The integrations of receivers already contain these defaults.
///
/// @param resolveTimeout how long an alert without an end time stays active after its last post
public record GlobalConfig(
    Duration resolveTimeout,
    HttpOptions http,
    Map<IntegrationKind, IntegrationDefaults> integrations) {
  public GlobalConfig {
    integrations = Collections.unmodifiableMap(new LinkedHashMap<>(integrations));
  }

  /// Returns the defaults that have this type; empty if no kind of integration has such defaults.
  public <T extends IntegrationDefaults> Optional<T> defaults(Class<T> type) {
    return integrations.values().stream().filter(type::isInstance).map(type::cast).findFirst();
  }
}
