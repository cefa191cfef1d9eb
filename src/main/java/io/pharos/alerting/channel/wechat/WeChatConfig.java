package io.pharos.alerting.channel.wechat;

import com.fasterxml.jackson.databind.JsonNode;
import io.pharos.alerting.channel.Channel;
import io.pharos.alerting.channel.ChannelTools;
import io.pharos.alerting.channel.ConfigKeys;
import io.pharos.alerting.channel.ConfigKeys.Text;
import io.pharos.alerting.channel.Json;
import io.pharos.alerting.mailbox.ChatPreview;
import io.pharos.alerting.mailbox.ChatPreview.Style;
import io.pharos.alerting.mailbox.ChatText;
import io.pharos.alerting.message.Markup;
import io.pharos.alerting.message.MessageDraft;
import io.pharos.alerting.message.MessageText;
import io.pharos.alerting.message.TextLimit;
import io.pharos.alerting.pipeline.Notifier;
import io.pharos.config.alertmanager.IntegrationDefaults;
import io.pharos.config.alertmanager.KeyReader;
import io.pharos.config.http.HttpOptions;
import io.pharos.config.http.SecretSource;
import io.pharos.config.yaml.YamlMap;
import io.pharos.model.Quoted;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Configuration of messages from a WeCom (WeChat Work) application (`wechat_configs`).
///
/// @param apiUrl base URL of the API, with a slash at its end
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
    implements Channel.Config {
  /// The channel that this record configures.
  public static final Channel CHANNEL =
      Channel.withGlobals("wechat", WeChatConfig::globals, WeChatConfig::preview);

  static final String DEFAULT_MESSAGE = "{{ template \"wechat.default.message\" . }}";

  /// The message type for content in WeCom's markdown.
  static final String MARKDOWN = "markdown";

  private static final Set<String> MESSAGE_TYPES = Set.of("text", MARKDOWN);

  private static IntegrationDefaults globals(KeyReader global) {
    String url = global.folderUrl("wechat_api_url", "https://qyapi.weixin.qq.com/cgi-bin/");
    SecretSource secret = global.secret("wechat_api_secret");
    String corpId = global.map().string("wechat_api_corp_id", "");
    return IntegrationDefaults.of(
        keys -> WeChatConfig.read(keys, url, secret, corpId),
        section ->
            section
                .put("wechat_api_url", url)
                .putSecret("wechat_api_secret", secret)
                .putText("wechat_api_corp_id", corpId));
  }

  /// Reads an integration.
  ///
  /// @param defaultUrl base URL of the API, with a slash at its end
  /// @param defaultSecret secret of integrations that do not set `api_secret`; may be unset
  /// @param defaultCorpId id of integrations that do not set `corp_id`; may be empty
  private static WeChatConfig read(
      KeyReader keys, String defaultUrl, SecretSource defaultSecret, String defaultCorpId) {
    YamlMap map = keys.map();
    SecretSource ownSecret = keys.secret("api_secret");
    SecretSource secret = ownSecret.isSet() ? ownSecret : defaultSecret;
    if (!secret.isSet()) {
      throw map.error("no api_secret and no global wechat_api_secret is set");
    }
    String corpId = map.string("corp_id", defaultCorpId);
    if (corpId.isEmpty()) {
      throw map.error("no corp_id and no global wechat_api_corp_id is set");
    }
    String configuredType = map.string("message_type", "");
    String type = configuredType.isEmpty() ? "text" : configuredType;
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
  public Channel kind() {
    return CHANNEL;
  }

  @Override
  public Notifier notifier(ChannelTools tools) {
    return tools.calling(http, new WeChatSender(this, tools));
  }

  private static void preview(ChatPreview preview) {
    JsonNode json = preview.json();
    String type = json.path("msgtype").asText();
    String content = json.path(type).path("content").asText();
    preview.text(
        Style.TEXT, type.equals("markdown") ? ChatText.markdown(content) : ChatText.html(content));
  }

  /// The JSON of an application's message, with exactly Alertmanager's keys. If the message is the
  /// default, the built-in text is sent.
  record Payload(WeChatConfig config, MessageDraft draft) {
    private static final TextLimit MAX_CONTENT = TextLimit.bytes(2048);
    private static final Markup.Markdown MARKDOWN = Payload::escape;

    Json payload() {
      boolean markdown = config.messageType().equals(WeChatConfig.MARKDOWN);
      Markup markup = markdown ? MARKDOWN : LinksOnly.INSTANCE;
      Optional<String> userText =
          draft.isBuiltIn(config.message(), DEFAULT_MESSAGE)
              ? Optional.empty()
              : draft.expand("message", config.message());
      Json recipients =
          Json.object()
              .withText("touser", draft.text("to_user", config.toUser()))
              .withText("toparty", draft.text("to_party", config.toParty()))
              .withText("totag", draft.text("to_tag", config.toTag()))
              .withText("agentid", draft.text("agent_id", config.agentId()));
      MessageText text = draft.in(markup);
      String content =
          MAX_CONTENT.clip(
              userText.orElseGet(
                  () -> text.titleLine() + "\n" + text.body(MAX_CONTENT.max(), true)),
              draft.notes(markup));
      Json payload =
          Json.object().with("text", Json.object().with("content", markdown ? "" : content));
      payload.withAll(recipients);
      payload.put("safe", "0");
      payload.put("msgtype", config.messageType());
      payload.put("markdown", Json.object().with("content", markdown ? content : ""));
      return payload;
    }

    private static String escape(String text) {
      return text.replace("[", "［")
          .replace("]", "］")
          .replace("*", "＊")
          .replace("`", "'")
          .replace("<", "＜");
    }

    /// The markup of messages of the type `text`: links and nothing else.
    private enum LinksOnly implements Markup {
      INSTANCE;

      @Override
      public String escape(String text) {
        return text.replace("<", "＜");
      }

      @Override
      public String bold(String escaped) {
        return escaped;
      }

      @Override
      public String link(String escaped, String url) {
        return "<a href=\"" + url.replace("\"", "%22") + "\">" + escaped + "</a>";
      }
    }
  }
}
