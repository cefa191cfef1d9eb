package io.pharos.config.alertmanager;

import static java.util.Objects.requireNonNull;

import io.pharos.config.http.HttpOptions;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/// The `global` part. All but the resolve timeout is already merged into the receivers.
///
/// @param resolveTimeout how long an alert without an end is believed after its last post
/// @param integrations what integrations take from here, for every kind that there is
public record GlobalConfig(
    Duration resolveTimeout,
    HttpOptions http,
    Map<IntegrationKind, IntegrationDefaults> integrations) {
  public GlobalConfig {
    requireNonNull(resolveTimeout, "resolveTimeout is null");
    requireNonNull(http, "http is null");
    integrations = Collections.unmodifiableMap(new LinkedHashMap<>(integrations));
  }

  /// What the integrations of a kind take from here, as that kind's own type.
  public <T extends IntegrationDefaults> Optional<T> defaults(Class<T> type) {
    return integrations.values().stream().filter(type::isInstance).map(type::cast).findFirst();
  }
}
