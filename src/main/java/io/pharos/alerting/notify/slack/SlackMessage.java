package io.pharos.alerting.notify.slack;

import io.pharos.alerting.notify.Notification;
import io.pharos.alerting.notify.message.Clip;
import io.pharos.alerting.notify.message.Message;
import io.pharos.alerting.notify.message.MessageComposer;
import io.pharos.alerting.notify.message.MessageTemplates;
import io.pharos.alerting.notify.message.Phrase;
import io.pharos.alerting.notify.message.TemplateRun;
import io.pharos.config.alertmanager.MessageSettings;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The JSON of a Slack message: a line for the lock screen and one attachment.
///
/// Where the configuration leaves title and text at their defaults, the built-in message stands
/// there with its fields and buttons; else the user's templates say everything.
final class SlackMessage {
  private static final String DEFAULT_TITLE = "{{ template \"slack.default.title\" . }}";
  private static final String DEFAULT_TEXT = "{{ template \"slack.default.text\" . }}";
  private static final String DEFAULT_FALLBACK = "{{ template \"slack.default.fallback\" . }}";
  private static final String DEFAULT_LINK = "{{ template \"slack.default.titlelink\" . }}";
  private static final String DEFAULT_COLOR =
      "{{ if eq .Status \"firing\" }}danger{{ else }}good{{ end }}";
  private static final String DEFAULT_FOOTER = "{{ template \"slack.default.footer\" . }}";
  private static final int TITLE = 1024;
  private static final int TEXT = 3000;
  private static final int USER_TEXT = 40_000;
  private static final int FIELD = 2000;
  private static final int FOOTER = 300;
  private static final int SHOWN_ALERTS = 5;

  private final SlackConfig config;
  private final MessageTemplates templates;
  private final MessageComposer composer;

  SlackMessage(SlackConfig config, MessageTemplates templates, MessageComposer composer) {
    this.config = config;
    this.templates = templates;
    this.composer = composer;
  }

  Map<String, Object> payload(Notification notification) {
    Message message = composer.compose(notification);
    var run = new TemplateRun(templates, notification, message.times());
    boolean builtIn =
        templates.isBuiltIn(config.title(), DEFAULT_TITLE)
            && templates.isBuiltIn(config.text(), DEFAULT_TEXT);
    var attachment = new LinkedHashMap<String, Object>();
    String title = title(message, run, builtIn);
    put(attachment, "title", isAlertmanagers() ? Clip.to(TITLE, title) : Clip.line(TITLE, title));
    put(attachment, "title_link", titleLink(message, run));
    put(attachment, "pretext", user(run, "slack pretext", config.pretext(), ""));
    String text = text(message, run, builtIn);
    put(attachment, "fallback", fallback(message, run));
    put(attachment, "callback_id", user(run, "slack callback_id", config.callbackId(), ""));
    put(attachment, "color", color(message, run));
    put(attachment, "footer", footer(message, run, builtIn));
    put(attachment, "image_url", user(run, "slack image_url", config.imageUrl(), ""));
    put(attachment, "thumb_url", user(run, "slack thumb_url", config.thumbUrl(), ""));
    List<Object> fields = config.fields().isEmpty() && builtIn ? facts(message) : fields(run);
    List<Object> actions = config.actions().isEmpty() && builtIn ? buttons(message) : actions(run);
    put(attachment, "fields", fields);
    put(attachment, "actions", actions);
    List<String> markdownIn =
        config.mrkdwnIn().isEmpty() ? List.of("fallback", "pretext", "text") : config.mrkdwnIn();
    attachment.put("mrkdwn_in", markdownIn);

    var payload = new LinkedHashMap<String, Object>();
    put(payload, "channel", user(run, "slack channel", config.channel(), ""));
    String username = user(run, "slack username", config.username(), "Pharos");
    put(payload, "username", isAlertmanagers() ? username : Clip.line(80, username));
    put(payload, "icon_emoji", user(run, "slack icon_emoji", config.iconEmoji(), ""));
    put(payload, "icon_url", user(run, "slack icon_url", config.iconUrl(), ""));
    if (config.linkNames()) {
      payload.put("link_names", true);
    }
    if (builtIn) {
      payload.put("text", escape(message.headline()));
    }
    // Only now are all templates run, so that the text can tell of each that failed.
    put(attachment, "text", withNotes(text, run.failures()));
    if (isAlertmanagers()) {
      List.of("text", "fallback", "callback_id", "footer")
          .forEach(key -> attachment.putIfAbsent(key, ""));
    }
    payload.put("attachments", List.of(attachment));
    return payload;
  }

