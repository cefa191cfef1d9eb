package io.pharos.alerting.channel.telegram;

import io.pharos.alerting.channel.Json;
import io.pharos.alerting.message.Markup;
import io.pharos.alerting.message.Message;
import io.pharos.alerting.message.MessageDraft;
import io.pharos.alerting.message.MessageText;
import io.pharos.alerting.message.Phrase;
import io.pharos.alerting.message.TextLimit;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The parameters of `sendMessage` as strings, like Alertmanager's client writes them.
///
/// If the message is the default, the built-in text is sent in HTML with buttons, whatever the
/// parse mode; otherwise only the template's text.
record TelegramMessage(TelegramConfig config, MessageDraft draft) {
  private static final TextLimit TEXT = TextLimit.characters(4096);

  /* Reserved for the warnings, which follow the text and must never be truncated. */
  private static final int NOTES = 500;

  Json payload() {
    if (draft.isBuiltIn(config.message(), TelegramConfig.DEFAULT_MESSAGE)) {
      return builtIn(List.of());
    }
    boolean html = config.parseMode().equals(TelegramConfig.HTML);
    Optional<String> text =
        html ? draft.html("message", config.message()) : draft.made("message", config.message());
    if (text.isEmpty() || text.get().isBlank()) {
      return builtIn(draft.failures());
    }
    String clipped = TEXT.clip(text.get());
    if (html && !clipped.equals(text.get())) {
      // Truncated HTML is invalid, and Telegram rejects the whole message.
      return builtIn(List.of(Phrase.TEXT_TOO_LONG.in(draft.message().language(), "telegram")));
    }
    return frame(clipped).withText("parse_mode", config.parseMode());
  }

  /// Returns the payload without markup, for a text whose markup Telegram rejects.
  Json plain(Json payload) {
    String note = "\n⚠️ " + Phrase.MARKUP_REFUSED.in(draft.message().language(), "telegram");
    Json plain = Json.object().withAll(payload);
    plain.remove("parse_mode");
    return plain.with("text", TEXT.beside(note).clip(String.valueOf(payload.get("text"))) + note);
  }

  private Json builtIn(List<String> failures) {
    Message message = draft.message();
    MessageText text = draft.in(Markup.HTML);
    var blocks = new ArrayList<String>();
    blocks.add(text.titleLine());
    List<Message.Link> buttons =
        message.links().stream().filter(TelegramMessage::fitsButton).toList();
    blocks.add(text.body(TEXT.max() - NOTES - 300, buttons.size() < message.links().size()));
    blocks.addAll(text.notes(failures));
    Json payload = frame(TEXT.fitting(blocks)).with("parse_mode", TelegramConfig.HTML);
    return buttons.isEmpty() ? payload : payload.with("reply_markup", keyboard(buttons));
  }

  /// Telegram rejects a whole message for a button to `localhost` or another bare name.
  private static boolean fitsButton(Message.Link link) {
    try {
      String host = URI.create(link.url()).getHost();
      return host != null && host.contains(".");
    } catch (IllegalArgumentException _) {
      // An invalid URL gets no button, but may be in the text.
      return false;
    }
  }

  /// Two buttons per row, which fit on a phone.
  private Map<String, Object> keyboard(List<Message.Link> links) {
    var rows = new ArrayList<List<Json>>();
    for (Message.Link link : links) {
      if (rows.isEmpty() || rows.getLast().size() == 2) {
        rows.add(new ArrayList<>());
      }
      rows.getLast()
          .add(
              Json.object()
                  .with("text", link.kind().label().in(draft.message().language()))
                  .with("url", link.url()));
    }
    return Map.of("inline_keyboard", rows);
  }

  private Json frame(String text) {
    int thread = config.messageThreadId();
    return Json.object()
        .with("chat_id", Long.toString(config.chatId()))
        .withText("disable_notification", config.disableNotifications() ? "true" : "")
        .with("disable_web_page_preview", "true")
        .withText("message_thread_id", thread == 0 ? "" : Integer.toString(thread))
        .with("text", text);
  }
}
