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
import io.pharos.alerting.message.Markup;
import io.pharos.alerting.message.Message;
import io.pharos.alerting.message.MessageDraft;
import io.pharos.alerting.message.MessageText;
import io.pharos.alerting.message.TextLimit;
import io.pharos.alerting.pipeline.Notifier;
import io.pharos.config.alertmanager.ChatWebhook;
import io.pharos.config.http.SecretSource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
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
          payload.withAll(new Payload(this, tools.draft(this, notification)).payload());
          return receiver.post(hook.webhookUrl(), payload).judge(ANSWER::judge);
        });
  }

  /// Returns the signature of a time: Base64 of HMAC-SHA256 over an empty text, with the key
  /// `time\nsecret`.
  static String sign(String secret, long seconds) {
    return RobotProtocol.sign(seconds + "\n" + secret, "");
  }

  private static void preview(ChatPreview preview) {
    JsonNode card = preview.json().path("card");
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
      for (JsonNode note : element.path("elements")) {
        preview.text(Style.SMALL, ChatText.plain(note.path("content").asText()));
      }
    }
  }

  /// The JSON of a Feishu card: a coloured header, facts in two columns, the summary, mentions,
  /// buttons, details, notes, and a footer.
  record Payload(FeishuConfig config, MessageDraft draft) {
    private static final int MAX_TITLE = 200;
    private static final TextLimit TEXT = TextLimit.characters(5000);
    private static final Markup.Markdown MARKUP = Payload::escape;

    Json payload() {
      Message message = draft.message();
      MessageText text = draft.in(MARKUP);
      String title = draft.expandIfSet("title", config.title()).orElse(MessageText.title(message));
      Optional<String> userText = draft.expandIfSet("text", config.text());
      var elements = new ArrayList<>();
      if (userText.isPresent()) {
        elements.add(block(TEXT.clip(userText.get())));
      } else {
        elements.add(facts());
        if (!text.story().isEmpty()) {
          elements.add(block(text.story()));
        }
      }
      mentions().ifPresent(mentions -> elements.add(block(mentions)));
      if (!message.links().isEmpty()) {
        elements.add(buttons());
      }
      if (userText.isEmpty() && !text.details().isEmpty()) {
        elements.add(block(TEXT.fitting(text.details())));
      }
      draft.notes(MARKUP).forEach(note -> elements.add(block(note)));
      elements.add(
          Json.object()
              .with("tag", "note")
              .with("elements", List.of(plain(draft.in(Markup.PLAIN).footer()))));
      return Json.object()
          .with("msg_type", "interactive")
          .with(
              "card",
              Json.object()
                  .with("config", Map.of("wide_screen_mode", true))
                  .with(
                      "header",
                      Json.object()
                          .with("template", color(message))
                          .with("title", plain(TextLimit.line(MAX_TITLE, title))))
                  .with("elements", elements));
    }

    private static String color(Message message) {
      if (!message.firing()) {
        return "green";
      }
      return switch (message.severity().rank()) {
        case 0 -> "red";
        case 1 -> "orange";
        case 2 -> "yellow";
        default -> "blue";
      };
    }

    private Json facts() {
      var fields = new ArrayList<>();
      for (MessageText.Fact fact : MessageText.facts(draft.message())) {
        String text = MARKUP.bold(fact.name()) + "\n" + escape(fact.value());
        fields.add(Json.object().with("is_short", true).with("text", markdown(text)));
      }
      return Json.object().with("tag", "div").with("fields", fields);
    }

    private Json buttons() {
      List<Json> actions =
          draft
              .message()
              .links(
                  (label, url) ->
                      Json.object()
                          .with("tag", "button")
                          .with("text", plain(label))
                          .with("url", url)
                          .with("type", "default"));
      if (draft.message().firing()) {
        actions.getFirst().put("type", "primary");
      }
      return Json.object().with("tag", "action").with("actions", actions);
    }

    /// Returns the mentions of users; empty if none are configured or all alerts are resolved.
    private Optional<String> mentions() {
      var names = new ArrayList<String>();
      if (draft.message().firing()) {
        config.atUserIds().forEach(user -> names.add("<at id=" + user + "></at>"));
        if (config.atAll()) {
          names.add("<at id=all></at>");
        }
      }
      return names.isEmpty() ? Optional.empty() : Optional.of(String.join(" ", names));
    }

    private static Json block(String markdown) {
      return Json.object().with("tag", "div").with("text", markdown(markdown));
    }

    private static Json markdown(String text) {
      return Json.object().with("tag", "lark_md").with("content", text);
    }

    private static Json plain(String text) {
      return Json.object().with("tag", "plain_text").with("content", text);
    }

    /// Escapes a text with HTML entities, which Feishu's markdown supports.
    private static String escape(String text) {
      return text.replace("&", "&amp;")
          .replace("<", "&lt;")
          .replace(">", "&gt;")
          .replace("*", "&#42;")
          .replace("~", "&#126;")
          .replace("[", "&#91;")
          .replace("]", "&#93;")
          .replace("`", "&#96;");
    }
  }
}
