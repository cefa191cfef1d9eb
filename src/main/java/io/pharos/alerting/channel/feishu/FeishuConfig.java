package io.pharos.alerting.channel.feishu;

import static java.util.Objects.requireNonNull;

import io.pharos.config.alertmanager.ChatWebhook;
import io.pharos.config.alertmanager.IntegrationConfig;
import io.pharos.config.alertmanager.KeyReader;
import io.pharos.config.http.SecretSource;
import io.pharos.config.yaml.YamlMap;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/// A card to a Feishu (Lark) group bot (`feishu_configs` of pharos.yml). Texts are templates.
///
/// @param secret the key that signs requests; unset where the bot asks for no signature
/// @param title the card's header; empty for the built-in one
/// @param text the card's body, markdown; empty for the built-in one
/// @param atUserIds users that are mentioned
/// @param atAll mention everyone
/// @param timeout how long one attempt may take; zero for the pipeline's deadline
public record FeishuConfig(
    ChatWebhook hook,
    SecretSource secret,
    String title,
    String text,
    List<String> atUserIds,
    boolean atAll,
    Duration timeout)
    implements ChatWebhook.Config {
  public FeishuConfig {
    requireNonNull(hook, "hook is null");
    requireNonNull(secret, "secret is null");
    requireNonNull(title, "title is null");
    requireNonNull(text, "text is null");
    atUserIds = List.copyOf(atUserIds);
    requireNonNull(timeout, "timeout is null");
  }

  static FeishuConfig read(KeyReader keys) {
    YamlMap map = keys.map();
    return new FeishuConfig(
        ChatWebhook.read(keys),
        keys.secret("secret"),
        map.string("title", ""),
        map.string("text", ""),
        map.strings("at_user_ids"),
        map.bool("at_all", false),
        map.duration("timeout", Duration.ZERO));
  }

  @Override
  public FeishuChannel kind() {
    return FeishuChannel.INSTANCE;
  }

  @Override
  public Map<String, String> templates() {
    return IntegrationConfig.texts(
        "title", title,
        "text", text);
  }
}
