package io.pharos.alerting.message;

import io.pharos.alerting.pipeline.Notification;
import io.pharos.alerting.pipeline.Notifier;
import io.pharos.alerting.pipeline.NotifyResult;
import io.pharos.config.alertmanager.IntegrationConfig;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/// Delays a message whose template fails.
///
/// If a template fails, Alertmanager sends no message and reports a failed attempt in its log and
/// metrics. When Pharos runs in Alertmanager's place, it reports the same failures for a short
/// time, in which a corrected template can be loaded. Then it sends the message with the built-in
/// text.
public final class TemplateRetryNotifier implements Notifier {
  /// Maximum time that a group's message is delayed because its template fails.
  public static final Duration MAX_DELAY = Duration.ofSeconds(20);

  private static final Duration FORGET_AFTER = Duration.ofDays(1);

  private final IntegrationConfig config;
  private final Map<String, String> texts; // those that can fail
  private final MessageTemplates templates;
  private final Notifier notifier;
  private final InstantSource clock;
  private final Map<String, Instant> failingSince = new ConcurrentHashMap<>();

  public TemplateRetryNotifier(
      IntegrationConfig config,
      MessageTemplates templates,
      Notifier notifier,
      InstantSource clock) {
    this.config = config;
    this.texts = new LinkedHashMap<>(config.templates());
    texts.values().removeIf(text -> !TemplateRun.isTemplate(text));
    this.templates = templates;
    this.notifier = notifier;
    this.clock = clock;
  }

  @Override
  public NotifyResult notify(Notification notification, Instant deadline) {
    List<String> failures = failures(notification);
    if (failures.isEmpty()) {
      failingSince.remove(notification.groupKey());
      return notifier.notify(notification, deadline);
    }
    Instant now = clock.instant();
    failingSince.values().removeIf(since -> since.plus(FORGET_AFTER).isBefore(now));
    Instant since = failingSince.computeIfAbsent(notification.groupKey(), _ -> now);
    Duration left = Duration.between(now, since.plus(MAX_DELAY));
    return left.isPositive()
        ? new NotifyResult.Retryable(failures.getFirst(), Optional.of(left))
        : notifier.notify(notification, deadline);
  }

  private List<String> failures(Notification notification) {
    if (texts.isEmpty()) {
      return List.of();
    }
    var run = new TemplateRun(templates, notification, MessageTimes.STANDARD);
    texts.forEach(
        (key, text) -> {
          String name = config.type() + " " + key;
          var _ = key.equals("html") ? run.html(name, text) : run.text(name, text);
        });
    return run.failures();
  }
}
