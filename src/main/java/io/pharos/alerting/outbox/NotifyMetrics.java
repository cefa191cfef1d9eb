package io.pharos.alerting.outbox;

import static java.util.Objects.requireNonNull;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// The counters of the pipeline, under Alertmanager's names.
public final class NotifyMetrics {
  /// Why a notification failed for good, as the metric says it.
  enum FailureReason {
    CLIENT_ERROR("clientError"),
    SERVER_ERROR("serverError"),
    DEADLINE_EXCEEDED("contextDeadlineExceeded"),
    CANCELED("contextCanceled"),
    OTHER("other");

    private final String text;

    FailureReason(String text) {
      this.text = text;
    }
  }

  private final MeterRegistry registry;
  private final Map<String, Timer> latency = new ConcurrentHashMap<>();

  /// @param integrations the kinds of integrations, whose series are there from the start
  public NotifyMetrics(MeterRegistry registry, List<String> integrations) {
    this.registry = requireNonNull(registry, "registry is null");
    for (String integration : integrations) {
      notifications(integration);
      requests(integration);
      failedRequests(integration);
      latency(integration);
      for (FailureReason reason : FailureReason.values()) {
        failed(integration, reason);
      }
    }
  }

  MeterRegistry registry() {
    return registry;
  }

  private Counter notifications(String integration) {
    return Counter.builder("alertmanager_notifications")
        .description("Notifications that were to be delivered.")
        .tag("integration", integration)
        .register(registry);
  }

  private Counter failed(String integration, FailureReason reason) {
    return Counter.builder("alertmanager_notifications_failed")
        .description("Notifications that could not be delivered.")
        .tag("integration", integration)
        .tag("reason", reason.text)
        .register(registry);
  }

  private Counter requests(String integration) {
    return Counter.builder("alertmanager_notification_requests")
        .description("Attempts to deliver a notification.")
        .tag("integration", integration)
        .register(registry);
  }

  private Counter failedRequests(String integration) {
    return Counter.builder("alertmanager_notification_requests_failed")
        .description("Attempts to deliver a notification that failed.")
        .tag("integration", integration)
        .register(registry);
  }

  private Timer latency(String integration) {
    return latency.computeIfAbsent(
        integration,
        name ->
            Timer.builder("alertmanager_notification_latency")
                .description("How long an attempt to deliver takes.")
                .tag("integration", name)
                .serviceLevelObjectives(
                    Duration.ofSeconds(1),
                    Duration.ofSeconds(5),
                    Duration.ofSeconds(10),
                    Duration.ofSeconds(15),
                    Duration.ofSeconds(20))
                .register(registry));
  }

  void attempted(String integration, Duration took, boolean worked) {
    requests(integration).increment();
    latency(integration).record(took);
    if (!worked) {
      failedRequests(integration).increment();
    }
  }

  /// Notifications that left together because of a rate limit.
  void summarized(String integration, int notifications) {
    Counter.builder("pharos_notifications_summarized")
        .description("Notifications that left in one message with others, by a rate limit.")
        .tag("integration", integration)
        .register(registry)
        .increment(notifications);
  }

  void finished(String integration) {
    notifications(integration).increment();
  }

  /// A notification that came to nothing because a secret's file was missing; no failure.
  void notConfigured(String integration) {
    Counter.builder("pharos_notifications_not_configured")
        .description("Notifications not sent because a secret's file was missing.")
        .tag("integration", integration)
        .register(registry)
        .increment();
  }

  void gaveUp(String integration, FailureReason reason) {
    notifications(integration).increment();
    failed(integration, reason).increment();
  }
}
