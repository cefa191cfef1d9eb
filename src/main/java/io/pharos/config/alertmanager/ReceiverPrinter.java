package io.pharos.config.alertmanager;

import io.pharos.config.http.HttpOptions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Prints receivers in Alertmanager's format; those of `pharos.yml` are left out.
final class ReceiverPrinter {
  private ReceiverPrinter() {}

  static Map<String, Object> print(ReceiverConfig receiver) {
    var lists = new LinkedHashMap<String, List<Object>>();
    for (IntegrationConfig integration : receiver.integrations()) {
      entries(integration)
          .ifPresent(
              entries ->
                  lists
                      .computeIfAbsent(integration.type() + "_configs", _ -> new ArrayList<>())
                      .add(entries));
    }
    var section = new Section().put("name", receiver.name());
    lists.forEach(section::putAll);
    return section.entries;
  }

  private static Optional<Map<String, Object>> entries(IntegrationConfig integration) {
    return switch (integration) {
      case WebhookConfig webhook -> Optional.of(webhook(webhook));
      case EmailConfig email -> Optional.of(email(email));
      case SlackConfig slack -> Optional.of(slack(slack));
      case PagerDutyConfig pagerDuty -> Optional.of(pagerDuty(pagerDuty));
      case OpsGenieConfig opsGenie -> Optional.of(opsGenie(opsGenie));
      case TelegramConfig telegram -> Optional.of(telegram(telegram));
      case DiscordConfig discord -> Optional.of(discord(discord));
      case MsTeamsConfig teams -> Optional.of(msTeams(teams));
      case MsTeamsV2Config teams -> Optional.of(msTeamsV2(teams));
      case WeChatConfig weChat -> Optional.of(weChat(weChat));
      case PushoverConfig pushover -> Optional.of(pushover(pushover));
      case DingTalkConfig _, FeishuConfig _, WeComConfig _ -> Optional.empty();
    };
  }

  private static Map<String, Object> webhook(WebhookConfig webhook) {
    return new Section()
        .put("send_resolved", webhook.sendResolved())
        .put("http_config", HttpPrinter.http(webhook.http()))
        .putSecret("url", webhook.url())
        .put("max_alerts", webhook.maxAlerts())
        .putDuration("timeout", webhook.timeout())
        .entries;
  }

  private static Map<String, Object> email(EmailConfig email) {
    var section =
        new Section()
            .put("send_resolved", email.sendResolved())
            .put("to", email.to())
            .put("from", email.from())
            .put("hello", email.hello())
            .put("smarthost", email.smarthost().toString())
            .putText("auth_username", email.authUsername())
            .putSecret("auth_password", email.authPassword())
            .putSecret("auth_secret", email.authSecret())
            .putText("auth_identity", email.authIdentity());
    if (!email.headers().isEmpty()) {
      section.put("headers", email.headers());
    }
    return section
        .put("html", email.html())
        .put("text", email.text())
        .put("require_tls", email.requireTls())
        .putFlag("force_implicit_tls", email.forceImplicitTls())
        .put("tls_config", HttpPrinter.tls(email.tls()))
        .entries;
  }

  private static Map<String, Object> slack(SlackConfig slack) {
    return new Section()
        .put("send_resolved", slack.sendResolved())
        .put("http_config", HttpPrinter.http(slack.http()))
        .putSecret("api_url", slack.apiUrl())
        .put("channel", slack.channel())
        .put("username", slack.username())
        .put("color", slack.color())
        .put("title", slack.title())
        .put("title_link", slack.titleLink())
        .put("pretext", slack.pretext())
        .put("text", slack.text())
        .putAll("fields", slack.fields().stream().map(ReceiverPrinter::field).toList())
        .put("short_fields", slack.shortFields())
        .put("footer", slack.footer())
        .put("fallback", slack.fallback())
        .put("callback_id", slack.callbackId())
        .put("icon_emoji", slack.iconEmoji())
        .put("icon_url", slack.iconUrl())
        .putText("image_url", slack.imageUrl())
        .putText("thumb_url", slack.thumbUrl())
        .put("link_names", slack.linkNames())
        .putAll("mrkdwn_in", slack.mrkdwnIn())
        .putAll("actions", slack.actions().stream().map(ReceiverPrinter::action).toList())
        .putDuration("timeout", slack.timeout().isZero() ? null : slack.timeout())
        .entries;
  }

  private static Map<String, Object> field(SlackConfig.Field field) {
    return new Section()
        .put("title", field.title())
        .put("value", field.value())
        .put("short", field.isShort())
        .entries;
  }

  private static Map<String, Object> action(SlackConfig.Action action) {
    var section =
        new Section()
            .put("type", action.type())
            .put("text", action.text())
            .putText("url", action.url())
            .putText("style", action.style())
            .putText("name", action.name())
            .putText("value", action.value());
    SlackConfig.Confirmation confirm = action.confirm();
    if (confirm != null) {
      section.put(
          "confirm",
          new Section()
              .put("text", confirm.text())
              .putText("title", confirm.title())
              .putText("ok_text", confirm.okText())
              .putText("dismiss_text", confirm.dismissText()));
    }
    return section.entries;
  }

