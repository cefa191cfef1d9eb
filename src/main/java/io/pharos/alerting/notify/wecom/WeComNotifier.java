package io.pharos.alerting.notify.wecom;

import static java.util.Objects.requireNonNull;

import io.pharos.alerting.notify.Notification;
import io.pharos.alerting.notify.Notifier;
import io.pharos.alerting.notify.NotifyResult;
import io.pharos.alerting.notify.message.HttpPoster;
import io.pharos.alerting.notify.message.MessageComposer;
import io.pharos.alerting.notify.message.MessageTemplates;
import io.pharos.alerting.notify.message.RobotAnswer;
import io.pharos.config.alertmanager.WeComConfig;
import io.pharos.template.GoJson;
import java.io.IOException;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;

/// Posts to a WeCom group bot. Only `errcode` 0 counts as success, whatever the status.
public final class WeComNotifier implements Notifier {
  private static final RobotAnswer ANSWER =
      new RobotAnswer("WeCom", "errcode", "errmsg", Set.of(45009L), Set.of(-1L));

  private final WeComConfig config;
  private final HttpPoster poster;
  private final WeComMessage messages;

  public WeComNotifier(
      WeComConfig config, HttpPoster poster, MessageTemplates templates, MessageComposer composer) {
    this.config = requireNonNull(config, "config is null");
    this.poster = requireNonNull(poster, "poster is null");
    this.messages = new WeComMessage(config, templates, composer);
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
            config.timeout(),
            deadline)
        .judge(ANSWER::judge);
  }
}
