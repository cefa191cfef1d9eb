package io.pharos.app;

import static java.util.Objects.requireNonNull;

import io.pharos.alertmanager.DingTalkConfig;
import io.pharos.alertmanager.DiscordConfig;
import io.pharos.alertmanager.EmailConfig;
import io.pharos.alertmanager.FeishuConfig;
import io.pharos.alertmanager.HttpConfig;
import io.pharos.alertmanager.IntegrationConfig;
import io.pharos.alertmanager.MessageSettings;
import io.pharos.alertmanager.MsTeamsConfig;
import io.pharos.alertmanager.MsTeamsV2Config;
import io.pharos.alertmanager.OpsGenieConfig;
import io.pharos.alertmanager.PagerDutyConfig;
import io.pharos.alertmanager.PushoverConfig;
import io.pharos.alertmanager.SecretFiles;
import io.pharos.alertmanager.SecretValue;
import io.pharos.alertmanager.SlackConfig;
import io.pharos.alertmanager.TelegramConfig;
import io.pharos.alertmanager.WeChatConfig;
import io.pharos.alertmanager.WeComConfig;
import io.pharos.alertmanager.WebhookConfig;
import io.pharos.mailbox.Mailbox;
import io.pharos.mailbox.Message;
import io.pharos.notify.Notifier;
import io.pharos.notify.NotifierFactory;
import io.pharos.notify.NotifyResult;
import io.pharos.notify.dingtalk.DingTalkNotifier;
import io.pharos.notify.discord.DiscordNotifier;
import io.pharos.notify.email.EmailNotifier;
import io.pharos.notify.email.MailTransport;
import io.pharos.notify.feishu.FeishuNotifier;
import io.pharos.notify.message.HttpPoster;
import io.pharos.notify.message.Language;
import io.pharos.notify.message.LinkSigner;
import io.pharos.notify.message.MessageComposer;
import io.pharos.notify.message.MessageTemplates;
import io.pharos.notify.message.Phrase;
import io.pharos.notify.message.TemplatePatience;
import io.pharos.notify.msteams.MsTeamsNotifier;
import io.pharos.notify.opsgenie.OpsGenieNotifier;
import io.pharos.notify.pagerduty.PagerDutyNotifier;
import io.pharos.notify.pushover.PushoverNotifier;
import io.pharos.notify.slack.SlackNotifier;
import io.pharos.notify.telegram.TelegramNotifier;
import io.pharos.notify.webhook.WebhookNotifier;
import io.pharos.notify.wechat.WeChatNotifier;
import io.pharos.notify.wecom.WeComNotifier;
import java.nio.file.Files;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executor;

/// Makes the notifier of each kind of integration.
final class Notifiers implements NotifierFactory {
  private final MailTransport mail;
  private final MessageTemplates templates;
  private final MessageSettings messages;
  private final InstantSource clock;
  private final Executor executor;
  private final LinkSigner signer;
  private final Optional<Mailbox> capture;
  private final Map<HttpConfig, HttpPoster> posters = new HashMap<>();

  /// @param messages how each receiver's messages are worded
  /// @param signer signs the silence links of messages
  /// @param capture where chat messages go whose webhook is not configured; empty: they fail
  Notifiers(
      MailTransport mail,
      MessageTemplates templates,
      MessageSettings messages,
      InstantSource clock,
      Executor executor,
      LinkSigner signer,
      Optional<Mailbox> capture) {
    this.mail = requireNonNull(mail, "mail is null");
    this.templates = requireNonNull(templates, "templates is null");
    this.messages = requireNonNull(messages, "messages is null");
    this.clock = requireNonNull(clock, "clock is null");
    this.executor = requireNonNull(executor, "executor is null");
    this.signer = requireNonNull(signer, "signer is null");
    this.capture = requireNonNull(capture, "capture is null");
  }

  @Override
  public Notifier create(String receiver, IntegrationConfig integration) {
    Notifier notifier = make(receiver, integration);
    Notifier patient =
        switch (messages.defaults()) {
          case PHAROS -> notifier;
          case ALERTMANAGER -> new TemplatePatience(integration, templates, notifier, clock);
        };
    return capture.isPresent() && isCaptured(integration)
        ? patient
        : patient.unless(
            () ->
                SecretFiles.missing(integration)
                    .map(file -> "the secret file " + file + " does not exist"));
  }

  /// Whether the local mailbox stands in for the channel where it is captured.
  private static boolean isCaptured(IntegrationConfig integration) {
    return switch (integration) {
      case SlackConfig _,
          DiscordConfig _,
          MsTeamsConfig _,
          MsTeamsV2Config _,
          DingTalkConfig _,
          FeishuConfig _,
          WeComConfig _,
          EmailConfig _ ->
          true;
      case WebhookConfig _,
          PagerDutyConfig _,
          OpsGenieConfig _,
          TelegramConfig _,
          WeChatConfig _,
          PushoverConfig _ ->
          false;
    };
  }

