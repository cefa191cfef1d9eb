package io.pharos.alerting.dispatch;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.pharos.config.alertmanager.AlertmanagerConfig;
import io.pharos.model.Sha256;
import java.time.Instant;
import java.util.function.ToDoubleFunction;

/// Metrics of the loaded configuration, under Alertmanager's names.
final class ConfigMetrics {
  private volatile boolean successful;
  private volatile double successSeconds;
  private volatile double hash;
  private volatile int receivers;
  private volatile int integrations;

  ConfigMetrics(MeterRegistry registry) {
    gauge(
        registry,
        "alertmanager_config_last_reload_successful",
        "Whether the last attempt to load the configuration succeeded.",
        metrics -> metrics.successful ? 1 : 0);
    gauge(
        registry,
        "alertmanager_config_last_reload_success_timestamp_seconds",
        "Time of the last successful load of the configuration.",
        metrics -> metrics.successSeconds);
    gauge(
        registry,
        "alertmanager_config_hash",
        "Hash of the current configuration.",
        metrics -> metrics.hash);
    gauge(
        registry,
        "alertmanager_receivers",
        "Receivers of the current configuration.",
        metrics -> metrics.receivers);
    gauge(
        registry,
        "alertmanager_integrations",
        "Integrations of the receivers of the current configuration.",
        metrics -> metrics.integrations);
  }

  private void gauge(
      MeterRegistry registry, String name, String help, ToDoubleFunction<ConfigMetrics> value) {
    Gauge.builder(name, this, value).description(help).register(registry);
  }

  /// Records that a configuration was loaded and is the current configuration from now on.
  void loaded(String text, AlertmanagerConfig config, Instant now) {
    successful = true;
    successSeconds = now.toEpochMilli() / 1000.0;
    hash = hash(text);
    receivers = config.receivers().size();
    integrations = config.receivers().stream().mapToInt(r -> r.integrations().size()).sum();
  }

  void failed() {
    successful = false;
  }

  /// Returns the first 48 bits of a digest of the text; a double represents them exactly.
  private static double hash(String text) {
    byte[] digest = Sha256.of(text);
    long bits = 0;
    for (int i = 0; i < 6; i++) {
      bits = bits << 8 | (digest[i] & 0xff);
    }
    return bits;
  }
}
