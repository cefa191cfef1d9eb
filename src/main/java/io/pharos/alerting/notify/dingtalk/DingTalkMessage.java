package io.pharos.alerting.notify.dingtalk;

import io.pharos.alerting.notify.Notification;
import io.pharos.alerting.notify.message.Clip;
import io.pharos.alerting.notify.message.Message;
import io.pharos.alerting.notify.message.MessageComposer;
import io.pharos.alerting.notify.message.MessageTemplates;
import io.pharos.alerting.notify.message.Phrase;
import io.pharos.alerting.notify.message.TemplateRun;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The JSON of a DingTalk message: a card with buttons while firing, short markdown once resolved.
/// DingTalk's markdown has headings, quotes and lists, and no tables.
final class DingTalkMessage {
  private static final int TITLE = 100;
  private static final int TEXT = 5000;
  private static final int SHOWN_ALERTS = 5;

  private final DingTalkConfig config;
  private final MessageTemplates templates;
  private final MessageComposer composer;

  DingTalkMessage(DingTalkConfig config, MessageTemplates templates, MessageComposer composer) {
    this.config = config;
    this.templates = templates;
    this.composer = composer;
  }

  Map<String, Object> payload(Notification notification) {
    Message message = composer.compose(notification);
    var run = new TemplateRun(templates, notification, message.times());
    String title =
        config.title().isEmpty()
            ? message.headline()
            : run.text("dingtalk title", config.title()).orElse(message.headline());
    Optional<String> given =
        config.text().isEmpty() ? Optional.empty() : run.text("dingtalk text", config.text());
    var text = new StringBuilder(Clip.to(TEXT, given.orElseGet(() -> body(message))));
    if (given.isPresent()) {
      message.notes().forEach(note -> text.append("\n\n⚠️ ").append(escape(note)));
    }
    for (String failure : run.failures()) {
      text.append("\n\n⚠️ ").append(escape(failure));
    }
    var payload = new LinkedHashMap<String, Object>();
    if (message.firing() && !message.links().isEmpty()) {
      mention(text);
      payload.put("msgtype", "actionCard");
      payload.put("actionCard", card(message, Clip.line(TITLE, title), text.toString()));
      at(payload);
    } else {
      if (message.firing()) {
        mention(text);
      }
      payload.put("msgtype", "markdown");
      var markdown = new LinkedHashMap<String, Object>();
      markdown.put("title", Clip.line(TITLE, title));
      markdown.put("text", text.toString());
      payload.put("markdown", markdown);
      if (message.firing()) {
        at(payload);
      }
    }
    return payload;
  }

  private static Map<String, Object> card(Message message, String title, String text) {
    var buttons = new ArrayList<>();
    for (Message.Link link : message.links()) {
      var button = new LinkedHashMap<String, Object>();
      button.put("title", link.kind().label().in(message.language()));
      button.put("actionURL", link.url());
      buttons.add(button);
    }
    var card = new LinkedHashMap<String, Object>();
    card.put("title", title);
    card.put("text", text);
    card.put("btnOrientation", "1");
    card.put("btns", buttons);
    return card;
  }

  /// DingTalk mentions only those who stand both in `at` and in the text.
  private void mention(StringBuilder text) {
    var names = new ArrayList<String>();
    config.atMobiles().forEach(mobile -> names.add("@" + mobile));
    config.atUserIds().forEach(user -> names.add("@" + user));
    if (config.atAll()) {
      names.add("@all");
    }
    if (!names.isEmpty()) {
      text.append("\n\n").append(String.join(" ", names));
    }
  }

  private void at(Map<String, Object> payload) {
    if (config.atMobiles().isEmpty() && config.atUserIds().isEmpty() && !config.atAll()) {
      return;
    }
    var at = new LinkedHashMap<String, Object>();
    at.put("atMobiles", config.atMobiles());
    at.put("atUserIds", config.atUserIds());
    at.put("isAtAll", config.atAll());
    payload.put("at", at);
  }

  private static String body(Message message) {
    var language = message.language();
    var blocks = new ArrayList<String>();
    blocks.add("### " + message.emoji() + " " + message.badge() + " " + escape(message.subject()));
    if (!message.firing()) {
      blocks.add("> " + Phrase.RESOLVED_AFTER.in(language, escape(message.lastedText())));
      if (!message.story().isEmpty()) {
        blocks.add(escape(message.story()));
      }
      if (message.alerts().size() > 1) {
        blocks.add(alerts(message));
      }
    } else {
      blocks.add(facts(message));
      if (!message.story().isEmpty()) {
        blocks.add("**" + escape(message.story()) + "**");
      }
      if (!message.description().isEmpty()) {
        blocks.add(escape(message.description()));
      }
      message.changes().forEach(change -> blocks.add(escape(change)));
      if (message.alerts().size() > 1) {
        blocks.add(alerts(message));
      }
    }
    message.notes().forEach(note -> blocks.add("⚠️ " + escape(note)));
    blocks.add(escape(message.whySent()) + " · " + escape(message.delivery()));
    return String.join("\n\n", blocks);
  }

  private static String facts(Message message) {
    var language = message.language();
    var facts = new ArrayList<String>();
    if (!message.value().isEmpty()) {
      String value = "**" + escape(message.measured()) + "**";
      facts.add(Phrase.LABEL.in(language, Phrase.VALUE.in(language), value));
    }
    facts.add(Phrase.LABEL.in(language, Phrase.SINCE.in(language), escape(message.sinceText())));
    if (message.isSeveral()) {
      facts.add(Phrase.LABEL.in(language, Phrase.ALERTS.in(language), message.counts()));
    }
    return "> " + String.join("\n>\n> ", facts);
  }

  private static String alerts(Message message) {
    List<String> lines = new ArrayList<>();
    int shown = Math.min(SHOWN_ALERTS, message.alerts().size());
    for (Message.Line alert : message.alerts().subList(0, shown)) {
      String fresh = alert.isNew() ? " (" + Phrase.NEW.in(message.language()) + ")" : "";
      String detail = alert.detail().isEmpty() ? "" : ": " + escape(alert.detail());
      lines.add("- " + (alert.firing() ? "" : "✅ ") + escape(alert.name()) + fresh + detail);
    }
    int more = message.alerts().size() - shown + message.omitted();
    if (more > 0) {
      lines.add("- " + Phrase.MORE.in(message.language(), more));
    }
    return String.join("\n", lines);
  }

  /// Keeps a label from making headings, links, images or mentions; line breaks become spaces.
  private static String escape(String text) {
    return text.replaceAll("[\\r\\n]+", " ")
        .replace("[", "［")
        .replace("]", "］")
        .replace("*", "＊")
        .replace("`", "'")
        .replace("@", "＠")
        .replaceAll("<(?=[A-Za-z/!])", "＜")
        .replaceAll("^(#|>|-|!)", "\u200b$1");
  }
}