  private boolean isAlertmanagers() {
    return templates.defaults() == MessageSettings.Defaults.ALERTMANAGER;
  }

  private static void put(Map<String, Object> json, String key, Object value) {
    boolean empty = value.equals("") || value.equals(List.of());
    if (!empty) {
      json.put(key, value);
    }
  }

  private static String withNotes(String text, List<String> notes) {
    var all = new StringBuilder(text);
    for (String note : notes) {
      all.append(all.isEmpty() ? "" : "\n").append("⚠️ ").append(escape(note));
    }
    return all.toString();
  }

  private static String user(TemplateRun run, String name, String template, String fallback) {
    return Clip.to(USER_TEXT, run.text(name, template).orElse(fallback));
  }

  /// The built-in title is the summary, since the line above the attachment says the rest.
  private String title(Message message, TemplateRun run, boolean builtIn) {
    if (builtIn && !message.story().isEmpty()) {
      return escape(message.story());
    }
    String own = escape(message.emoji() + " " + message.badge() + " " + message.subject());
    return templates.isBuiltIn(config.title(), DEFAULT_TITLE)
        ? own
        : user(run, "slack title", config.title(), own);
  }

  private String titleLink(Message message, TemplateRun run) {
    String own = message.link(Message.Link.Kind.GRAPH).map(Message.Link::url).orElse("");
    return templates.isBuiltIn(config.titleLink(), DEFAULT_LINK)
        ? own
        : user(run, "slack title_link", config.titleLink(), own);
  }

  /// Why this reader got it, and the number to ask for it by.
  private String footer(Message message, TemplateRun run, boolean builtIn) {
    String own = escape(message.whySent() + " · " + message.delivery());
    return builtIn && templates.isBuiltIn(config.footer(), DEFAULT_FOOTER)
        ? Clip.line(FOOTER, own)
        : user(run, "slack footer", config.footer(), "");
  }

  private String fallback(Message message, TemplateRun run) {
    return templates.isBuiltIn(config.fallback(), DEFAULT_FALLBACK)
        ? escape(message.headline())
        : user(run, "slack fallback", config.fallback(), escape(message.headline()));
  }

  private String color(Message message, TemplateRun run) {
    return templates.isBuiltIn(config.color(), DEFAULT_COLOR)
        ? message.color()
        : user(run, "slack color", config.color(), message.color());
  }

  private String text(Message message, TemplateRun run, boolean builtIn) {
    if (templates.isBuiltIn(config.text(), DEFAULT_TEXT)) {
      return body(message, !builtIn);
    }
    Optional<String> given = run.text("slack text", config.text());
    return given.isEmpty()
        ? body(message, true)
        : withNotes(Clip.to(USER_TEXT, given.get()), message.notes());
  }

