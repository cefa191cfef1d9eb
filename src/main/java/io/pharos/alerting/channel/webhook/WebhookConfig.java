package io.pharos.alerting.channel.webhook;

import io.pharos.alerting.channel.Channel;
import io.pharos.alerting.channel.ChannelTools;
import io.pharos.alerting.channel.ConfigKeys;
import io.pharos.alerting.channel.HttpCall;
import io.pharos.alerting.channel.HttpPoster;
import io.pharos.alerting.message.TemplateRun;
import io.pharos.alerting.pipeline.Notification;
import io.pharos.alerting.pipeline.Notifier;
import io.pharos.alerting.pipeline.NotifyResult;
import io.pharos.config.alertmanager.KeyReader;
import io.pharos.config.http.HttpOptions;
import io.pharos.config.http.SecretSource;
import io.pharos.config.yaml.YamlMap;
import io.pharos.template.AlertmanagerData;
import io.pharos.template.KeyValues;
import io.pharos.template.value.GoJson;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/// Configuration of a webhook (`webhook_configs`). It receives Alertmanager's JSON, version 4, byte
/// for byte as Alertmanager writes it. A header contains the delivery's id, so that the receiver
/// can drop duplicates.
///
/// @param url a secret, because it may contain tokens
/// @param maxAlerts maximum number of alerts in one message; 0 for all
/// @param timeout timeout of one attempt; if it is zero, an attempt may last until the delivery's
///   deadline
public record WebhookConfig(
    boolean sendResolved, HttpOptions http, SecretSource url, int maxAlerts, Duration timeout)
    implements Channel.Config {
  /// The channel that this record configures.
  public static final Channel CHANNEL = Channel.of("webhook", WebhookConfig::read, _ -> {});

  static WebhookConfig read(KeyReader keys) {
    YamlMap map = keys.map();
    map.unsupported("payload", "the body is Alertmanager's version 4");
    SecretSource url = keys.requiredSecretUrl("url");
    if (map.integer("max_alerts", 0) < 0) {
      throw map.require("max_alerts").error("must not be negative");
    }
    return ConfigKeys.read(
        WebhookConfig.class, keys, Map.of("sendResolved", keys.sendResolved(true), "url", url));
  }

  @Override
  public Channel kind() {
    return CHANNEL;
  }

  @Override
  public Notifier notifier(ChannelTools tools) {
    return tools.calling(
        http,
        timeout,
        (notification, receiver) -> {
          String body = payload(notification.truncate(maxAlerts));
          return switch (receiver.call(HttpCall.post(url.read().orElse(""), body))) {
            case HttpPoster.Outcome.Answered(int status, String answer) ->
                new NotifyResult.Sent(status + HttpPoster.excerpt(answer));
            case HttpPoster.Outcome.Failed failed -> failed.result();
          };
        });
  }

  /// Returns the body of a notification.
  static String payload(Notification notification) {
    AlertmanagerData data = TemplateRun.data(notification);
    var payload = new LinkedHashMap<String, Object>();
    payload.put("receiver", data.receiver());
    payload.put("status", data.status());
    payload.put("alerts", data.alerts());
    payload.put("groupLabels", data.groupLabels());
    payload.put("commonLabels", KeyValues.of(notification.commonLabels()));
    payload.put("commonAnnotations", KeyValues.of(notification.commonAnnotations()));
    payload.put("externalURL", data.externalUrl());
    payload.put("version", "4");
    payload.put("groupKey", notification.groupKey());
    payload.put("truncatedAlerts", (long) notification.truncated());
    return GoJson.write(payload) + "\n";
  }
}
