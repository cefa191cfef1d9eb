package io.pharos.alerting.channel.webhook;

import io.pharos.alerting.channel.Channel;
import io.pharos.alerting.channel.ChannelTools;
import io.pharos.alerting.channel.HttpCall;
import io.pharos.alerting.channel.HttpPoster;
import io.pharos.alerting.message.TemplateData;
import io.pharos.alerting.pipeline.Notification;
import io.pharos.alerting.pipeline.Notifier;
import io.pharos.alerting.pipeline.NotifyResult;
import io.pharos.config.alertmanager.IntegrationDefaults;
import io.pharos.config.alertmanager.KeyReader;
import io.pharos.template.AlertmanagerData;
import io.pharos.template.value.GoJson;
import java.util.LinkedHashMap;

/// Alertmanager's JSON, version 4, by POST, byte for byte as Alertmanager writes it; a header has
/// the delivery's id, so that the receiver can drop duplicates.
public enum WebhookChannel implements Channel<WebhookConfig> {
  INSTANCE;

  @Override
  public String type() {
    return "webhook";
  }

  @Override
  public IntegrationDefaults defaults(KeyReader global) {
    return WebhookConfig::read;
  }

  @Override
  public Notifier notifier(WebhookConfig config, ChannelTools tools) {
    return tools.calling(
        config.http(),
        config.timeout(),
        (notification, receiver) -> {
          String body = payload(notification.truncate(config.maxAlerts()));
          String url = config.url().read().orElse("");
          return switch (receiver.call(HttpCall.post(url, body))) {
            case HttpPoster.Outcome.Answered(int status, String answer) ->
                new NotifyResult.Sent(status + HttpPoster.excerpt(answer));
            case HttpPoster.Outcome.Refused(_, _, var result) -> result;
            case HttpPoster.Outcome.Failed(var result) -> result;
          };
        });
  }

  /// Writes the body.
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
