package io.pharos.alerting.channel.wecom;

import io.pharos.alerting.channel.ConfigKeys;
import io.pharos.alerting.channel.ConfigKeys.Text;
import io.pharos.config.alertmanager.ChatWebhook;
import io.pharos.config.alertmanager.KeyReader;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/// A message to a WeCom (WeChat Work) group bot (`wecom_configs` of pharos.yml).
///
/// @param text the markdown body; empty for the built-in one
/// @param atUserIds users to mention
/// @param atMobiles telephone numbers to mention
/// @param atAll whether to mention everyone
/// @param timeout timeout of one attempt; zero for the delivery's deadline
public record WeComConfig(
    ChatWebhook hook,
    @Text String text,
    List<String> atUserIds,
    List<String> atMobiles,
    boolean atAll,
    Duration timeout)
    implements ChatWebhook.Config, ConfigKeys.Config {
  public WeComConfig {
    atUserIds = List.copyOf(atUserIds);
    atMobiles = List.copyOf(atMobiles);
  }

  static WeComConfig read(KeyReader keys) {
    return ConfigKeys.read(WeComConfig.class, keys, Map.of());
  }

  @Override
  public WeComChannel kind() {
    return WeComChannel.INSTANCE;
  }
}