  private MessageComposer composer(String receiver) {
    MessageSettings.Voice voice = messages.of(receiver);
    return new MessageComposer(voice.zone(), Language.of(voice.language()), signer);
  }

  private Notifier make(String receiver, IntegrationConfig integration) {
    MessageComposer composer = composer(receiver);
    return switch (integration) {
      case EmailConfig email -> new EmailNotifier(email, mail, templates, composer);
      case WebhookConfig webhook -> new WebhookNotifier(webhook, poster(webhook.http()));
      case SlackConfig slack ->
          captured(
              slack.apiUrl(),
              "slack",
              slack.channel(),
              composer,
              new SlackNotifier(slack, poster(slack.http()), templates, composer));
      case PagerDutyConfig pagerDuty ->
          new PagerDutyNotifier(pagerDuty, poster(pagerDuty.http()), templates, composer);
      case OpsGenieConfig opsGenie ->
          new OpsGenieNotifier(opsGenie, poster(opsGenie.http()), templates, composer);
      case TelegramConfig telegram ->
          new TelegramNotifier(telegram, poster(telegram.http()), templates, composer);
      case DiscordConfig discord ->
          captured(
              discord.webhookUrl(),
              "discord",
              receiver,
              composer,
              new DiscordNotifier(discord, poster(discord.http()), templates, composer));
      case MsTeamsConfig teams ->
          captured(
              teams.webhookUrl(),
              "msteams",
              receiver,
              composer,
              MsTeamsNotifier.of(teams, poster(teams.http()), templates, composer));
      case MsTeamsV2Config teams ->
          captured(
              teams.webhookUrl(),
              "msteamsv2",
              receiver,
              composer,
              MsTeamsNotifier.of(teams, poster(teams.http()), templates, composer));
      case WeChatConfig weChat ->
          new WeChatNotifier(weChat, poster(weChat.http()), templates, composer, clock);
      case PushoverConfig pushover ->
          new PushoverNotifier(pushover, poster(pushover.http()), templates, composer);
      case DingTalkConfig dingTalk ->
          captured(
              dingTalk.webhookUrl(),
              "dingtalk",
              receiver,
              composer,
              new DingTalkNotifier(dingTalk, poster(dingTalk.http()), templates, composer, clock));
      case FeishuConfig feishu ->
          captured(
              feishu.webhookUrl(),
              "feishu",
              receiver,
              composer,
              new FeishuNotifier(feishu, poster(feishu.http()), templates, composer, clock));
      case WeComConfig weCom ->
          captured(
              weCom.webhookUrl(),
              "wecom",
              receiver,
              composer,
              new WeComNotifier(weCom, poster(weCom.http()), templates, composer));
    };
  }

  /// Integrations that call alike share a client: each has a thread and connections of its own.
  private HttpPoster poster(HttpConfig http) {
    return posters.computeIfAbsent(http, it -> HttpPoster.create(it, executor, clock));
  }

  @Override
  public void close() {
    posters.values().forEach(HttpPoster::close);
  }

  /// The notifier itself, or, while the file with its URL is missing, the local mailbox.
  private Notifier captured(
      SecretValue url, String channel, String to, MessageComposer composer, Notifier real) {
    if (capture.isEmpty() || !(url instanceof SecretValue.FromFile(var file))) {
      return real;
    }
    Mailbox mailbox = capture.get();
    return (notification, deadline) -> {
      if (Files.exists(file)) {
        return real.notify(notification, deadline);
      }
      var message = composer.compose(notification);
      mailbox.add(
          new Message(
              notification.deliveryId() + "-" + channel,
              clock.instant(),
              channel,
              to,
              message.headline(),
              text(message),
              ""));
      return new NotifyResult.Sent("kept in the local mailbox: " + file + " does not exist");
    };
  }

  private static String text(io.pharos.notify.message.Message message) {
    var text = new StringBuilder(message.headline()).append("\n\n");
    if (!message.description().isEmpty()) {
      text.append(message.description()).append('\n');
    }
    var language = message.language();
    text.append(
            message.firing()
                ? Phrase.LABEL.in(language, Phrase.SINCE.in(language), message.sinceText())
                : Phrase.LABEL.in(language, Phrase.LASTED.in(language), message.lastedText()))
        .append('\n');
    for (var link : message.links()) {
      String label = link.kind().label().in(language);
      text.append(Phrase.LABEL.in(language, label, link.url())).append('\n');
    }
    return text.append(message.whySent()).append('\n').append(message.delivery()) + "\n";
  }
}
