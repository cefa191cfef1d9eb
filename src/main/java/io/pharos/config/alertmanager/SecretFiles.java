package io.pharos.config.alertmanager;

import io.pharos.config.http.HttpOptions;
import io.pharos.config.http.SecretSource;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The files that an integration reads its secrets from. Without one of them it can tell nobody: it
/// is configured but for its secret.
public final class SecretFiles {
  private SecretFiles() {}

  /// All of them, in the order in which they are asked for. Certificates are not secrets.
  public static List<Path> of(IntegrationConfig integration) {
    var files = new ArrayList<Path>();
    for (SecretSource secret : secrets(integration)) {
      if (secret instanceof SecretSource.FromFile(Path file)) {
        files.add(file);
      }
    }
    return List.copyOf(files);
  }

  /// The first of them that does not exist now.
  public static Optional<Path> missing(IntegrationConfig integration) {
    return of(integration).stream().filter(file -> Files.notExists(file)).findFirst();
  }

  /// The secrets of an integration, whether they stand in files or in the configuration.
  public static List<SecretSource> secrets(IntegrationConfig integration) {
    return switch (integration) {
      case EmailConfig email -> List.of(email.authPassword(), email.authSecret());
      case WebhookConfig webhook -> with(webhook.http(), webhook.url());
      case SlackConfig slack -> with(slack.http(), slack.apiUrl());
      case PagerDutyConfig duty -> with(duty.http(), duty.serviceKey(), duty.routingKey());
      case OpsGenieConfig genie -> with(genie.http(), genie.apiKey());
      case TelegramConfig telegram -> with(telegram.http(), telegram.botToken());
      case DiscordConfig discord -> with(discord.http(), discord.webhookUrl());
      case MsTeamsConfig teams -> with(teams.http(), teams.webhookUrl());
      case MsTeamsV2Config teams -> with(teams.http(), teams.webhookUrl());
      case WeChatConfig weChat -> with(weChat.http(), weChat.apiSecret());
      case PushoverConfig pushover -> with(pushover.http(), pushover.userKey(), pushover.token());
      case DingTalkConfig ding -> with(ding.http(), ding.webhookUrl(), ding.secret());
      case FeishuConfig feishu -> with(feishu.http(), feishu.webhookUrl(), feishu.secret());
      case WeComConfig weCom -> with(weCom.http(), weCom.webhookUrl());
    };
  }

  private static List<SecretSource> with(HttpOptions http, SecretSource... own) {
    var all = new ArrayList<>(List.of(own));
    all.addAll(http.secrets());
    return all;
  }
}
