package io.pharos.alerting.dispatch;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.pharos.alerting.silence.Silence;
import io.pharos.alerting.silence.Silences;
import java.time.Duration;
import java.time.Instant;
import java.util.function.IntSupplier;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/// Metrics of received alerts, silences and groups, under Alertmanager's names.
final class DispatchMetrics {
  private static final Duration MAX_AGE = Duration.ofSeconds(1);

  private final Counter firing;
  private final Counter resolved;
  private final Counter invalid;
  private final Counter storeFailures;
  private final Object counting = new Object();
  private @Nullable Counts latest;

  /// Number of alerts by state.
  record Counts(long active, long suppressed, Instant at) {}

  DispatchMetrics(
      MeterRegistry registry, Dispatcher dispatcher, Silences silences, IntSupplier groups) {
    firing = received(registry, "firing");
    resolved = received(registry, "resolved");
    invalid =
        Counter.builder("alertmanager_alerts_invalid")
            .description("Invalid alerts, and alerts refused by the memory bound.")
            .tag("version", "v2")
            .register(registry);
    storeFailures =
        Counter.builder("pharos_alert_store_failures")
            .description("Failed writes of alerts to the store.")
            .register(registry);
    state(registry, dispatcher, "active", Counts::active);
    state(registry, dispatcher, "suppressed", Counts::suppressed);
    state(registry, dispatcher, "unprocessed", _ -> 0);
    for (Silence.State silenceState : Silence.State.values()) {
      Gauge.builder("alertmanager_silences", silences, all -> all.count(silenceState))
          .description("Silences by state.")
          .tag("state", silenceState.text())
          .register(registry);
    }
    Gauge.builder("alertmanager_dispatcher_aggregation_groups", groups, IntSupplier::getAsInt)
        .description("Groups that have alerts.")
        .strongReference(true)
        .register(registry);
  }

  private static Counter received(MeterRegistry registry, String status) {
    return Counter.builder("alertmanager_alerts_received")
        .description("Alerts that were posted.")
        .tag("status", status)
        .tag("version", "v2")
        .register(registry);
  }

  private void state(
      MeterRegistry registry, Dispatcher dispatcher, String state, ToLongFunction<Counts> count) {
    Gauge.builder("alertmanager_alerts", dispatcher, current -> count.applyAsLong(counts(current)))
        .description("Unresolved alerts by state.")
        .tag("state", state)
        .register(registry);
  }

  /// Returns the number of alerts by state. The numbers are reused for one second, so that each
  /// scrape counts the alerts only once.
  private Counts counts(Dispatcher dispatcher) {
    synchronized (counting) {
      Counts counts = latest;
      Instant now = dispatcher.now();
      if (counts == null || Duration.between(counts.at(), now).compareTo(MAX_AGE) > 0) {
        counts = dispatcher.count(now);
        latest = counts;
      }
      return counts;
    }
  }

  void received(boolean isResolved) {
    (isResolved ? resolved : firing).increment();
  }

  void refused(int count) {
    invalid.increment(count);
  }

  void storeFailed() {
    storeFailures.increment();
  }
}
