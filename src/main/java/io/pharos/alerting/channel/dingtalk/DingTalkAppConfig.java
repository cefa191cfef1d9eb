package io.pharos.alerting.channel.dingtalk;

import io.pharos.alerting.channel.AccessToken;
import io.pharos.alerting.channel.CardChat;
import io.pharos.alerting.channel.Channel;
import io.pharos.alerting.channel.ChannelTools;
import io.pharos.alerting.channel.ClickSource;
import io.pharos.alerting.channel.ConfigKeys;
import io.pharos.alerting.channel.ConfigKeys.Text;
import io.pharos.alerting.mailbox.ChatPreview;
import io.pharos.alerting.mailbox.ChatPreview.Style;
import io.pharos.alerting.mailbox.ChatText;
import io.pharos.alerting.pipeline.Notifier;
import io.pharos.config.alertmanager.ChatWebhook;
import io.pharos.config.alertmanager.KeyReader;
import io.pharos.config.http.HttpOptions;
import io.pharos.config.http.SecretSource;
import io.pharos.config.yaml.YamlMap;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Configuration of interactive cards by an app of DingTalk in a group (`dingtalkapp_configs` of
/// pharos.yml). Unlike a group robot, an app can edit its cards and is told about clicks.
///
/// @param conversationId `openConversationId` of the group
/// @param cardTemplateId id of the template, which has the variables `title`, `markdown` and `btns`
/// @param robotCode code of the app's robot; usually the client id
/// @param apiUrl address of DingTalk's API, without a slash at the end
/// @param title title of the push preview; empty for the built-in title
/// @param text the markdown body; empty for the built-in body
/// @param timeout timeout of one attempt; if it is zero, an attempt may last until the delivery's
///   deadline
public record DingTalkAppConfig(
    boolean sendResolved,
    HttpOptions http,
    String clientId,
    SecretSource clientSecret,
    String conversationId,
    String cardTemplateId,
    String robotCode,
    String apiUrl,
    @Text String title,
    @Text String text,
    Duration timeout)
    implements CardChat.Config {
  /// The channel that this record configures.
  public static final Channel CHANNEL =
      Channel.robot("dingtalkapp", DingTalkAppConfig::read, 100, DingTalkAppConfig::preview);

  /// Name of the service in clicks and people.
  static final String SERVICE = "dingtalk";

  private static DingTalkAppConfig read(KeyReader keys) {
    YamlMap map = keys.map();
    String clientId = map.require("client_id").asString();
    return ConfigKeys.read(
        DingTalkAppConfig.class,
        keys,
        Map.of(
            "sendResolved",
            keys.sendResolved(true),
            "clientId",
            clientId,
            "clientSecret",
            keys.requiredSecret("client_secret"),
            "conversationId",
            map.require("conversation_id").asString(),
            "cardTemplateId",
            map.require("card_template_id").asString(),
            "robotCode",
            map.string("robot_code", clientId),
            "apiUrl",
            keys.url("api_url", "https://api.dingtalk.com").replaceFirst("/$", "")));
  }

  @Override
  public Channel kind() {
    return CHANNEL;
  }

  @Override
  public String addressee() {
    return conversationId;
  }

  @Override
  public boolean canEdit() {
    return true;
  }

  /// Returns a group robot whose messages have the same texts.
  DingTalkConfig robot() {
    return new DingTalkConfig(
        new ChatWebhook(sendResolved, http, SecretSource.unset()),
        SecretSource.unset(),
        title,
        text,
        List.of(),
        List.of(),
        false,
        timeout);
  }

  private DingTalkCards chat(ChannelTools tools) {
    var app = new DingTalkApp(apiUrl, clientId, clientSecret, new AccessToken(tools.clock()));
    return new DingTalkCards(this, tools, tools.posters().apply(http), app);
  }

  @Override
  public Notifier notifier(ChannelTools tools) {
    DingTalkCards chat = chat(tools);
    return tools.calling(
        http,
        timeout,
        (notification, receiver) ->
            DingTalkApp.judge(chat.send(receiver, tools.draft(this, notification))));
  }

  @Override
  public CardChat cards(ChannelTools tools) {
    return chat(tools);
  }

  @Override
  public Optional<ClickSource> clicks(ChannelTools tools) {
    return Optional.of(
        new DingTalkSocket(
            new DingTalkSocket.Bot(apiUrl, clientId, clientSecret),
            tools.posters().apply(http),
            tools.clock()));
  }

  private static void preview(ChatPreview preview) {
    preview.text(
        Style.TEXT,
        ChatText.markdown(preview.json().at("/cardData/cardParamMap/markdown").asText()));
  }
}
