package io.pharos.alerting.channel.dingtalk;

import com.fasterxml.jackson.databind.JsonNode;
import io.pharos.alerting.channel.Channel;
import io.pharos.alerting.channel.ChannelTools;
import io.pharos.alerting.channel.ConfigKeys.Text;
import io.pharos.alerting.channel.Json;
import io.pharos.alerting.channel.RobotProtocol;
import io.pharos.alerting.mailbox.ChatPreview;
import io.pharos.alerting.mailbox.ChatPreview.Style;
import io.pharos.alerting.mailbox.ChatText;
import io.pharos.alerting.message.Markup;
import io.pharos.alerting.message.Message;
import io.pharos.alerting.message.MessageDraft;
import io.pharos.alerting.message.MessageText;
import io.pharos.alerting.message.Phrase;
import io.pharos.alerting.message.TextLimit;
import io.pharos.alerting.pipeline.Notifier;
import io.pharos.config.alertmanager.ChatWebhook;
import io.pharos.config.http.SecretSource;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Configuration of messages to a DingTalk group robot (`dingtalk_configs` of pharos.yml). Only
/// `errcode` 0 means success, whatever the HTTP status.
///
/// @param secret key that signs requests; unset if the robot checks a keyword or the IP address
///   instead of a signature
/// @param title title of the push preview; empty for the built-in title
/// @param text the markdown body; empty for the built-in body
/// @param timeout timeout of one attempt; if it is zero, an attempt may last until the delivery's
///   deadline
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
  /// The channel that this record configures.
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
              .post(url, new Payload(this, tools.draft(this, notification)).payload())
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

  /// The JSON of a DingTalk message: a card with buttons while firing, short markdown once
  /// resolved. DingTalk's markdown has headings, quotes and lists, but no tables.
  record Payload(DingTalkConfig config, MessageDraft draft) {
    private static final int MAX_TITLE = 100;
    private static final int MAX_TEXT = 5000;

    Json payload() {
      Message message = draft.message();
      MessageText words = draft.in(DingTalkMarkdown.INSTANCE);
      String title =
          TextLimit.line(
              MAX_TITLE, draft.expandIfSet("title", config.title()).orElse(message.headline()));
      Optional<String> userText = draft.expandIfSet("text", config.text());
      var blocks = new ArrayList<String>();
      blocks.add(TextLimit.to(MAX_TEXT, userText.orElseGet(this::body)));
      blocks.addAll(
          userText.isPresent()
              ? words.notes(draft.failures())
              : words.warnings(draft.failures())); // the built-in body contains the message's notes
      if (message.firing()) {
        mentions().ifPresent(blocks::add);
      }
      String text = String.join("\n\n", blocks);
      Json payload =
          message.firing() && !message.links().isEmpty()
              ? Json.object().with("msgtype", "actionCard").with("actionCard", card(title, text))
              : Json.object()
                  .with("msgtype", "markdown")
                  .with("markdown", Json.object().with("title", title).with("text", text));
      if (message.firing() && mentions().isPresent()) {
        payload.put(
            "at",
            Json.object()
                .with("atMobiles", config.atMobiles())
                .with("atUserIds", config.atUserIds())
                .with("isAtAll", config.atAll()));
      }
      return payload;
    }

    private Json card(String title, String text) {
      return Json.object()
          .with("title", title)
          .with("text", text)
          .with("btnOrientation", "1")
          .with(
              "btns",
              draft
                  .message()
                  .links(
                      (label, url) -> Json.object().with("title", label).with("actionURL", url)));
    }

    /// Returns the mentions. DingTalk mentions only users that are both in `at` and in the text.
    private Optional<String> mentions() {
      var names = new ArrayList<String>();
      config.atMobiles().forEach(mobile -> names.add("@" + mobile));
      config.atUserIds().forEach(user -> names.add("@" + user));
      if (config.atAll()) {
        names.add("@all");
      }
      return names.isEmpty() ? Optional.empty() : Optional.of(String.join(" ", names));
    }

    private String body() {
      Message message = draft.message();
      Markup markup = DingTalkMarkdown.INSTANCE;
      MessageText text = draft.in(markup);
      var blocks = new ArrayList<String>();
      blocks.add(
          "### %s %s %s"
              .formatted(message.emoji(), message.badge(), markup.escape(message.subject())));
      if (message.firing()) {
        blocks.add("> " + String.join("\n>\n> ", text.factLines()));
        blocks.add(text.story());
        blocks.addAll(text.descriptionAndChanges());
      } else {
        blocks.add(
            "> "
                + Phrase.RESOLVED_AFTER.in(
                    message.language(), markup.escape(message.lastedText())));
        blocks.add(markup.escape(message.story()));
      }
      blocks.add(String.join("\n", text.alerts()));
      blocks.addAll(text.notes(List.of()));
      blocks.add(text.footer());
      blocks.removeIf(String::isEmpty);
      return String.join("\n\n", blocks);
    }

    enum DingTalkMarkdown implements Markup.Markdown {
      INSTANCE;

      /// Escapes a text so that labels cannot become headings, links, images or mentions. Line
      /// breaks become spaces.
      @Override
      public String escape(String text) {
        return text.replaceAll("[\\r\\n]+", " ")
            .replace("[", "［")
            .replace("]", "］")
            .replace("*", "＊")
            .replace("`", "'")
            .replace("@", "＠")
            .replaceAll("<(?=[A-Za-z/!])", "＜")
            .replaceAll("^(#|>|-|!)", "\u200b$1");
      }

      @Override
      public String bullet() {
        return "- ";
      }

      @Override
      public String bulletOfRest() {
        return "- ";
      }
    }
  }
}
