package io.pharos.server.app;

import static java.util.Objects.requireNonNull;

import io.pharos.alerting.notify.Notification;
import io.pharos.alerting.notify.Notifier;
import io.pharos.alerting.notify.NotifierFactory;
import io.pharos.alerting.notify.NotifyResult;
import io.pharos.alerting.notify.dingtalk.DingTalkNotifier;
import io.pharos.alerting.notify.discord.DiscordNotifier;
import io.pharos.alerting.notify.email.EmailNotifier;
import io.pharos.alerting.notify.email.MailTransport;
import io.pharos.alerting.notify.feishu.FeishuNotifier;
import io.pharos.alerting.notify.message.HttpCapture;
import io.pharos.alerting.notify.message.HttpPoster;
import io.pharos.alerting.notify.message.Language;
import io.pharos.alerting.notify.message.LinkSigner;
import io.pharos.alerting.notify.message.MaskedNotifier;
import io.pharos.alerting.notify.message.MessageComposer;
import io.pharos.alerting.notify.message.MessageTemplates;
import io.pharos.alerting.notify.message.TemplatePatience;
import io.pharos.alerting.notify.msteams.MsTeamsNotifier;
import io.pharos.alerting.notify.opsgenie.OpsGenieNotifier;
import io.pharos.alerting.notify.pagerduty.PagerDutyNotifier;
import io.pharos.alerting.notify.pushover.PushoverNotifier;
import io.pharos.alerting.notify.slack.SlackNotifier;
import io.pharos.alerting.notify.telegram.TelegramNotifier;
import io.pharos.alerting.notify.webhook.WebhookNotifier;
import io.pharos.alerting.notify.wechat.WeChatNotifier;
import io.pharos.alerting.notify.wecom.WeComNotifier;
import io.pharos.config.alertmanager.DingTalkConfig;
import io.pharos.config.alertmanager.DiscordConfig;
import io.pharos.config.alertmanager.EmailConfig;
import io.pharos.config.alertmanager.FeishuConfig;
import io.pharos.config.alertmanager.HttpConfig;
import io.pharos.config.alertmanager.IntegrationConfig;
import io.pharos.config.alertmanager.MessageSettings;
import io.pharos.config.alertmanager.MsTeamsConfig;
import io.pharos.config.alertmanager.MsTeamsV2Config;
import io.pharos.config.alertmanager.OpsGenieConfig;
import io.pharos.config.alertmanager.PagerDutyConfig;
import io.pharos.config.alertmanager.PushoverConfig;
import io.pharos.config.alertmanager.SecretFiles;
import io.pharos.config.alertmanager.SlackConfig;
import io.pharos.config.alertmanager.StandIns;
import io.pharos.config.alertmanager.TelegramConfig;
import io.pharos.config.alertmanager.WeChatConfig;
import io.pharos.config.alertmanager.WeComConfig;
import io.pharos.config.alertmanager.WebhookConfig;
import io.pharos.server.mailbox.Mailbox;
import io.pharos.server.mailbox.MailboxMessage;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.function.Function;

/// Makes the notifier of each kind of integration.
final class Notifiers implements NotifierFactory {
  private final MailTransport mail;
  private final MessageTemplates templates;
  private final MessageSettings messages;
  private final InstantSource clock;
  private final Executor executor;
  private final LinkSigner signer;
  private final String grafana;
  private final Optional<Mailbox> capture;
  private final Map<HttpConfig, HttpPoster> posters = new HashMap<>();

  /// @param messages how each receiver's messages are worded
  /// @param signer signs the silence links of messages
  /// @param grafana where people reach Grafana; empty: not known
  /// @param capture where chat messages go whose webhook is not configured; empty: they fail
  Notifiers(
      MailTransport mail,
      MessageTemplates templates,
      MessageSettings messages,
      InstantSource clock,
      Executor executor,
      LinkSigner signer,
      String grafana,
      Optional<Mailbox> capture) {
    this.mail = requireNonNull(mail, "mail is null");
    this.templates = requireNonNull(templates, "templates is null");
    this.messages = requireNonNull(messages, "messages is null");
    this.clock = requireNonNull(clock, "clock is null");
    this.executor = requireNonNull(executor, "executor is null");
    this.signer = requireNonNull(signer, "signer is null");
    this.grafana = requireNonNull(grafana, "grafana is null");
    this.capture = requireNonNull(capture, "capture is null");
  }

  @Override
  public Notifier create(String receiver, IntegrationConfig integration) {
    Notifier real = make(receiver, integration, this::poster);
    if (capture.isPresent()) {
      return integration instanceof EmailConfig
          ? real
          : captured(capture.get(), receiver, integration, real);
    }
    return real.unless(
        () ->
            SecretFiles.missing(integration)
                .map(file -> "the secret file " + file + " does not exist"));
  }

