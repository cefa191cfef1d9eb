package io.pharos.alerting.channel.feishu;

import io.pharos.alerting.channel.AccessToken;
import io.pharos.alerting.channel.CardChat;
import io.pharos.alerting.channel.Channel;
import io.pharos.alerting.channel.ChannelTools;
import io.pharos.alerting.channel.ClickSource;
import io.pharos.alerting.channel.ConfigKeys;
import io.pharos.alerting.channel.ConfigKeys.Text;
import io.pharos.alerting.mailbox.ChatPreview;
import io.pharos.alerting.pipeline.Notifier;
import io.pharos.config.alertmanager.KeyReader;
import io.pharos.config.http.HttpOptions;
import io.pharos.config.http.SecretSource;
import io.pharos.config.yaml.YamlValue;
import io.pharos.model.Quoted;
import io.pharos.model.SharedMapper;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Configuration of cards by a custom app of Feishu (Lark) in a group (`feishuapp_configs` of
/// pharos.yml). Unlike a group bot, an app can edit its cards and is told about clicks.
///
/// @param chatId id of the group, `oc_…`
/// @param apiUrl address of Feishu or Lark, without a slash at the end
/// @param title header of the card; empty for the built-in header
/// @param text body of the card in markdown; empty for the built-in body
/// @param timeout timeout of one attempt; if it is zero, an attempt may last until the delivery's
///   deadline
public record FeishuAppConfig(
    boolean sendResolved,
    HttpOptions http,
    String appId,
    SecretSource appSecret,
    String chatId,
    String apiUrl,
    @Text String title,
    @Text String text,
    List<String> atUserIds,
    boolean atAll,
    Duration timeout)
    implements CardChat.Config {
  /// The channel that this record configures. Feishu allows five messages a second in a group.
  public static final Channel CHANNEL =
      Channel.robot("feishuapp", FeishuAppConfig::read, 100, FeishuAppConfig::preview);

  /// Name of the service in clicks and people.
  static final String SERVICE = "feishu";

  public FeishuAppConfig {
    atUserIds = List.copyOf(atUserIds);
  }

  private static FeishuAppConfig read(KeyReader keys) {
    return ConfigKeys.read(
        FeishuAppConfig.class,
        keys,
        Map.of(
            "sendResolved",
            keys.sendResolved(true),
            "appId",
            id(keys.map().require("app_id"), "cli_"),
            "appSecret",
            keys.requiredSecret("app_secret"),
            "chatId",
            id(keys.map().require("chat_id"), "oc_"),
            "apiUrl",
            keys.url("api_url", "https://open.feishu.cn").replaceFirst("/$", "")));
  }

  private static String id(YamlValue value, String prefix) {
    String id = value.asString();
    if (!id.matches(prefix + "\\w{1,100}")) {
      throw value.error("expected an id that begins with " + prefix + ", found " + Quoted.of(id));
    }
    return id;
  }

  @Override
  public Channel kind() {
    return CHANNEL;
  }

  @Override
  public String addressee() {
    return chatId;
  }

  @Override
  public boolean canEdit() {
    return true;
  }

  FeishuMessage.Texts texts() {
    return new FeishuMessage.Texts(title, text, atUserIds, atAll);
  }

  private FeishuCards chat(ChannelTools tools) {
    var app = new FeishuApp(apiUrl, appId, appSecret, new AccessToken(tools.clock()));
    return new FeishuCards(this, tools, tools.posters().apply(http), app);
  }

  @Override
  public Notifier notifier(ChannelTools tools) {
    FeishuCards chat = chat(tools);
    return tools.calling(
        http,
        timeout,
        (notification, receiver) ->
            FeishuApp.judge(
                chat.send(
                    receiver,
                    chat.plainCard(tools.draft(this, notification)),
                    notification.deliveryId())));
  }

  @Override
  public CardChat cards(ChannelTools tools) {
    return chat(tools);
  }

  @Override
  public Optional<ClickSource> clicks(ChannelTools tools) {
    return Optional.of(
        new FeishuSocket(
            new FeishuSocket.Bot(apiUrl, appId, appSecret),
            tools.posters().apply(http),
            tools.clock()));
  }

  private static void preview(ChatPreview preview) {
    FeishuConfig.preview(SharedMapper.read(preview.json().path("content").asText()), preview);
  }
}
