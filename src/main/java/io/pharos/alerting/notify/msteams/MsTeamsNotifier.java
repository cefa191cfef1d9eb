package io.pharos.alerting.notify.msteams;

import static java.util.Objects.requireNonNull;

import io.pharos.alerting.notify.Notification;
import io.pharos.alerting.notify.Notifier;
import io.pharos.alerting.notify.NotifyResult;
import io.pharos.alerting.notify.message.HttpPoster;
import io.pharos.alerting.notify.message.MessageComposer;
import io.pharos.alerting.notify.message.MessageTemplates;
import io.pharos.config.alertmanager.MsTeamsConfig;
import io.pharos.config.alertmanager.MsTeamsV2Config;
import io.pharos.config.http.SecretSource;
import io.pharos.template.GoJson;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Posts a card to a Microsoft Teams connector or workflow. Connectors answer 200 also when Teams
/// itself refused the card; then the body says so.
public final class MsTeamsNotifier implements Notifier {
  private static final Pattern HTTP_ERROR = Pattern.compile("HTTP error (\\d{3})");

  private final SecretSource webhookUrl;
  private final HttpPoster poster;
  private final Function<Notification, Map<String, Object>> messages;

  private MsTeamsNotifier(
      SecretSource webhookUrl,
      HttpPoster poster,
      Function<Notification, Map<String, Object>> messages) {
    this.webhookUrl = webhookUrl;
    this.poster = requireNonNull(poster, "poster is null");
    this.messages = messages;
  }

  /// For `msteams_configs`.
  public static MsTeamsNotifier of(
      MsTeamsConfig config,
      HttpPoster poster,
      MessageTemplates templates,
      MessageComposer composer) {
    var messages = new MsTeamsMessage(config, templates, composer);
    return new MsTeamsNotifier(config.webhookUrl(), poster, messages::payload);
  }

  /// For `msteamsv2_configs`.
  public static MsTeamsNotifier of(
      MsTeamsV2Config config,
      HttpPoster poster,
      MessageTemplates templates,
      MessageComposer composer) {
    var messages = new MsTeamsV2Message(config, templates, composer);
    return new MsTeamsNotifier(config.webhookUrl(), poster, messages::payload);
  }

  @Override
  public NotifyResult notify(Notification notification, Instant deadline) {
    String url;
    try {
      url = webhookUrl.read().orElse("");
    } catch (IOException e) {
      return new NotifyResult.Retryable(String.valueOf(e.getMessage()), Optional.empty());
    }
    return poster
        .post(
            url,
            GoJson.write(messages.apply(notification)),
            notification.deliveryId(),
            Duration.ZERO,
            deadline)
        .judge(MsTeamsNotifier::judge);
  }

  private static NotifyResult judge(String body) {
    Matcher error = HTTP_ERROR.matcher(body);
    if (!error.find()) {
      return new NotifyResult.Sent("taken" + HttpPoster.shown(body));
    }
    String reason = "Teams refused the card" + HttpPoster.shown(body);
    int status = Integer.parseInt(error.group(1));
    return status == 429 || status / 100 == 5
        ? new NotifyResult.Retryable(reason, Optional.empty())
        : new NotifyResult.Rejected(reason);
  }
}
