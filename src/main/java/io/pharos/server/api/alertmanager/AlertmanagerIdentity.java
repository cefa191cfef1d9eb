package io.pharos.server.api.alertmanager;

import static java.util.Objects.requireNonNull;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Instant;

/// What the Alertmanager API says of the server.
///
/// @param version of the Alertmanager whose API is spoken, since clients switch on it
/// @param revision Pharos' own version
/// @param startedAt when the process began
public record AlertmanagerIdentity(String version, String revision, Instant startedAt) {
  public AlertmanagerIdentity {
    requireNonNull(version, "version is null");
    requireNonNull(revision, "revision is null");
    requireNonNull(startedAt, "startedAt is null");
  }

  /// Registers `alertmanager_build_info` and `alertmanager_cluster_enabled`, by which dashboards
  /// tell what they speak to.
  public void bindTo(MeterRegistry registry) {
    Gauge.builder("alertmanager_build_info", () -> 1)
        .description("The version of the Alertmanager API that is spoken.")
        .tag("version", version)
        .tag("revision", revision)
        .tag("branch", "")
        .tag("goversion", "")
        .register(registry);
    Gauge.builder("alertmanager_cluster_enabled", () -> 0)
        .description("Whether the notifier gossips with peers. It never does.")
        .register(registry);
  }
}