  /// Summary, what changed, the worst alerts, notes.
  private static String body(Message message, boolean withSummary) {
    var lines = new ArrayList<String>();
    if (withSummary && !message.story().isEmpty()) {
      lines.add("*" + escape(message.story()) + "*");
    }
    if (!message.description().isEmpty() && message.firing()) {
      lines.add(escape(message.description()));
    }
    message.changes().forEach(change -> lines.add(escape(change)));
    if (message.alerts().size() > 1) {
      int shown = Math.min(SHOWN_ALERTS, message.alerts().size());
      for (Message.Line alert : message.alerts().subList(0, shown)) {
        lines.add(line(message, alert));
      }
      int more = message.alerts().size() - shown + message.omitted();
      if (more > 0) {
        lines.add(Phrase.MORE.in(message.language(), more));
      }
    }
    return withNotes(Clip.to(TEXT, String.join("\n", lines)), message.notes());
  }

  private static String line(Message message, Message.Line alert) {
    String state = alert.firing() ? "• " : "• ✅ ";
    String fresh = alert.isNew() ? " (" + Phrase.NEW.in(message.language()) + ")" : "";
    String detail = alert.detail().isEmpty() ? "" : ": " + escape(alert.detail());
    return state + "`" + escape(alert.name().replace('`', '\'')) + "`" + fresh + detail;
  }

  private static List<Object> facts(Message message) {
    var fields = new ArrayList<>();
    var language = message.language();
    if (!message.value().isEmpty() && message.firing()) {
      fields.add(field(Phrase.VALUE.in(language), escape(message.measured()), true));
    }
    fields.add(
        message.firing()
            ? field(Phrase.SINCE.in(language), escape(message.sinceText()), true)
            : field(Phrase.LASTED.in(language), escape(message.lastedText()), true));
    if (message.isSeveral()) {
      fields.add(field(Phrase.ALERTS.in(language), message.counts(), true));
    }
    return fields;
  }

  private List<Object> fields(TemplateRun run) {
    var fields = new ArrayList<>();
    for (SlackConfig.Field field : config.fields()) {
      fields.add(
          field(
              user(run, "slack field title", field.title(), ""),
              Clip.to(FIELD, user(run, "slack field value", field.value(), "")),
              field.isShort()));
    }
    return fields;
  }

  private static Map<String, Object> field(String title, String value, boolean isShort) {
    var field = new LinkedHashMap<String, Object>();
    field.put("title", title);
    field.put("value", value);
    field.put("short", isShort);
    return field;
  }

  private static List<Object> buttons(Message message) {
    var buttons = new ArrayList<>();
    for (Message.Link link : message.links()) {
      var button = new LinkedHashMap<String, Object>();
      button.put("type", "button");
      button.put("text", link.kind().label().in(message.language()));
      button.put("url", link.url());
      if (buttons.isEmpty() && message.firing()) {
        button.put("style", "primary");
      }
      buttons.add(button);
    }
    return buttons;
  }

  private List<Object> actions(TemplateRun run) {
    var actions = new ArrayList<>();
    for (SlackConfig.Action action : config.actions()) {
      var json = new LinkedHashMap<String, Object>();
      put(json, "type", user(run, "slack action type", action.type(), "button"));
      put(json, "text", user(run, "slack action text", action.text(), "?"));
      put(json, "url", user(run, "slack action url", action.url(), ""));
      put(json, "style", user(run, "slack action style", action.style(), ""));
      put(json, "name", user(run, "slack action name", action.name(), ""));
      put(json, "value", user(run, "slack action value", action.value(), ""));
      SlackConfig.Confirmation confirm = action.confirm();
      if (confirm != null) {
        var question = new LinkedHashMap<String, Object>();
        put(question, "text", user(run, "slack confirm text", confirm.text(), "?"));
        put(question, "title", user(run, "slack confirm title", confirm.title(), ""));
        put(question, "ok_text", user(run, "slack confirm ok_text", confirm.okText(), ""));
        put(
            question,
            "dismiss_text",
            user(run, "slack confirm dismiss_text", confirm.dismissText(), ""));
        json.put("confirm", question);
      }
      actions.add(json);
    }
    return actions;
  }

  /// Slack's own escapes, so that a label can neither mention people nor make links.
  private static String escape(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
  }
}
