package io.pharos.alerting.channel.pagerduty;

import com.fasterxml.jackson.databind.JsonNode;
import io.pharos.alerting.channel.Channel;
import io.pharos.alerting.channel.ChannelTools;
import io.pharos.alerting.channel.HttpCall;
import io.pharos.alerting.channel.HttpPoster;
import io.pharos.alerting.channel.JsonAnswer;
import io.pharos.alerting.mailbox.ChatPreview;
import io.pharos.alerting.mailbox.ChatPreview.Field;
import io.pharos.alerting.mailbox.ChatPreview.Style;
import io.pharos.alerting.mailbox.ChatText;
import io.pharos.alerting.pipeline.Notification;
import io.pharos.alerting.pipeline.Notifier;
import io.pharos.alerting.pipeline.NotifyResult;
import io.pharos.config.alertmanager.IntegrationDefaults;
import io.pharos.config.alertmanager.KeyReader;
import io.pharos.config.http.SecretSource;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Optional;

/// Events to PagerDuty: `trigger` while any alert fires, `resolve` afterwards, with one key per
/// group.
public enum PagerDutyChannel implements Channel<PagerDutyConfig> {
  INSTANCE;

  private static final String VERSION_1_URL =
      "https://events.pagerduty.com/generic/2010-04-15/create_event.json";
  private static final int FORBIDDEN = 403;

  @Override
  public String type() {
    return "pagerduty";
  }

  @Override
  public boolean opensIncidents() {
    return true;
  }

  @Override
  public IntegrationDefaults defaults(KeyReader global) {
    String url = global.url("pagerduty_url", "https://events.pagerduty.com/v2/enqueue");
    return IntegrationDefaults.of(
        keys -> PagerDutyConfig.read(keys, url), section -> section.put("pagerduty_url", url));
  }

  @Override
  public Notifier notifier(PagerDutyConfig config, ChannelTools tools) {
    return notifier(config, tools, VERSION_1_URL);
  }

  /// @param version1Url URL of version 1, which is not configurable
  static Notifier notifier(PagerDutyConfig config, ChannelTools tools, String version1Url) {
    boolean version1 = config.serviceKey().isSet();
    return tools.calling(
        config.http(),
        (notification, receiver) -> {
          Optional<String> key =
              key(version1 ? config.serviceKey() : config.routingKey(), tools, notification);
          if (key.isEmpty()) {
            return new NotifyResult.Rejected(
                (version1 ? "the service_key" : "the routing_key") + " expands to nothing");
          }
          var event = new PagerDutyEvent(config, tools.draft(INSTANCE, notification));
          var outcome =
              receiver.call(
                  version1
                      ? HttpCall.post(version1Url, event.version1(key.get()))
                      : HttpCall.post(config.url(), event.version2(key.get())));
          return switch (outcome) {
            case HttpPoster.Outcome.Answered(int status, String body) -> judge(status, body);
            case HttpPoster.Outcome.Refused(int status, _, NotifyResult.Rejected(String reason))
                when version1 && status == FORBIDDEN ->
                // Version 1 answers 403 when its rate limit is exceeded.
                new NotifyResult.Retryable(reason, Optional.empty());
            case HttpPoster.Outcome.Refused(_, _, var result) -> result;
            case HttpPoster.Outcome.Failed(var result) -> result;
          };
        });
  }

  /// Expands a key: keys may be templates, so that one receiver serves many services.
  private static Optional<String> key(
      SecretSource value, ChannelTools tools, Notification notification) throws IOException {
    String key = value.read().orElse("");
    return tools
        .draft(INSTANCE, notification)
        .made("key", key)
        .map(String::strip)
        .filter(text -> !text.isEmpty());
  }

  private static NotifyResult judge(int status, String body) {
    Optional<String> said = JsonAnswer.of(body).text("status");
    if (said.isPresent() && !said.get().equals("success")) {
      return new NotifyResult.Rejected("PagerDuty refused the event" + HttpPoster.excerpt(body));
    }
    return new NotifyResult.Sent(status + HttpPoster.excerpt(body));
  }

  @Override
  public void preview(ChatPreview preview) {
    JsonNode json = preview.json();
    JsonNode payload = json.path("payload");
    preview.setColor(
        switch (payload.path("severity").asText()) {
          case "critical", "error" -> "#c62828";
          case "warning" -> "#b26a00";
          default -> ChatPreview.GREY;
        });
    preview.text(
        Style.SMALL,
        ChatText.plain(json.path("event_action").asText(json.path("event_type").asText())));
    preview.text(
        Style.TITLE,
        ChatText.plain(payload.path("summary").asText(json.path("description").asText())));
    preview.buttons(json.path("links"), "text", "href");
    JsonNode details =
        payload.has("custom_details") ? payload.path("custom_details") : json.path("details");
    var fields = new ArrayList<Field>();
    details
        .properties()
        .forEach(
            one -> fields.add(new Field(one.getKey(), ChatText.plain(one.getValue().asText()))));
    preview.fields(fields);
  }
}
