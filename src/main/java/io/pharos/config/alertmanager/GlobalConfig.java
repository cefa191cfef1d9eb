package io.pharos.config.alertmanager;

import io.pharos.config.http.HttpOptions;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/// The section `global`. Its defaults are already merged into the receivers.
///
/// @param resolveTimeout how long an alert without an end time stays active after its last post
public record GlobalConfig(
    Duration resolveTimeout,
    HttpOptions http,
    Map<IntegrationKind, IntegrationDefaults> integrations) {
  public GlobalConfig {
    integrations = Collections.unmodifiableMap(new LinkedHashMap<>(integrations));
  }

  /// The defaults of the first kind whose defaults have this type.
  public <T extends IntegrationDefaults> Optional<T> defaults(Class<T> type) {
    return integrations.values().stream().filter(type::isInstance).map(type::cast).findFirst();
  }
}
