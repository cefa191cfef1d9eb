package io.pharos.alerting.channel.wecom;

import com.fasterxml.jackson.databind.JsonNode;
import io.pharos.alerting.channel.Channel;
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
import io.pharos.alerting.message.TextLimit;
import io.pharos.alerting.pipeline.NotifyResult;
import io.pharos.config.alertmanager.ChatWebhook;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/// Configuration of messages to a WeCom (WeChat Work) group bot (`wecom_configs` of pharos.yml).
/// WeCom's markdown can mention users only by id, so a firing message that mentions telephone
/// numbers or everyone is plain text. Only `errcode` 0 means success, whatever the HTTP status.
///
/// @param text the markdown body; empty for the built-in body
/// @param timeout timeout of one attempt; if it is zero, an attempt may last until the delivery's
///   deadline
public record WeComConfig(
    ChatWebhook hook,
    @Text String text,
    List<String> atUserIds,
    List<String> atMobiles,
    boolean atAll,
    Duration timeout)
    implements Channel.Chat {
  /// The channel that this record configures.
  public static final Channel CHANNEL =
      Channel.robot("wecom", WeComConfig.class, 20, WeComConfig::preview);

  private static final RobotProtocol ANSWER =
      new RobotProtocol("WeCom", "errcode", "errmsg", Set.of(45009L), Set.of(-1L));
  private static final TextLimit MAX_MARKDOWN = TextLimit.bytes(4096);
  private static final TextLimit MAX_TEXT = TextLimit.bytes(2048);

  /* Limit of the built-in markdown. The rest of MAX_MARKDOWN is reserved for mentions and
   * warnings. */
  private static final TextLimit MAX_BUILT_IN =
      TextLimit.bytes(MAX_MARKDOWN.max() - MAX_MARKDOWN.max() / 8 - 1);
  private static final Markup.Markdown MARKUP = WeComConfig::escape;

  public WeComConfig {
    atUserIds = List.copyOf(atUserIds);
    atMobiles = List.copyOf(atMobiles);
  }

  @Override
  public Channel kind() {
    return CHANNEL;
  }

  @Override
  public Json payload(MessageDraft draft) {
    boolean plain = draft.message().firing() && (atAll || !atMobiles.isEmpty());
    return plain ? plain(draft) : markdown(draft);
  }

  private Json plain(MessageDraft draft) {
    MessageText plain = draft.in(Markup.PLAIN);
    String body =
        draft
            .expandIfSet("text", text)
            .orElseGet(() -> plain.titleLine() + "\n" + plain.body(MAX_TEXT.max(), true));
    var users = new ArrayList<>(atUserIds);
    if (atAll) {
      users.add("@all");
    }
    return Json.object()
        .with("msgtype", "text")
        .with(
            "text",
            Json.object()
                .with("content", MAX_TEXT.clip(body, draft.notes(Markup.PLAIN)))
                .with("mentioned_list", users)
                .with("mentioned_mobile_list", atMobiles));
  }

  private Json markdown(MessageDraft draft) {
    String body = draft.expandIfSet("text", text).orElseGet(() -> builtIn(draft));
    var tail = new ArrayList<>(draft.notes(MARKUP));
    if (draft.message().firing() && !atUserIds.isEmpty()) {
      tail.add(String.join(" ", atUserIds.stream().map(user -> "<@" + user + ">").toList()));
    }
    return Json.object()
        .with("msgtype", "markdown")
        .with("markdown", Json.object().with("content", MAX_MARKDOWN.clip(body, tail)));
  }

  private static String builtIn(MessageDraft draft) {
    Message message = draft.message();
    MessageText words = draft.in(MARKUP);
    String color = message.firing() ? "warning" : "info";
    var blocks = new ArrayList<String>();
    blocks.add(
        "### <font color=\"%s\">%s</font> %s"
            .formatted(
                color, escape(message.emoji() + " " + message.badge()), escape(message.subject())));
    words.factLines().forEach(line -> blocks.add("> " + line));
    // An empty line ends the quote.
    blocks.add("");
    if (!words.story().isEmpty()) {
      blocks.add(words.story());
    }
    if (!words.links().isEmpty()) {
      blocks.add(words.links());
    }
    blocks.addAll(words.details());
    blocks.add("<font color=\"comment\">" + escape(message.delivery()) + "</font>");
    return MAX_BUILT_IN.fitting(blocks);
  }

  /// Escapes a text. WeCom's markdown supports bold, links, quotes and three colours.
  private static String escape(String text) {
    return text.replaceAll("[\\r\\n]+", " ")
        .replace("[", "［")
        .replace("]", "］")
        .replace("*", "＊")
        .replace("`", "'")
        .replaceAll("<(?=[A-Za-z/!@])", "＜");
  }

  @Override
  public NotifyResult judge(String body) {
    return ANSWER.judge(body);
  }

  private static void preview(ChatPreview preview) {
    JsonNode json = preview.json();
    String type = json.path("msgtype").asText();
    String content = json.path(type).path("content").asText();
    preview.text(
        Style.TEXT, type.equals("markdown") ? ChatText.markdown(content) : ChatText.html(content));
  }
}
