package io.pharos.alerting.channel.wechat;

import io.pharos.alerting.channel.Json;
import io.pharos.alerting.message.Markup;
import io.pharos.alerting.message.MessageDraft;
import io.pharos.alerting.message.MessageText;
import io.pharos.alerting.message.TextLimit;
import java.util.Optional;

/// The JSON of an application's message, with exactly Alertmanager's keys. If the message is the
/// default, the built-in text is sent.
record WeChatMessage(WeChatConfig config, MessageDraft draft) {
  private static final TextLimit ROOM = TextLimit.bytes(2048);
  private static final Markup.Markdown MARKDOWN = WeChatMessage::escape;

  Json payload() {
    boolean markdown = config.messageType().equals(WeChatConfig.MARKDOWN);
    Markup markup = markdown ? MARKDOWN : LinksOnly.INSTANCE;
    Optional<String> given =
        draft.isBuiltIn(config.message(), WeChatConfig.DEFAULT_MESSAGE)
            ? Optional.empty()
            : draft.made("message", config.message());
    Json to =
        Json.object()
            .withText("touser", draft.text("to_user", config.toUser()))
            .withText("toparty", draft.text("to_party", config.toParty()))
            .withText("totag", draft.text("to_tag", config.toTag()))
            .withText("agentid", draft.text("agent_id", config.agentId()));
    MessageText text = draft.in(markup);
    String content =
        ROOM.clip(
            given.orElseGet(() -> text.titleLine() + "\n" + text.body(ROOM.max(), true)),
            draft.notes(markup));
    Json payload =
        Json.object().with("text", Json.object().with("content", markdown ? "" : content));
    payload.withAll(to);
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

  /// Messages of the type `text` support links and no other markup.
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