  private static Map<String, Object> pagerDuty(PagerDutyConfig pagerDuty) {
    return common(pagerDuty, pagerDuty.http())
        .putSecret("service_key", pagerDuty.serviceKey())
        .putSecret("routing_key", pagerDuty.routingKey())
        .put("url", pagerDuty.url())
        .put("client", pagerDuty.client())
        .put("client_url", pagerDuty.clientUrl())
        .put("description", pagerDuty.description())
        .putMap("details", new LinkedHashMap<>(pagerDuty.details()))
        .putAll("images", pagerDuty.images().stream().map(ReceiverPrinter::image).toList())
        .putAll("links", pagerDuty.links().stream().map(ReceiverPrinter::link).toList())
        .putText("source", pagerDuty.source())
        .putText("severity", pagerDuty.severity())
        .putText("class", pagerDuty.eventClass())
        .putText("component", pagerDuty.component())
        .putText("group", pagerDuty.group())
        .entries;
  }

  private static Map<String, Object> image(PagerDutyConfig.Image image) {
    return new Section()
        .putText("src", image.src())
        .putText("alt", image.alt())
        .putText("href", image.href())
        .entries;
  }

  private static Map<String, Object> link(PagerDutyConfig.Link link) {
    return new Section().putText("href", link.href()).putText("text", link.text()).entries;
  }

  private static Map<String, Object> opsGenie(OpsGenieConfig opsGenie) {
    return common(opsGenie, opsGenie.http())
        .putSecret("api_key", opsGenie.apiKey())
        .put("api_url", opsGenie.apiUrl())
        .put("message", opsGenie.message())
        .put("description", opsGenie.description())
        .put("source", opsGenie.source())
        .putMap("details", new LinkedHashMap<>(opsGenie.details()))
        .putText("entity", opsGenie.entity())
        .putAll(
            "responders", opsGenie.responders().stream().map(ReceiverPrinter::responder).toList())
        .putText("actions", opsGenie.actions())
        .putText("tags", opsGenie.tags())
        .putText("note", opsGenie.note())
        .putText("priority", opsGenie.priority())
        .put("update_alerts", opsGenie.updateAlerts())
        .entries;
  }

  private static Map<String, Object> responder(OpsGenieConfig.Responder responder) {
    return new Section()
        .putText("id", responder.id())
        .putText("name", responder.name())
        .putText("username", responder.username())
        .putText("type", responder.type())
        .entries;
  }

  private static Map<String, Object> telegram(TelegramConfig telegram) {
    var section =
        common(telegram, telegram.http())
            .put("api_url", telegram.apiUrl())
            .putSecret("bot_token", telegram.botToken())
            .put("chat_id", telegram.chatId());
    if (telegram.messageThreadId() != 0) {
      section.put("message_thread_id", telegram.messageThreadId());
    }
    return section
        .put("message", telegram.message())
        .put("disable_notifications", telegram.disableNotifications())
        .put("parse_mode", telegram.parseMode())
        .entries;
  }

  private static Map<String, Object> discord(DiscordConfig discord) {
    return common(discord, discord.http())
        .putSecret("webhook_url", discord.webhookUrl())
        .putText("content", discord.content())
        .put("title", discord.title())
        .put("message", discord.message())
        .putText("username", discord.username())
        .putText("avatar_url", discord.avatarUrl())
        .entries;
  }

  private static Map<String, Object> msTeams(MsTeamsConfig teams) {
    return common(teams, teams.http())
        .putSecret("webhook_url", teams.webhookUrl())
        .put("title", teams.title())
        .put("summary", teams.summary())
        .put("text", teams.text())
        .entries;
  }

  private static Map<String, Object> msTeamsV2(MsTeamsV2Config teams) {
    return common(teams, teams.http())
        .putSecret("webhook_url", teams.webhookUrl())
        .put("title", teams.title())
        .put("text", teams.text())
        .entries;
  }

  private static Map<String, Object> weChat(WeChatConfig weChat) {
    return common(weChat, weChat.http())
        .putSecret("api_secret", weChat.apiSecret())
        .put("corp_id", weChat.corpId())
        .put("message", weChat.message())
        .put("api_url", weChat.apiUrl())
        .put("to_user", weChat.toUser())
        .put("to_party", weChat.toParty())
        .put("to_tag", weChat.toTag())
        .put("agent_id", weChat.agentId())
        .put("message_type", weChat.messageType())
        .entries;
  }

  private static Map<String, Object> pushover(PushoverConfig pushover) {
    var section =
        common(pushover, pushover.http())
            .putSecret("user_key", pushover.userKey())
            .putSecret("token", pushover.token())
            .put("title", pushover.title())
            .put("message", pushover.message())
            .put("url", pushover.url())
            .putText("url_title", pushover.urlTitle())
            .putText("device", pushover.device())
            .putText("sound", pushover.sound())
            .put("priority", pushover.priority())
            .put("retry", goDuration(pushover.retry()))
            .put("expire", goDuration(pushover.expire()))
            .put("ttl", goDuration(pushover.ttl()))
            .put("html", pushover.html());
    if (pushover.monospace()) {
      // Alertmanager has it since 0.29; without need it stays out, so that older ones load this.
      section.put("monospace", true);
    }
    return section.entries;
  }

  /// In seconds: Go's notation knows no days.
  private static String goDuration(Duration duration) {
    return duration.toMillisPart() == 0 ? duration.toSeconds() + "s" : duration.toMillis() + "ms";
  }

  private static Section common(IntegrationConfig integration, HttpOptions http) {
    return new Section()
        .put("send_resolved", integration.sendResolved())
        .put("http_config", HttpPrinter.http(http));
  }
}
