package io.pharos.config.alertmanager;

import static java.util.Objects.requireNonNull;

import io.pharos.config.http.HttpOptions;
import io.pharos.config.http.SecretSource;
import java.util.LinkedHashMap;
import java.util.Map;

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

  public WeChatConfig {
    requireNonNull(http, "http is null");
    requireNonNull(apiSecret, "apiSecret is null");
    requireNonNull(corpId, "corpId is null");
    requireNonNull(apiUrl, "apiUrl is null");
  }

  @Override
  public String type() {
    return "wechat";
  }

  @Override
  public Map<String, String> templates() {
    var texts = new LinkedHashMap<String, String>();
    texts.put("corp_id", corpId);
    texts.put("message", message);
    texts.put("to_user", toUser);
    texts.put("to_party", toParty);
    texts.put("to_tag", toTag);
    texts.put("agent_id", agentId);
    return texts;
  }
}
