package io.pharos.alerting.notify.discord;

import static java.util.Objects.requireNonNull;

import io.pharos.alerting.notify.Notification;
import io.pharos.alerting.notify.Notifier;
import io.pharos.alerting.notify.NotifyResult;
import io.pharos.alerting.notify.message.HttpPoster;
import io.pharos.alerting.notify.message.MessageComposer;
import io.pharos.alerting.notify.message.MessageTemplates;
import io.pharos.config.alertmanager.DiscordConfig;
import io.pharos.template.GoJson;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/// Posts to a Discord webhook.
public final class DiscordNotifier implements Notifier {
  private final DiscordConfig config;
  private final HttpPoster poster;
  private final DiscordMessage messages;

  public DiscordNotifier(
      DiscordConfig config,
      HttpPoster poster,
      MessageTemplates templates,
      MessageComposer composer) {
    this.config = requireNonNull(config, "config is null");
    this.poster = requireNonNull(poster, "poster is null");
    this.messages = new DiscordMessage(config, templates, composer);
  }

  @Override
  public NotifyResult notify(Notification notification, Instant deadline) {
    String url;
    try {
      url = config.webhookUrl().read().orElse("");
    } catch (IOException e) {
      return new NotifyResult.Retryable(String.valueOf(e.getMessage()), Optional.empty());
    }
    return poster
        .post(
            url,
            GoJson.write(messages.payload(notification)),
            notification.deliveryId(),
            Duration.ZERO,
            deadline)
        .judge(body -> new NotifyResult.Sent("taken" + HttpPoster.shown(body)));
  }
}
