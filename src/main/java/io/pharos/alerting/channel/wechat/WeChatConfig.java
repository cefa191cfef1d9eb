package io.pharos.alerting.channel.wechat;

import static java.util.Objects.requireNonNull;

import io.pharos.config.alertmanager.ConfigSection;
import io.pharos.config.alertmanager.IntegrationConfig;
import io.pharos.config.alertmanager.KeyReader;
import io.pharos.config.http.HttpOptions;
import io.pharos.config.http.SecretSource;
import io.pharos.config.yaml.YamlMap;
import io.pharos.model.Quoted;
import java.util.Map;
import java.util.Set;

/// A message of a WeCom (WeChat Work) application (`wechat_configs`). Texts are templates.
///
/// @param apiUrl with a slash at its end
/// @param messageType `text` or `markdown`
public record WeChatConfig(
    boolean sendResolved,
    HttpOptions http,
    SecretSource apiSecret,
    String corpId,
    String apiUrl,
    String message,
    String messageType,
    String toUser,
    String toParty,
    String toTag,
    String agentId)
    implements IntegrationConfig {
  /// The message where the file has none.
  public static final String DEFAULT_MESSAGE = "{{ template \"wechat.default.message\" . }}";

  /// The message type whose content is WeCom's markdown.
  public static final String MARKDOWN = "markdown";

  private static final Set<String> MESSAGE_TYPES = Set.of("text", MARKDOWN);

  public WeChatConfig {
    requireNonNull(http, "http is null");
    requireNonNull(apiSecret, "apiSecret is null");
    requireNonNull(corpId, "corpId is null");
    requireNonNull(apiUrl, "apiUrl is null");
  }

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
    return new WeChatConfig(
        keys.sendResolved(false),
        keys.http(),
        secret,
        corpId,
        keys.folderUrl("api_url", defaultUrl),
        map.string("message", DEFAULT_MESSAGE),
        type,
        map.string("to_user", "{{ template \"wechat.default.to_user\" . }}"),
        map.string("to_party", "{{ template \"wechat.default.to_party\" . }}"),
        map.string("to_tag", "{{ template \"wechat.default.to_tag\" . }}"),
        map.string("agent_id", "{{ template \"wechat.default.agent_id\" . }}"));
  }

  @Override
  public void print(ConfigSection section) {
    section
        .putCommon(sendResolved, http)
        .putSecret("api_secret", apiSecret)
        .put("corp_id", corpId)
        .put("message", message)
        .put("api_url", apiUrl)
        .put("to_user", toUser)
        .put("to_party", toParty)
        .put("to_tag", toTag)
        .put("agent_id", agentId)
        .put("message_type", messageType);
  }

  @Override
  public WeChatChannel kind() {
    return WeChatChannel.INSTANCE;
  }

  @Override
  public Map<String, String> templates() {
    return IntegrationConfig.texts(
        "corp_id", corpId,
        "message", message,
        "to_user", toUser,
        "to_party", toParty,
        "to_tag", toTag,
        "agent_id", agentId);
  }
}