  private Notifier make(
      String receiver, IntegrationConfig integration, Function<HttpConfig, HttpPoster> posting) {
    Notifier notifier = new MaskedNotifier(integration, channel(receiver, integration, posting));
    return switch (messages.defaults()) {
      case PHAROS -> notifier;
      case ALERTMANAGER -> new TemplatePatience(integration, templates, notifier, clock);
    };
  }

  private MessageComposer composer(String receiver) {
    MessageSettings.Voice voice = messages.of(receiver);
    return new MessageComposer(voice.zone(), Language.of(voice.language()), signer, grafana);
  }

  private Notifier channel(
      String receiver, IntegrationConfig integration, Function<HttpConfig, HttpPoster> posting) {
    MessageComposer composer = composer(receiver);
    return switch (integration) {
      case EmailConfig email -> new EmailNotifier(email, mail, templates, composer);
      case WebhookConfig webhook -> new WebhookNotifier(webhook, posting.apply(webhook.http()));
      case SlackConfig slack ->
          new SlackNotifier(slack, posting.apply(slack.http()), templates, composer);
      case PagerDutyConfig pagerDuty ->
          new PagerDutyNotifier(pagerDuty, posting.apply(pagerDuty.http()), templates, composer);
      case OpsGenieConfig opsGenie ->
          new OpsGenieNotifier(opsGenie, posting.apply(opsGenie.http()), templates, composer);
      case TelegramConfig telegram ->
          new TelegramNotifier(telegram, posting.apply(telegram.http()), templates, composer);
      case DiscordConfig discord ->
          new DiscordNotifier(discord, posting.apply(discord.http()), templates, composer);
      case MsTeamsConfig teams ->
          MsTeamsNotifier.of(teams, posting.apply(teams.http()), templates, composer);
      case MsTeamsV2Config teams ->
          MsTeamsNotifier.of(teams, posting.apply(teams.http()), templates, composer);
      case WeChatConfig weChat ->
          new WeChatNotifier(weChat, posting.apply(weChat.http()), templates, composer, clock);
      case PushoverConfig pushover ->
          new PushoverNotifier(pushover, posting.apply(pushover.http()), templates, composer);
      case DingTalkConfig dingTalk ->
          new DingTalkNotifier(
              dingTalk, posting.apply(dingTalk.http()), templates, composer, clock);
      case FeishuConfig feishu ->
          new FeishuNotifier(feishu, posting.apply(feishu.http()), templates, composer, clock);
      case WeComConfig weCom ->
          new WeComNotifier(weCom, posting.apply(weCom.http()), templates, composer);
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

  /// The notifier itself, or, while a file with one of its secrets is missing, the local mailbox:
  /// the same notifier then makes what it would send, with stand-ins for its secrets.
  private Notifier captured(
      Mailbox mailbox, String receiver, IntegrationConfig integration, Notifier real) {
    IntegrationConfig shown = StandIns.of(integration);
    return (notification, deadline) -> {
      Optional<Path> missing = SecretFiles.missing(integration);
      if (missing.isEmpty()) {
        return real.notify(notification, deadline);
      }
      var calls = new ArrayList<HttpCapture.Captured>();
      NotifyResult result =
          make(receiver, shown, _ -> HttpPoster.capturing(calls::add, clock))
              .notify(notification, deadline);
      if (!(result instanceof NotifyResult.Sent)) {
        return result;
      }
      keep(mailbox, receiver, integration, notification, calls);
      return new NotifyResult.Sent(
          "kept in the local mailbox: " + missing.get() + " does not exist");
    };
  }

  private void keep(
      Mailbox mailbox,
      String receiver,
      IntegrationConfig integration,
      Notification notification,
      List<HttpCapture.Captured> calls) {
    String subject = composer(receiver).compose(notification).headline();
    String to = integration instanceof SlackConfig slack ? slack.channel() : receiver;
    int number = 0;
    for (HttpCapture.Captured call : calls) {
      if (call.body().isEmpty()) {
        continue; // asks for an access token
      }
      number++;
      mailbox.add(
          new MailboxMessage(
              notification.deliveryId()
                  + "-"
                  + integration.type()
                  + (number == 1 ? "" : "-" + number),
              clock.instant(),
              integration.type(),
              to.isEmpty() ? receiver : to,
              subject,
              "",
              "",
              new MailboxMessage.Request(call.method(), call.url(), call.headers(), call.body())));
    }
  }
}
