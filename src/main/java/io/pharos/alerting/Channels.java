package io.pharos.alerting;

import io.pharos.alerting.channel.Channel;
import io.pharos.alerting.channel.dingtalk.DingTalkAppConfig;
import io.pharos.alerting.channel.dingtalk.DingTalkConfig;
import io.pharos.alerting.channel.discord.DiscordConfig;
import io.pharos.alerting.channel.email.EmailConfig;
import io.pharos.alerting.channel.feishu.FeishuAppConfig;
import io.pharos.alerting.channel.feishu.FeishuConfig;
import io.pharos.alerting.channel.gotify.GotifyConfig;
import io.pharos.alerting.channel.msteams.MsTeamsConfig;
import io.pharos.alerting.channel.msteams.MsTeamsV2Config;
import io.pharos.alerting.channel.ntfy.NtfyConfig;
import io.pharos.alerting.channel.opsgenie.OpsGenieConfig;
import io.pharos.alerting.channel.pagerduty.PagerDutyConfig;
import io.pharos.alerting.channel.pushover.PushoverConfig;
import io.pharos.alerting.channel.slack.SlackConfig;
import io.pharos.alerting.channel.telegram.TelegramConfig;
import io.pharos.alerting.channel.webhook.WebhookConfig;
import io.pharos.alerting.channel.webpush.WebPushConfig;
import io.pharos.alerting.channel.wechat.WeChatConfig;
import io.pharos.alerting.channel.wecom.WeComConfig;
import io.pharos.alerting.mailbox.ChatPreview;
import io.pharos.config.alertmanager.AlertmanagerConfig;
import io.pharos.config.alertmanager.IntegrationKind;
import io.pharos.config.pharos.MessageSettings;
import java.nio.file.Path;
import java.util.List;

/// The list of all channels.
public final class Channels {
  /// The channels in the order in which a receiver's integrations are notified.
  public static final List<Channel> ALL =
      List.of(
          WebhookConfig.CHANNEL,
          EmailConfig.CHANNEL,
          SlackConfig.CHANNEL,
          PagerDutyConfig.CHANNEL,
          OpsGenieConfig.CHANNEL,
          TelegramConfig.CHANNEL,
          DiscordConfig.CHANNEL,
          MsTeamsConfig.CHANNEL,
          MsTeamsV2Config.CHANNEL,
          WeChatConfig.CHANNEL,
          PushoverConfig.CHANNEL,
          DingTalkConfig.CHANNEL,
          DingTalkAppConfig.CHANNEL,
          FeishuConfig.CHANNEL,
          FeishuAppConfig.CHANNEL,
          WeComConfig.CHANNEL,
          NtfyConfig.CHANNEL,
          GotifyConfig.CHANNEL,
          WebPushConfig.CHANNEL);

  private Channels() {}

  /// Returns the types of all channels, such as `slack`.
  public static List<String> types() {
    return ALL.stream().map(IntegrationKind::type).toList();
  }

  /// Creates an approximate preview of a message as its receiver displays it.
  ///
  /// @param type type of the channel; for an unknown type the preview is empty
  /// @param body body of the HTTP request that sends the message
  public static ChatPreview preview(String type, String body) {
    var preview = new ChatPreview(body);
    ALL.stream()
        .filter(channel -> channel.type().equals(type))
        .forEach(channel -> channel.preview().accept(preview));
    return preview;
  }

  /// Reads `alertmanager.yml` and the files that belong to it, see [AlertmanagerConfig#load].
  public static AlertmanagerConfig load(Path file) {
    return load(file, MessageSettings.ALERTMANAGER);
  }

  /// Reads the same files.
  ///
  /// @param usual the texts if there is no `pharos.yml`
  public static AlertmanagerConfig load(Path file, MessageSettings usual) {
    return AlertmanagerConfig.load(file, ALL, usual);
  }

  /// Reads a configuration from a text, see [AlertmanagerConfig#parse].
  public static AlertmanagerConfig parse(String name, String text, Path folder) {
    return AlertmanagerConfig.parse(name, text, folder, ALL);
  }
}
