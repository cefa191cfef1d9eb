package io.pharos.config.alertmanager;

import java.util.Map;

/// One way by which a receiver is told. Global defaults are already merged in.
public sealed interface IntegrationConfig
    permits WebhookConfig,
        EmailConfig,
        SlackConfig,
        PagerDutyConfig,
        OpsGenieConfig,
        TelegramConfig,
        DiscordConfig,
        MsTeamsConfig,
        MsTeamsV2Config,
        WeChatConfig,
        PushoverConfig,
        DingTalkConfig,
        FeishuConfig,
        WeComConfig {
  /// The name of the kind, as metrics and the notification log give it: `email`, `slack`.
  String type();

  /// Whether resolved alerts are told too.
  boolean sendResolved();

  /// The texts that are templates, by their key in the file (`fields[0].title`).
  Map<String, String> templates();
}
