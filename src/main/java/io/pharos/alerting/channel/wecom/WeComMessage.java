package io.pharos.alerting.channel.wecom;

import io.pharos.alerting.channel.Json;
import io.pharos.alerting.message.Markup;
import io.pharos.alerting.message.Message;
import io.pharos.alerting.message.MessageDraft;
import io.pharos.alerting.message.MessageText;
import io.pharos.alerting.message.TextLimit;
import java.util.ArrayList;

/// The JSON of a WeCom group bot's message. WeCom's markdown mentions users by id only, so a firing
/// message that mentions telephone numbers or everyone is plain text.
record WeComMessage(WeComConfig config, MessageDraft draft) {
  private static final TextLimit MARKDOWN = TextLimit.bytes(4096);
  private static final TextLimit TEXT = TextLimit.bytes(2048);

  /* Limit of the built-in markdown, which leaves room for mentions and warnings. */
  private static final TextLimit BUILT_IN =
      TextLimit.bytes(MARKDOWN.max() - MARKDOWN.max() / 8 - 1);
  private static final Markup.Markdown MARKUP = WeComMessage::escape;

  Json payload() {
    boolean plain = draft.message().firing() && (config.atAll() || !config.atMobiles().isEmpty());
    return plain ? text() : markdown();
  }

  private Json text() {
    MessageText plain = draft.in(Markup.PLAIN);
    String body =
        draft
            .given("text", config.text())
            .orElseGet(() -> plain.titleLine() + "\n" + plain.body(TEXT.max(), true));
    var users = new ArrayList<>(config.atUserIds());
    if (config.atAll()) {
      users.add("@all");
    }
    return Json.object()
        .with("msgtype", "text")
        .with(
            "text",
            Json.object()
                .with("content", TEXT.clip(body, draft.notes(Markup.PLAIN)))
                .with("mentioned_list", users)
                .with("mentioned_mobile_list", config.atMobiles()));
  }

  private Json markdown() {
    String body = draft.given("text", config.text()).orElseGet(this::builtIn);
    var tail = new ArrayList<>(draft.notes(MARKUP));
    if (draft.message().firing() && !config.atUserIds().isEmpty()) {
      tail.add(
          String.join(" ", config.atUserIds().stream().map(user -> "<@" + user + ">").toList()));
    }
    return Json.object()
        .with("msgtype", "markdown")
        .with("markdown", Json.object().with("content", MARKDOWN.clip(body, tail)));
  }

  private String builtIn() {
    Message message = draft.message();
    MessageText text = draft.in(MARKUP);
    String color = message.firing() ? "warning" : "info";
    var blocks = new ArrayList<String>();
    blocks.add(
        "### <font color=\""
            + color
            + "\">"
            + escape(message.emoji() + " " + message.badge())
            + "</font> "
            + escape(message.subject()));
    text.factLines().forEach(line -> blocks.add("> " + line));
    // A quote continues until an empty line.
    blocks.add("");
    if (!text.story().isEmpty()) {
      blocks.add(text.story());
    }
    if (!text.links().isEmpty()) {
      blocks.add(text.links());
    }
    blocks.addAll(text.details());
    blocks.add("<font color=\"comment\">" + escape(message.delivery()) + "</font>");
    return BUILT_IN.fitting(blocks);
  }

  /// WeCom's markdown supports bold, links, quotes and three colours.
  private static String escape(String text) {
    return text.replaceAll("[\\r\\n]+", " ")
        .replace("[", "［")
        .replace("]", "］")
        .replace("*", "＊")
        .replace("`", "'")
        .replaceAll("<(?=[A-Za-z/!@])", "＜");
  }
}
