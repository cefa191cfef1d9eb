package io.pharos.alerting.channel.feishu;

import com.fasterxml.jackson.databind.JsonNode;
import io.pharos.alerting.channel.Channel;
import io.pharos.alerting.channel.ChannelTools;
import io.pharos.alerting.channel.ConfigKeys.Text;
import io.pharos.alerting.channel.Json;
import io.pharos.alerting.channel.RobotProtocol;
import io.pharos.alerting.mailbox.ChatPreview;
import io.pharos.alerting.mailbox.ChatPreview.Field;
import io.pharos.alerting.mailbox.ChatPreview.Style;
import io.pharos.alerting.mailbox.ChatText;
import io.pharos.alerting.pipeline.Notifier;
import io.pharos.config.alertmanager.ChatWebhook;
import io.pharos.config.http.SecretSource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Configuration of cards to a Feishu (Lark) group bot (`feishu_configs` of pharos.yml). Feishu
/// answers errors with HTTP 200 too, so a 2xx answer counts as success only with `code` 0.
///
/// @param secret key that signs requests; unset if the bot requires no signature
/// @param title header of the card; empty for the built-in header
/// @param text body of the card in markdown; empty for the built-in body
/// @param timeout timeout of one attempt; if it is zero, an attempt may last until the delivery's
///   deadline
public record FeishuConfig(
    ChatWebhook hook,
    SecretSource secret,
    @Text String title,
    @Text String text,
    List<String> atUserIds,
    boolean atAll,
    Duration timeout)
    implements ChatWebhook.Config, Channel.Config {
  /// The channel that this record configures.
  public static final Channel CHANNEL =
      Channel.robot("feishu", FeishuConfig.class, 100, FeishuConfig::preview);

  private static final RobotProtocol ANSWER =
      new RobotProtocol("Feishu", "code", "msg", Set.of(11232L, 99991400L), Set.of());

  public FeishuConfig {
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
          Json payload = Json.object();
          Optional<String> key = secret.read();
          if (key.isPresent()) {
            long seconds = tools.clock().instant().getEpochSecond();
            payload
                .with("timestamp", Long.toString(seconds))
                .with("sign", sign(key.get(), seconds));
          }
          payload
              .with("msg_type", "interactive")
              .with("card", new FeishuMessage(texts(), tools.draft(this, notification)).card());
          return receiver.post(hook.webhookUrl(), payload).judge(ANSWER::judge);
        });
  }

  private FeishuMessage.Texts texts() {
    return new FeishuMessage.Texts(title, text, atUserIds, atAll);
  }

  /// Returns the signature of a time: Base64 of HMAC-SHA256 over an empty text, with the key
  /// `time\nsecret`.
  static String sign(String secret, long seconds) {
    return RobotProtocol.sign(seconds + "\n" + secret, "");
  }

  private static void preview(ChatPreview preview) {
    preview(preview.json().path("card"), preview);
  }

  static void preview(JsonNode card, ChatPreview preview) {
    preview.setColor(
        switch (card.at("/header/template").asText()) {
          case "red", "carmine" -> "#f54a45";
          case "orange", "yellow" -> "#ff811a";
          case "green" -> "#2ea121";
          default -> "#3370ff";
        });
    preview.text(Style.TITLE, ChatText.plain(card.at("/header/title/content").asText()));
    for (JsonNode element : card.path("elements")) {
      var fields = new ArrayList<Field>();
      for (JsonNode field : element.path("fields")) {
        fields.add(new Field("", ChatText.markdown(field.at("/text/content").asText())));
      }
      preview.fields(fields);
      preview.text(Style.TEXT, ChatText.markdown(element.at("/text/content").asText()));
      preview.buttons(element.path("actions"), "text", "url");
      var labels = new ArrayList<String>();
      for (JsonNode action : element.path("actions")) {
        if (action.has("value")) {
          labels.add("[" + action.at("/text/content").asText() + "]");
        }
      }
      preview.text(Style.LINE, ChatText.plain(String.join(" ", labels)));
      for (JsonNode note : element.path("elements")) {
        preview.text(Style.SMALL, ChatText.plain(note.path("content").asText()));
      }
    }
  }
}
