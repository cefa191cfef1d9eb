package io.pharos.alerting.channel.dingtalk;

import static java.util.Objects.requireNonNull;

import io.pharos.config.alertmanager.ChatWebhook;
import io.pharos.config.alertmanager.IntegrationConfig;
import io.pharos.config.alertmanager.KeyReader;
import io.pharos.config.http.SecretSource;
import io.pharos.config.yaml.YamlMap;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/// A message to a DingTalk group robot (`dingtalk_configs` of pharos.yml). Texts are templates.
///
/// @param secret the key that signs requests; unset where the robot is guarded by keyword or
///   address
/// @param title the push preview; empty for the built-in one
/// @param text the markdown body; empty for the built-in one
/// @param atMobiles telephone numbers that are mentioned
/// @param atUserIds users that are mentioned
/// @param atAll mention everyone
/// @param timeout how long one attempt may take; zero for the pipeline's deadline
public record DingTalkConfig(
    ChatWebhook hook,
    SecretSource secret,
    String title,
    String text,
    List<String> atMobiles,
    List<String> atUserIds,
    boolean atAll,
    Duration timeout)
    implements ChatWebhook.Config {
  public DingTalkConfig {
    requireNonNull(hook, "hook is null");
    requireNonNull(secret, "secret is null");
    requireNonNull(title, "title is null");
    requireNonNull(text, "text is null");
    atMobiles = List.copyOf(atMobiles);
    atUserIds = List.copyOf(atUserIds);
    requireNonNull(timeout, "timeout is null");
  }

  static DingTalkConfig read(KeyReader keys) {
    YamlMap map = keys.map();
    return new DingTalkConfig(
        ChatWebhook.read(keys),
        keys.secret("secret"),
        map.string("title", ""),
        map.string("text", ""),
        map.strings("at_mobiles"),
        map.strings("at_user_ids"),
        map.bool("at_all", false),
        map.duration("timeout", Duration.ZERO));
  }

  @Override
  public DingTalkChannel kind() {
    return DingTalkChannel.INSTANCE;
  }

  @Override
  public Map<String, String> templates() {
    return IntegrationConfig.texts(
        "title", title,
        "text", text);
  }
}
