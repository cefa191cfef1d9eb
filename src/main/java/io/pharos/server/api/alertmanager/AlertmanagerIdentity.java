package io.pharos.server.api.alertmanager;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Instant;

/// The versions that the Alertmanager API reports.
///
/// @param version version of Alertmanager that the API is compatible with; clients depend on it
/// @param revision version of Pharos
/// @param startedAt start of the process
public record AlertmanagerIdentity(String version, String revision, Instant startedAt) {
  /// Registers `alertmanager_build_info` and `alertmanager_cluster_enabled`, because dashboards
  /// query them.
  public void bindTo(MeterRegistry registry) {
    Gauge.builder("alertmanager_build_info", () -> 1)
        .description("Version of the compatible Alertmanager API.")
        .tag("version", version)
        .tag("revision", revision)
        .tag("branch", "")
        .tag("goversion", "")
        .register(registry);
    Gauge.builder("alertmanager_cluster_enabled", () -> 0)
        .description("Whether the notifier gossips with peers; always 0.")
        .register(registry);
  }
}
