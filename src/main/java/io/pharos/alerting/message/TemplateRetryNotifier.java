package io.pharos.alerting.message;

import static java.util.Objects.requireNonNull;

import io.pharos.alerting.pipeline.Notification;
import io.pharos.alerting.pipeline.Notifier;
import io.pharos.alerting.pipeline.NotifyResult;
import io.pharos.config.alertmanager.IntegrationConfig;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/// A notifier that does not send at once what a failing template would have to be replaced in.
///
/// Who runs Pharos in Alertmanager's place knows a message with a broken template as a failed
/// attempt, in the log and in the metrics, and nothing at the receiver. So it is here, for a short
/// while in which a mended template may be loaded; then the message goes out with the built-in
/// text, since Alertmanager would have lost it.
public final class TemplateRetryNotifier implements Notifier {
  /// How long a group's message waits for its template.
  public static final Duration PATIENCE = Duration.ofSeconds(20);

  private static final Duration FORGET = Duration.ofDays(1);

  private final IntegrationConfig config;
  private final MessageTemplates templates;
  private final Notifier notifier;
  private final InstantSource clock;
  private final Map<String, Instant> failingSince = new ConcurrentHashMap<>();

  public TemplateRetryNotifier(
      IntegrationConfig config,
      MessageTemplates templates,
      Notifier notifier,
      InstantSource clock) {
    this.config = requireNonNull(config, "config is null");
    this.templates = requireNonNull(templates, "templates is null");
    this.notifier = requireNonNull(notifier, "notifier is null");
    this.clock = requireNonNull(clock, "clock is null");
  }

  @Override
  public NotifyResult notify(Notification notification, Instant deadline) {
    List<String> failures = failures(notification);
    if (failures.isEmpty()) {
      failingSince.remove(notification.groupKey());
      return notifier.notify(notification, deadline);
    }
    Instant now = clock.instant();
    failingSince.values().removeIf(since -> since.plus(FORGET).isBefore(now));
    Instant since = failingSince.computeIfAbsent(notification.groupKey(), _ -> now);
    Duration left = Duration.between(now, since.plus(PATIENCE));
    return left.isPositive()
        ? new NotifyResult.Retryable(failures.getFirst(), Optional.of(left))
        : notifier.notify(notification, deadline);
  }

  private List<String> failures(Notification notification) {
    var run = new TemplateRun(templates, notification, MessageTimes.STANDARD);
    config
        .templates()
        .forEach(
            (key, text) -> {
              String name = config.type() + " " + key;
              var _ = key.equals("html") ? run.html(name, text) : run.text(name, text);
            });
    return run.failures();
  }
}
