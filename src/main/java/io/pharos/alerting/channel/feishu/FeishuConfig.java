package io.pharos.alerting.channel.feishu;

import io.pharos.alerting.channel.ConfigKeys;
import io.pharos.alerting.channel.ConfigKeys.Text;
import io.pharos.config.alertmanager.ChatWebhook;
import io.pharos.config.alertmanager.KeyReader;
import io.pharos.config.http.SecretSource;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/// A card to a Feishu (Lark) group bot (`feishu_configs` of pharos.yml).
///
/// @param secret the key that signs requests; unset if the bot requires no signature
/// @param title the card's header; empty for the built-in one
/// @param text the card's body, markdown; empty for the built-in one
/// @param atUserIds users to mention
/// @param atAll whether to mention everyone
/// @param timeout timeout of one attempt; zero for the delivery's deadline
public record FeishuConfig(
    ChatWebhook hook,
    SecretSource secret,
    @Text String title,
    @Text String text,
    List<String> atUserIds,
    boolean atAll,
    Duration timeout)
    implements ChatWebhook.Config, ConfigKeys.Config {
  public FeishuConfig {
    atUserIds = List.copyOf(atUserIds);
  }

  static FeishuConfig read(KeyReader keys) {
    return ConfigKeys.read(FeishuConfig.class, keys, Map.of());
  }

  @Override
  public FeishuChannel kind() {
    return FeishuChannel.INSTANCE;
  }
}
