package io.pharos.alerting.channel.dingtalk;

import com.fasterxml.jackson.databind.JsonNode;
import io.pharos.alerting.channel.Channel;
import io.pharos.alerting.channel.ChannelTools;
import io.pharos.alerting.channel.ConfigKeys.Text;
import io.pharos.alerting.channel.RobotProtocol;
import io.pharos.alerting.mailbox.ChatPreview;
import io.pharos.alerting.mailbox.ChatPreview.Style;
import io.pharos.alerting.mailbox.ChatText;
import io.pharos.alerting.pipeline.Notifier;
import io.pharos.config.alertmanager.ChatWebhook;
import io.pharos.config.http.SecretSource;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Set;

/// Messages to a DingTalk group robot (`dingtalk_configs` of pharos.yml). Only `errcode` 0 means
/// success, whatever the status.
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
    implements ChatWebhook.Config, Channel.Config {
  /// The channel.
  public static final Channel CHANNEL =
      Channel.robot("dingtalk", DingTalkConfig.class, 20, DingTalkConfig::preview);

  private static final RobotProtocol ANSWER =
      new RobotProtocol("DingTalk", "errcode", "errmsg", Set.of(130101L), Set.of(-1L));

  public DingTalkConfig {
    atMobiles = List.copyOf(atMobiles);
    atUserIds = List.copyOf(atUserIds);
  }

  @Override
  public Channel kind() {
    return CHANNEL;
  }

  @Override
  public Notifier notifier(ChannelTools tools) {
    return tools.calling(
        hook.http(),
        timeout,
        (notification, receiver) -> {
          String webhook = hook.webhookUrl().read().orElse("");
          String url =
              secret
                  .read()
                  .map(key -> signed(webhook, key, tools.clock().millis()))
                  .orElse(webhook);
          return receiver
              .post(url, new DingTalkMessage(this, tools.draft(this, notification)).payload())
              .judge(ANSWER::judge);
        });
  }

  /// Returns the URL with a timestamp and its signature: Base64 of HMAC-SHA256 over `time\nsecret`.
  static String signed(String url, String secret, long millis) {
    String sign =
        URLEncoder.encode(
            RobotProtocol.sign(secret, millis + "\n" + secret), StandardCharsets.UTF_8);
    return url + (url.contains("?") ? "&" : "?") + "timestamp=" + millis + "&sign=" + sign;
  }

  private static void preview(ChatPreview preview) {
    JsonNode json = preview.json();
    JsonNode card = json.has("actionCard") ? json.path("actionCard") : json.path("markdown");
    preview.text(Style.LINE, ChatText.plain(card.path("title").asText()));
    preview.text(Style.TEXT, ChatText.markdown(card.path("text").asText()));
    preview.buttons(card.path("btns"), "title", "actionURL");
  }
}
