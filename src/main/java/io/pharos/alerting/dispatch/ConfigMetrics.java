package io.pharos.alerting.dispatch;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.pharos.config.alertmanager.AlertmanagerConfig;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;

/// Metrics of the loaded configuration, under Alertmanager's names.
final class ConfigMetrics {
  private volatile boolean successful;
  private volatile double successSeconds;
  private volatile double hash;
  private volatile int receivers;
  private volatile int integrations;

  ConfigMetrics(MeterRegistry registry) {
    Gauge.builder("alertmanager_config_last_reload_successful", this, it -> it.successful ? 1 : 0)
        .description("Whether the last attempt to load the configuration succeeded.")
        .register(registry);
    Gauge.builder(
            "alertmanager_config_last_reload_success_timestamp_seconds",
            this,
            it -> it.successSeconds)
        .description("Time of the last successful load of the configuration.")
        .register(registry);
    Gauge.builder("alertmanager_config_hash", this, it -> it.hash)
        .description("Hash of the configuration in force.")
        .register(registry);
    Gauge.builder("alertmanager_receivers", this, it -> it.receivers)
        .description("Receivers of the configuration in force.")
        .register(registry);
    Gauge.builder("alertmanager_integrations", this, it -> it.integrations)
        .description("Integrations of the receivers of the configuration in force.")
        .register(registry);
  }

  /// Records a configuration that was put in force.
  ///
  /// @param text content of the file
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

  /// The first 48 bits of a digest: a double holds them exactly.
  private static double hash(String text) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      long bits = 0;
      for (int i = 0; i < 6; i++) {
        bits = bits << 8 | (digest[i] & 0xff);
      }
      return bits;
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
