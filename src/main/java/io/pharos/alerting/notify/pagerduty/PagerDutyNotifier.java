package io.pharos.alerting.notify.pagerduty;

import static java.util.Objects.requireNonNull;

import io.pharos.alerting.notify.Notification;
import io.pharos.alerting.notify.Notifier;
import io.pharos.alerting.notify.NotifyResult;
import io.pharos.alerting.notify.message.HttpPoster;
import io.pharos.alerting.notify.message.JsonAnswer;
import io.pharos.alerting.notify.message.MessageComposer;
import io.pharos.alerting.notify.message.MessageTemplates;
import io.pharos.alerting.notify.message.TemplateRun;
import io.pharos.config.alertmanager.PagerDutyConfig;
import io.pharos.config.http.SecretSource;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/// Sends events to PagerDuty: `trigger` while anything fires, `resolve` after, under one key for
/// each group.
public final class PagerDutyNotifier implements Notifier {
  private static final String VERSION_1_URL =
      "https://events.pagerduty.com/generic/2010-04-15/create_event.json";
  private static final int FORBIDDEN = 403;

  private final PagerDutyConfig config;
  private final HttpPoster poster;
  private final MessageTemplates templates;
  private final MessageComposer composer;
  private final PagerDutyEvent events;
  private final String version1Url;

  public PagerDutyNotifier(
      PagerDutyConfig config,
      HttpPoster poster,
      MessageTemplates templates,
      MessageComposer composer) {
    this(config, poster, templates, composer, VERSION_1_URL);
  }

  /// @param version1Url where version 1 is; the configuration has no word for it
  PagerDutyNotifier(
      PagerDutyConfig config,
      HttpPoster poster,
      MessageTemplates templates,
      MessageComposer composer,
      String version1Url) {
    this.config = requireNonNull(config, "config is null");
    this.poster = requireNonNull(poster, "poster is null");
    this.templates = requireNonNull(templates, "templates is null");
    this.composer = requireNonNull(composer, "composer is null");
    this.events = new PagerDutyEvent(config, templates, composer);
    this.version1Url = version1Url;
  }

  @Override
  public NotifyResult notify(Notification notification, Instant deadline) {
    boolean version1 = config.serviceKey().isSet();
    Optional<String> key;
    try {
      key = key(version1 ? config.serviceKey() : config.routingKey(), notification);
    } catch (IOException e) {
      return new NotifyResult.Retryable(String.valueOf(e.getMessage()), Optional.empty());
    }
    if (key.isEmpty()) {
      return new NotifyResult.Rejected(
          (version1 ? "the service_key" : "the routing_key") + " comes out empty");
    }
    var outcome =
        poster.post(
            version1 ? version1Url : config.url(),
            version1
                ? events.version1(notification, key.get())
                : events.version2(notification, key.get()),
            notification.deliveryId(),
            Duration.ZERO,
            deadline);
    return switch (outcome) {
      case HttpPoster.Outcome.Answered(int status, String body) -> judge(status, body);
      case HttpPoster.Outcome.Refused(int status, _, NotifyResult.Rejected(String reason))
          when version1 && status == FORBIDDEN ->
          // Version 1 says so when it is called too often.
          new NotifyResult.Retryable(reason, Optional.empty());
      case HttpPoster.Outcome.Refused(_, _, var result) -> result;
      case HttpPoster.Outcome.Failed(var result) -> result;
    };
  }

  /// Keys may be templates, so that one receiver serves many services.
  private Optional<String> key(SecretSource value, Notification notification) throws IOException {
    String key = value.read().orElse("");
    var run = new TemplateRun(templates, notification, composer.compose(notification).times());
    return run.text("pagerduty key", key).map(String::strip).filter(text -> !text.isEmpty());
  }

  private static NotifyResult judge(int status, String body) {
    Optional<String> said = JsonAnswer.of(body).text("status");
    if (said.isPresent() && !said.get().equals("success")) {
      return new NotifyResult.Rejected("PagerDuty refused the event" + HttpPoster.shown(body));
    }
    return new NotifyResult.Sent(status + HttpPoster.shown(body));
  }
}
