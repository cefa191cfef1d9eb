package io.pharos.alerting.notify.pushover;

import static java.util.Objects.requireNonNull;

import io.pharos.alerting.notify.Notification;
import io.pharos.alerting.notify.Notifier;
import io.pharos.alerting.notify.NotifyResult;
import io.pharos.alerting.notify.message.HttpCall;
import io.pharos.alerting.notify.message.HttpPoster;
import io.pharos.alerting.notify.message.JsonAnswer;
import io.pharos.alerting.notify.message.MessageComposer;
import io.pharos.alerting.notify.message.MessageTemplates;
import io.pharos.config.alertmanager.PushoverConfig;
import io.pharos.http.FormBody;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/// Sends push messages by Pushover. The parameters stand in the body: Alertmanager puts them into
/// the address, where keys end up in logs of proxies.
public final class PushoverNotifier implements Notifier {
  private static final String API = "https://api.pushover.net/1/messages.json";

  private final PushoverConfig config;
  private final HttpPoster poster;
  private final PushoverForm forms;
  private final String url;

  public PushoverNotifier(
      PushoverConfig config,
      HttpPoster poster,
      MessageTemplates templates,
      MessageComposer composer) {
    this(config, poster, templates, composer, API);
  }

  /// @param url where the service is; the configuration has no word for it
  PushoverNotifier(
      PushoverConfig config,
      HttpPoster poster,
      MessageTemplates templates,
      MessageComposer composer,
      String url) {
    this.config = requireNonNull(config, "config is null");
    this.poster = requireNonNull(poster, "poster is null");
    this.forms = new PushoverForm(config, templates, composer);
    this.url = requireNonNull(url, "url is null");
  }

  @Override
  public NotifyResult notify(Notification notification, Instant deadline) {
    String form;
    try {
      form =
          FormBody.of(
              forms.of(
                  notification,
                  config.token().read().orElse(""),
                  config.userKey().read().orElse("")));
    } catch (IOException e) {
      return new NotifyResult.Retryable(String.valueOf(e.getMessage()), Optional.empty());
    }
    return poster
        .call(
            new HttpCall("POST", url, FormBody.TYPE, form, Map.of()),
            notification.deliveryId(),
            Duration.ZERO,
            deadline)
        .judge(PushoverNotifier::judge);
  }

  private static NotifyResult judge(String body) {
    JsonAnswer answer = JsonAnswer.of(body);
    OptionalLong status = answer.number("status");
    return status.isPresent() && status.getAsLong() == 1
        ? new NotifyResult.Sent("request " + answer.text("request").orElse("?"))
        : new NotifyResult.Rejected("Pushover answered without status 1" + HttpPoster.shown(body));
  }
}
