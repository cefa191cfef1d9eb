package io.pharos.alerting.outbox;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// Metrics of notifications, under Alertmanager's names.
public final class NotifyMetrics {
  /// Why a notification was given up. The texts are values of the label `reason`.
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

  /* Retries pause for a minute at most unless the receiver asks for more. So by now the failed
   * delivery was given up, and nothing shows whether the next one would succeed. */
  static final Duration FORGOTTEN_AFTER = Duration.ofMinutes(15);

  final MeterRegistry registry;
  private @Nullable Instant failingSince;
  private Instant failedAt = Instant.EPOCH;
  private final Map<String, Timer> latency = new ConcurrentHashMap<>();

  /// @param integrations types of integrations; their metrics exist from the start
  public NotifyMetrics(MeterRegistry registry, List<String> integrations) {
    this.registry = registry;
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

  private Counter notifications(String integration) {
    return counter(
        "alertmanager_notifications", "Notifications that were sent or given up.", integration);
  }

  private Counter failed(String integration, FailureReason reason) {
    return counter(
        "alertmanager_notifications_failed",
        "Notifications that were given up.",
        integration,
        "reason",
        reason.text);
  }

  private Counter requests(String integration) {
    return counter(
        "alertmanager_notification_requests", "Attempts to deliver a notification.", integration);
  }

  private Counter failedRequests(String integration) {
    return counter(
        "alertmanager_notification_requests_failed",
        "Failed attempts to deliver a notification.",
        integration);
  }

  private Counter counter(String name, String help, String integration, String... moreTags) {
    return Counter.builder(name)
        .description(help)
        .tag("integration", integration)
        .tags(moreTags)
        .register(registry);
  }

  private Timer latency(String integration) {
    return latency.computeIfAbsent(
        integration,
        name ->
            Timer.builder("alertmanager_notification_latency")
                .description("Duration of an attempt to deliver a notification.")
                .tag("integration", name)
                .serviceLevelObjectives(
                    Duration.ofSeconds(1),
                    Duration.ofSeconds(5),
                    Duration.ofSeconds(10),
                    Duration.ofSeconds(15),
                    Duration.ofSeconds(20))
                .register(registry));
  }

  /// Counts an attempt.
  ///
  /// @param ended its end, by [Timers#now]
  void attempted(String integration, Duration duration, boolean succeeded, Instant ended) {
    remember(succeeded, ended);
    requests(integration).increment();
    latency(integration).record(duration);
    if (!succeeded) {
      failedRequests(integration).increment();
    }
  }

  private synchronized void remember(boolean succeeded, Instant ended) {
    if (succeeded) {
      failingSince = null;
    } else {
      failingSince = failingSince == null ? ended : failingSince;
      failedAt = ended;
    }
  }

  /// Returns since when all attempts, to all receivers, have failed. Empty if the last one
  /// succeeded, or if none was made within [#FORGOTTEN_AFTER]: then nobody knows.
  ///
  /// @param now by [Timers#now]
  public synchronized Optional<Instant> failingSince(Instant now) {
    return failedAt.plus(FORGOTTEN_AFTER).isBefore(now)
        ? Optional.empty()
        : Optional.ofNullable(failingSince);
  }

  /// Counts notifications that a rate limit combined into one message.
  void summarized(String integration, int notifications) {
    counter(
            "pharos_notifications_summarized",
            "Notifications that a rate limit combined into one message with others.",
            integration)
        .increment(notifications);
  }

  void finished(String integration) {
    notifications(integration).increment();
  }

  /// Counts a notification that was not sent because a secret file was missing, which is not
  /// counted as a failure.
  void notConfigured(String integration) {
    counter(
            "pharos_notifications_not_configured",
            "Notifications not sent because a secret file was missing.",
            integration)
        .increment();
  }

  void gaveUp(String integration, FailureReason reason) {
    notifications(integration).increment();
    failed(integration, reason).increment();
  }
}
