package io.pharos.alerting.notify.feishu;

import io.pharos.alerting.notify.Notification;
import io.pharos.alerting.notify.message.Clip;
import io.pharos.alerting.notify.message.Markup;
import io.pharos.alerting.notify.message.Message;
import io.pharos.alerting.notify.message.MessageComposer;
import io.pharos.alerting.notify.message.MessageTemplates;
import io.pharos.alerting.notify.message.MessageText;
import io.pharos.alerting.notify.message.TemplateRun;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The JSON of a Feishu card: a header in the colour of the state, facts in two columns, the
/// sentence about it, buttons, details.
final class FeishuCard {
  private static final int TITLE = 200;
  private static final int TEXT = 5000;

  private final FeishuConfig config;
  private final MessageTemplates templates;
  private final MessageComposer composer;

  FeishuCard(FeishuConfig config, MessageTemplates templates, MessageComposer composer) {
    this.config = config;
    this.templates = templates;
    this.composer = composer;
  }

  Map<String, Object> payload(Notification notification) {
    Message message = composer.compose(notification);
    var run = new TemplateRun(templates, notification, message.times());
    var text = new MessageText(message, LarkMarkdown.INSTANCE);
    String title =
        config.title().isEmpty()
            ? MessageText.title(message)
            : run.text("feishu title", config.title()).orElse(MessageText.title(message));
    Optional<String> given =
        config.text().isEmpty() ? Optional.empty() : run.text("feishu text", config.text());
    var elements = new ArrayList<>();
    if (given.isPresent()) {
      elements.add(block(Clip.to(TEXT, given.get())));
    } else {
      elements.add(facts(message));
      if (!text.story().isEmpty()) {
        elements.add(block(text.story()));
      }
    }
    mentions(message).ifPresent(mentions -> elements.add(block(mentions)));
    if (!message.links().isEmpty()) {
      elements.add(buttons(message));
    }
    if (given.isEmpty() && !text.details().isEmpty()) {
      elements.add(block(MessageText.fitting(text.details(), TEXT)));
    }
    text.notes(run.failures()).forEach(note -> elements.add(block(note)));
    elements.add(footer(message));
    var card = new LinkedHashMap<String, Object>();
    card.put("config", Map.of("wide_screen_mode", true));
    card.put("header", header(message, Clip.line(TITLE, title)));
    card.put("elements", elements);
    var payload = new LinkedHashMap<String, Object>();
    payload.put("msg_type", "interactive");
    payload.put("card", card);
    return payload;
  }

  private static Map<String, Object> header(Message message, String title) {
    var header = new LinkedHashMap<String, Object>();
    header.put("template", color(message));
    header.put("title", plain(title));
    return header;
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

  private static Map<String, Object> facts(Message message) {
    var fields = new ArrayList<>();
    for (MessageText.Fact fact : MessageText.facts(message)) {
      var field = new LinkedHashMap<String, Object>();
      field.put("is_short", true);
      field.put(
          "text",
          markdown(
              LarkMarkdown.INSTANCE.bold(fact.name())
                  + "\n"
                  + LarkMarkdown.INSTANCE.escape(fact.value())));
      fields.add(field);
    }
    var element = new LinkedHashMap<String, Object>();
    element.put("tag", "div");
    element.put("fields", fields);
    return element;
  }

  private static Map<String, Object> buttons(Message message) {
    var actions = new ArrayList<>();
    for (Message.Link link : message.links()) {
      var button = new LinkedHashMap<String, Object>();
      button.put("tag", "button");
      button.put("text", plain(link.kind().label().in(message.language())));
      button.put("url", link.url());
      button.put("type", actions.isEmpty() && message.firing() ? "primary" : "default");
      actions.add(button);
    }
    var element = new LinkedHashMap<String, Object>();
    element.put("tag", "action");
    element.put("actions", actions);
    return element;
  }

  /// Only firing messages call anybody.
  private Optional<String> mentions(Message message) {
    var names = new ArrayList<String>();
    if (message.firing()) {
      config.atUserIds().forEach(user -> names.add("<at id=" + user + "></at>"));
      if (config.atAll()) {
        names.add("<at id=all></at>");
      }
    }
    return names.isEmpty() ? Optional.empty() : Optional.of(String.join(" ", names));
  }

  private static Map<String, Object> footer(Message message) {
    var note = new LinkedHashMap<String, Object>();
    note.put("tag", "note");
    note.put("elements", List.of(plain(message.whySent() + " · " + message.delivery())));
    return note;
  }

  private static Map<String, Object> block(String markdown) {
    var element = new LinkedHashMap<String, Object>();
    element.put("tag", "div");
    element.put("text", markdown(markdown));
    return element;
  }

  private static Map<String, Object> markdown(String text) {
    return text("lark_md", text);
  }

  private static Map<String, Object> plain(String text) {
    return text("plain_text", text);
  }

  private static Map<String, Object> text(String tag, String content) {
    var text = new LinkedHashMap<String, Object>();
    text.put("tag", tag);
    text.put("content", content);
    return text;
  }

  /// Feishu's markdown, which knows HTML's entities.
  private enum LarkMarkdown implements Markup {
    INSTANCE;

    @Override
    public String escape(String text) {
      return text.replace("&", "&amp;")
          .replace("<", "&lt;")
          .replace(">", "&gt;")
          .replace("*", "&#42;")
          .replace("~", "&#126;")
          .replace("[", "&#91;")
          .replace("]", "&#93;")
          .replace("`", "&#96;");
    }

    @Override
    public String bold(String escaped) {
      return "**" + escaped + "**";
    }

    @Override
    public String link(String escaped, String url) {
      return "[" + escaped + "](" + url.replace("(", "%28").replace(")", "%29") + ")";
    }
  }
}
