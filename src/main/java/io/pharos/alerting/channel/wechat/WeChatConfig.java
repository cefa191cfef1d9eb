package io.pharos.alerting.channel.wechat;

import io.pharos.alerting.channel.ConfigKeys;
import io.pharos.alerting.channel.ConfigKeys.Text;
import io.pharos.config.alertmanager.KeyReader;
import io.pharos.config.http.HttpOptions;
import io.pharos.config.http.SecretSource;
import io.pharos.config.yaml.YamlMap;
import io.pharos.model.Quoted;
import java.util.Map;
import java.util.Set;

/// A message of a WeCom (WeChat Work) application (`wechat_configs`).
///
/// @param apiUrl with a slash at its end
/// @param messageType `text` or `markdown`
public record WeChatConfig(
    boolean sendResolved,
    HttpOptions http,
    SecretSource apiSecret,
    @Text String corpId,
    @Text(DEFAULT_MESSAGE) String message,
    String apiUrl,
    @Text("{{ template \"wechat.default.to_user\" . }}") String toUser,
    @Text("{{ template \"wechat.default.to_party\" . }}") String toParty,
    @Text("{{ template \"wechat.default.to_tag\" . }}") String toTag,
    @Text("{{ template \"wechat.default.agent_id\" . }}") String agentId,
    String messageType)
    implements ConfigKeys.Config {
  static final String DEFAULT_MESSAGE = "{{ template \"wechat.default.message\" . }}";

  /// The message type whose content is WeCom's markdown.
  static final String MARKDOWN = "markdown";

  private static final Set<String> MESSAGE_TYPES = Set.of("text", MARKDOWN);

  /// @param defaultUrl with a slash at its end
  /// @param defaultSecret may be unset
  /// @param defaultCorpId empty for none
  static WeChatConfig read(
      KeyReader keys, String defaultUrl, SecretSource defaultSecret, String defaultCorpId) {
    YamlMap map = keys.map();
    SecretSource own = keys.secret("api_secret");
    SecretSource secret = own.isSet() ? own : defaultSecret;
    if (!secret.isSet()) {
      throw map.error("no api_secret and no global wechat_api_secret is set");
    }
    String corpId = map.string("corp_id", defaultCorpId);
    if (corpId.isEmpty()) {
      throw map.error("no corp_id and no global wechat_api_corp_id is set");
    }
    String given = map.string("message_type", "");
    String type = given.isEmpty() ? "text" : given;
    if (!MESSAGE_TYPES.contains(type)) {
      throw map.require("message_type")
          .error("expected text or markdown, found " + Quoted.of(type));
    }
    return ConfigKeys.read(
        WeChatConfig.class,
        keys,
        Map.of(
            "sendResolved", keys.sendResolved(false),
            "apiSecret", secret,
            "corpId", corpId,
            "apiUrl", keys.folderUrl("api_url", defaultUrl),
            "messageType", type));
  }

  @Override
  public WeChatChannel kind() {
    return WeChatChannel.INSTANCE;
  }
}
