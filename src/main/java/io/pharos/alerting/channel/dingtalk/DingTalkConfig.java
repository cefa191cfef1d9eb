package io.pharos.alerting.channel.dingtalk;

import io.pharos.alerting.channel.ConfigKeys;
import io.pharos.alerting.channel.ConfigKeys.Text;
import io.pharos.config.alertmanager.ChatWebhook;
import io.pharos.config.alertmanager.KeyReader;
import io.pharos.config.http.SecretSource;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/// A message to a DingTalk group robot (`dingtalk_configs` of pharos.yml).
///
/// @param secret the key that signs requests; unset if the robot checks a keyword or the address
/// @param title the push preview; empty for the built-in one
/// @param text the markdown body; empty for the built-in one
/// @param atMobiles telephone numbers to mention
/// @param atUserIds users to mention
/// @param atAll whether to mention everyone
/// @param timeout timeout of one attempt; zero for the delivery's deadline
public record DingTalkConfig(
    ChatWebhook hook,
    SecretSource secret,
    @Text String title,
    @Text String text,
    List<String> atMobiles,
    List<String> atUserIds,
    boolean atAll,
    Duration timeout)
    implements ChatWebhook.Config, ConfigKeys.Config {
  public DingTalkConfig {
    atMobiles = List.copyOf(atMobiles);
    atUserIds = List.copyOf(atUserIds);
  }

  static DingTalkConfig read(KeyReader keys) {
    return ConfigKeys.read(DingTalkConfig.class, keys, Map.of());
  }

  @Override
  public DingTalkChannel kind() {
    return DingTalkChannel.INSTANCE;
  }
}
