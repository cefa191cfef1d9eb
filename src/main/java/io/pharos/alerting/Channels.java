package io.pharos.alerting;

import io.pharos.alerting.channel.Channel;
import io.pharos.alerting.channel.dingtalk.DingTalkChannel;
import io.pharos.alerting.channel.discord.DiscordChannel;
import io.pharos.alerting.channel.email.EmailChannel;
import io.pharos.alerting.channel.feishu.FeishuChannel;
import io.pharos.alerting.channel.msteams.MsTeamsChannel;
import io.pharos.alerting.channel.msteams.MsTeamsV2Channel;
import io.pharos.alerting.channel.opsgenie.OpsGenieChannel;
import io.pharos.alerting.channel.pagerduty.PagerDutyChannel;
import io.pharos.alerting.channel.pushover.PushoverChannel;
import io.pharos.alerting.channel.slack.SlackChannel;
import io.pharos.alerting.channel.telegram.TelegramChannel;
import io.pharos.alerting.channel.webhook.WebhookChannel;
import io.pharos.alerting.channel.wechat.WeChatChannel;
import io.pharos.alerting.channel.wecom.WeComChannel;
import io.pharos.alerting.mailbox.ChatPreview;
import io.pharos.config.alertmanager.AlertmanagerConfig;
import io.pharos.config.alertmanager.IntegrationKind;
import java.nio.file.Path;
import java.util.List;

/// The list of all channels.
public final class Channels {
  /// In the order in which a receiver's integrations are notified.
  public static final List<Channel<?>> ALL =
      List.of(
          WebhookChannel.INSTANCE,
          EmailChannel.INSTANCE,
          SlackChannel.INSTANCE,
          PagerDutyChannel.INSTANCE,
          OpsGenieChannel.INSTANCE,
          TelegramChannel.INSTANCE,
          DiscordChannel.INSTANCE,
          MsTeamsChannel.INSTANCE,
          MsTeamsV2Channel.INSTANCE,
          WeChatChannel.INSTANCE,
          PushoverChannel.INSTANCE,
          DingTalkChannel.INSTANCE,
          FeishuChannel.INSTANCE,
          WeComChannel.INSTANCE);

  private Channels() {}

  /// The types of all channels, such as `slack`.
  public static List<String> types() {
    return ALL.stream().map(IntegrationKind::type).toList();
  }

  /// Creates an approximate preview of what the reader of a request sees.
  ///
  /// @param type type of the channel; an unknown one gives an empty preview
  /// @param body body of the request
  public static ChatPreview preview(String type, String body) {
    var preview = new ChatPreview(body);
    ALL.stream().filter(one -> one.type().equals(type)).forEach(one -> one.preview(preview));
    return preview;
  }

  /// Reads `alertmanager.yml` and the files beside it, see [AlertmanagerConfig#load].
  public static AlertmanagerConfig load(Path file) {
    return AlertmanagerConfig.load(file, ALL);
  }

  /// Reads a text, see [AlertmanagerConfig#parse].
  public static AlertmanagerConfig parse(String name, String text, Path folder) {
    return AlertmanagerConfig.parse(name, text, folder, ALL);
  }
}
