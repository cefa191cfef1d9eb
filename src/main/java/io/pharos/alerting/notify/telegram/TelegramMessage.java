package io.pharos.alerting.notify.telegram;

import io.pharos.alerting.notify.Notification;
import io.pharos.alerting.notify.message.Clip;
import io.pharos.alerting.notify.message.Markup;
import io.pharos.alerting.notify.message.Message;
import io.pharos.alerting.notify.message.MessageComposer;
import io.pharos.alerting.notify.message.MessageTemplates;
import io.pharos.alerting.notify.message.MessageText;
import io.pharos.alerting.notify.message.Phrase;
import io.pharos.alerting.notify.message.TemplateRun;
import java.net.URI;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The parameters of `sendMessage`, as strings, like Alertmanager's client writes them.
///
/// Where the configuration leaves the message at its default, the built-in text stands there in
/// HTML with buttons, whatever the parse mode; else the user's template says everything.
final class TelegramMessage {
  private static final int TEXT = 4096;

  /* Room for the warnings, which stand after the text and must never be cut off. */
  private static final int NOTES = 500;

  private final TelegramConfig config;
  private final MessageTemplates templates;
  private final MessageComposer composer;

  TelegramMessage(TelegramConfig config, MessageTemplates templates, MessageComposer composer) {
    this.config = config;
    this.templates = templates;
    this.composer = composer;
  }

  Map<String, Object> payload(Notification notification) {
    Message message = composer.compose(notification);
    if (templates.isBuiltIn(config.message(), TelegramConfig.DEFAULT_MESSAGE)) {
      return builtIn(message, List.of());
    }
    var run = new TemplateRun(templates, notification, message.times());
    boolean html = config.parseMode().equals(TelegramConfig.HTML);
    Optional<String> text =
        html
            ? run.html("telegram message", config.message())
            : run.text("telegram message", config.message());
    if (text.isEmpty() || text.get().isBlank()) {
      return builtIn(message, run.failures());
    }
    if (html && text.get().codePointCount(0, text.get().length()) > TEXT) {
      // Cut HTML is no HTML, and Telegram refuses the whole message then.
      return builtIn(message, List.of(Phrase.TEXT_TOO_LONG.in(message.language(), "telegram")));
    }
    Map<String, Object> payload = frame(Clip.to(TEXT, text.get()));
    if (!config.parseMode().isEmpty()) {
      payload.put("parse_mode", config.parseMode());
    }
    return payload;
  }

  /// The same text without any markup, for when Telegram can't read the markup.
  Map<String, Object> plain(Map<String, Object> payload, Notification notification) {
    var language = composer.compose(notification).language();
    String note = "\n⚠️ " + Phrase.MARKUP_REFUSED.in(language, "telegram");
    var plain = new LinkedHashMap<>(payload);
    plain.remove("parse_mode");
    plain.put("text", Clip.to(TEXT - note.length(), String.valueOf(payload.get("text"))) + note);
    return plain;
  }

  private Map<String, Object> builtIn(Message message, List<String> failures) {
    var text = new MessageText(message, Markup.HTML);
    var blocks = new ArrayList<String>();
    blocks.add(text.titleLine());
    List<Message.Link> buttons = message.links().stream().filter(this::fitsButton).toList();
    blocks.add(text.body(TEXT - NOTES - 300, buttons.size() < message.links().size()));
    blocks.addAll(text.notes(failures));
    Map<String, Object> payload = frame(MessageText.fitting(blocks, TEXT));
    payload.put("parse_mode", TelegramConfig.HTML);
    if (!buttons.isEmpty()) {
      payload.put("reply_markup", keyboard(buttons, message));
    }
    return payload;
  }

  /// Telegram refuses a whole message for a button to `localhost` or another bare name.
  private boolean fitsButton(Message.Link link) {
    try {
      String host = URI.create(link.url()).getHost();
      return host != null && host.contains(".");
    } catch (IllegalArgumentException _) {
      // Not a URL by the book, so no button; as text it does no harm.
      return false;
    }
  }

  /// Two buttons a row, which is what a phone has room for.
  private static Map<String, Object> keyboard(List<Message.Link> links, Message message) {
    var rows = new ArrayList<List<Object>>();
    for (Message.Link link : links) {
      if (rows.isEmpty() || rows.getLast().size() == 2) {
        rows.add(new ArrayList<>());
      }
      var button = new LinkedHashMap<String, Object>();
      button.put("text", link.kind().label().in(message.language()));
      button.put("url", link.url());
      rows.getLast().add(button);
    }
    return Map.of("inline_keyboard", rows);
  }

  private Map<String, Object> frame(String text) {
    var payload = new LinkedHashMap<String, Object>();
    payload.put("chat_id", Long.toString(config.chatId()));
    if (config.disableNotifications()) {
      payload.put("disable_notification", "true");
    }
    payload.put("disable_web_page_preview", "true");
    if (config.messageThreadId() != 0) {
      payload.put("message_thread_id", Integer.toString(config.messageThreadId()));
    }
    payload.put("text", text);
    return payload;
  }
}
