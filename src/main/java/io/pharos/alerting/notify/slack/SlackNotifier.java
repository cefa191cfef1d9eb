package io.pharos.alerting.notify.slack;

import static java.util.Objects.requireNonNull;

import io.pharos.alerting.notify.Notification;
import io.pharos.alerting.notify.Notifier;
import io.pharos.alerting.notify.NotifyResult;
import io.pharos.alerting.notify.message.HttpPoster;
import io.pharos.alerting.notify.message.MessageComposer;
import io.pharos.alerting.notify.message.MessageTemplates;
import io.pharos.config.alertmanager.SlackConfig;
import io.pharos.template.GoJson;
import java.io.IOException;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Posts to a Slack incoming webhook. Only the answer `ok` counts as success, whatever the status.
public final class SlackNotifier implements Notifier {
  private static final Pattern JSON_OK =
      Pattern.compile("^\\s*\\{.*\"ok\"\\s*:\\s*true\\b", Pattern.DOTALL);
  private static final Pattern ERROR = Pattern.compile("\"error\"\\s*:\\s*\"([^\"]*)\"");
  private static final Set<String> PASSING =
      Set.of(
          "ratelimited",
          "rate_limited",
          "message_limit_exceeded",
          "internal_error",
          "fatal_error",
          "service_unavailable",
          "request_timeout",
          "rollup_error",
          "accesslimited");

  private final SlackConfig config;
  private final HttpPoster poster;
  private final SlackMessage messages;

  public SlackNotifier(
      SlackConfig config, HttpPoster poster, MessageTemplates templates, MessageComposer composer) {
    this.config = requireNonNull(config, "config is null");
    this.poster = requireNonNull(poster, "poster is null");
    this.messages = new SlackMessage(config, templates, composer);
  }

  @Override
  public NotifyResult notify(Notification notification, Instant deadline) {
    String url;
    try {
      url = config.apiUrl().read().orElse("");
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
        .judge(SlackNotifier::judge);
  }

  private static NotifyResult judge(String body) {
    String answer = body.strip();
    if (answer.equals("ok") || JSON_OK.matcher(answer).find()) {
      return new NotifyResult.Sent("ok");
    }
    Matcher error = ERROR.matcher(answer);
    String code = error.find() ? error.group(1) : answer;
    String reason =
        answer.isEmpty()
            ? "Slack answered nothing, expected ok"
            : "Slack refused the message" + HttpPoster.shown(answer);
    return PASSING.contains(code)
        ? new NotifyResult.Retryable(reason, Optional.empty())
        : new NotifyResult.Rejected(reason);
  }
}
