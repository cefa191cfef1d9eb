package io.pharos.alerting.notify.opsgenie;

import static java.util.Objects.requireNonNull;

import io.pharos.alerting.notify.Notification;
import io.pharos.alerting.notify.Notifier;
import io.pharos.alerting.notify.NotifyResult;
import io.pharos.alerting.notify.message.HttpCall;
import io.pharos.alerting.notify.message.HttpPoster;
import io.pharos.alerting.notify.message.MessageComposer;
import io.pharos.alerting.notify.message.MessageTemplates;
import io.pharos.alerting.notify.message.TemplateRun;
import io.pharos.config.alertmanager.OpsGenieConfig;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/// Opens an alert in Opsgenie while anything fires and closes it after, under one alias for each
/// group.
public final class OpsGenieNotifier implements Notifier {
  private final OpsGenieConfig config;
  private final HttpPoster poster;
  private final MessageTemplates templates;
  private final MessageComposer composer;
  private final OpsGenieRequests requests;

  public OpsGenieNotifier(
      OpsGenieConfig config,
      HttpPoster poster,
      MessageTemplates templates,
      MessageComposer composer) {
    this.config = requireNonNull(config, "config is null");
    this.poster = requireNonNull(poster, "poster is null");
    this.templates = requireNonNull(templates, "templates is null");
    this.composer = requireNonNull(composer, "composer is null");
    this.requests = new OpsGenieRequests(config, templates, composer);
  }

  @Override
  public NotifyResult notify(Notification notification, Instant deadline) {
    String key;
    try {
      key = key(notification);
    } catch (IOException e) {
      return new NotifyResult.Retryable(String.valueOf(e.getMessage()), Optional.empty());
    }
    NotifyResult result = new NotifyResult.Sent("");
    for (HttpCall call : requests.of(notification)) {
      var outcome =
          poster.call(
              call.withHeader("Authorization", "GenieKey " + key),
              notification.deliveryId(),
              Duration.ZERO,
              deadline);
      result = outcome.judge(body -> new NotifyResult.Sent(HttpPoster.shown(body)));
      if (!(result instanceof NotifyResult.Sent)) {
        return result;
      }
    }
    return result;
  }

  private String key(Notification notification) throws IOException {
    String key = config.apiKey().read().orElse("");
    var run = new TemplateRun(templates, notification, composer.compose(notification).times());
    return run.text("opsgenie api_key", key).map(String::strip).orElse("");
  }
}
