package io.pharos.alerting.notify.webhook;

import static java.util.Objects.requireNonNull;

import io.pharos.alerting.notify.Notification;
import io.pharos.alerting.notify.Notifier;
import io.pharos.alerting.notify.NotifyResult;
import io.pharos.alerting.notify.message.HttpPoster;
import io.pharos.alerting.notify.message.TemplateData;
import io.pharos.config.alertmanager.WebhookConfig;
import io.pharos.template.AlertmanagerData;
import io.pharos.template.GoJson;
import java.io.IOException;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Optional;

/// Posts Alertmanager's JSON, version 4, byte for byte as Alertmanager writes it, and names the
/// delivery in a header so that the receiver can drop a repetition.
public final class WebhookNotifier implements Notifier {
  private final WebhookConfig config;
  private final HttpPoster poster;

  public WebhookNotifier(WebhookConfig config, HttpPoster poster) {
    this.config = requireNonNull(config, "config is null");
    this.poster = requireNonNull(poster, "poster is null");
  }

  @Override
  public NotifyResult notify(Notification notification, Instant deadline) {
    String url;
    try {
      url = config.url().read().orElse("");
    } catch (IOException e) {
      return new NotifyResult.Retryable(String.valueOf(e.getMessage()), Optional.empty());
    }
    var outcome =
        poster.post(
            url,
            payload(notification.truncate(config.maxAlerts())),
            notification.deliveryId(),
            config.timeout(),
            deadline);
    return switch (outcome) {
      case HttpPoster.Outcome.Answered(int status, String body) ->
          new NotifyResult.Sent(status + HttpPoster.shown(body));
      case HttpPoster.Outcome.Refused(_, _, var result) -> result;
      case HttpPoster.Outcome.Failed(var result) -> result;
    };
  }

  /// The body.
  static String payload(Notification notification) {
    AlertmanagerData data = TemplateData.of(notification);
    var payload = new LinkedHashMap<String, Object>();
    payload.put("receiver", data.receiver());
    payload.put("status", data.status());
    payload.put("alerts", data.alerts());
    payload.put("groupLabels", data.groupLabels());
    payload.put("commonLabels", data.commonLabels());
    payload.put("commonAnnotations", data.commonAnnotations());
    payload.put("externalURL", data.externalUrl());
    payload.put("version", "4");
    payload.put("groupKey", notification.groupKey());
    payload.put("truncatedAlerts", (long) notification.truncated());
    return GoJson.write(payload) + "\n";
  }
}
