package io.pharos.alerting.channel.wecom;

import static java.util.Objects.requireNonNull;

import io.pharos.config.alertmanager.ChatWebhook;
import io.pharos.config.alertmanager.KeyReader;
import io.pharos.config.yaml.YamlMap;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/// A message to a WeCom (WeChat Work) group bot (`wecom_configs` of pharos.yml).
///
/// @param text the markdown body, a template; empty for the built-in one
/// @param atUserIds users that are mentioned
/// @param atMobiles telephone numbers that are mentioned
/// @param atAll mention everyone
/// @param timeout how long one attempt may take; zero for the pipeline's deadline
public record WeComConfig(
    ChatWebhook hook,
    String text,
    List<String> atUserIds,
    List<String> atMobiles,
    boolean atAll,
    Duration timeout)
    implements ChatWebhook.Config {
  public WeComConfig {
    requireNonNull(hook, "hook is null");
    requireNonNull(text, "text is null");
    atUserIds = List.copyOf(atUserIds);
    atMobiles = List.copyOf(atMobiles);
    requireNonNull(timeout, "timeout is null");
  }

  static WeComConfig read(KeyReader keys) {
    YamlMap map = keys.map();
    return new WeComConfig(
        ChatWebhook.read(keys),
        map.string("text", ""),
        map.strings("at_user_ids"),
        map.strings("at_mobiles"),
        map.bool("at_all", false),
        map.duration("timeout", Duration.ZERO));
  }

  @Override
  public WeComChannel kind() {
    return WeComChannel.INSTANCE;
  }

  @Override
  public Map<String, String> templates() {
    return Map.of("text", text);
  }
}
