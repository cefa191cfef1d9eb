package io.pharos.alerting.channel.slack;

import io.pharos.alerting.channel.Json;
import io.pharos.alerting.message.Markup;
import io.pharos.alerting.message.Message;
import io.pharos.alerting.message.MessageDraft;
import io.pharos.alerting.message.MessageText;
import io.pharos.alerting.message.TextLimit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The JSON of a Slack message: a line for the lock screen and one attachment.
///
/// If title and text are the defaults, the built-in message with fields and buttons is sent;
/// otherwise only the expanded templates are sent.
record SlackPayload(SlackConfig config, MessageDraft draft) {
  private static final int MAX_TITLE = 1024;
  private static final int MAX_TEXT = 3000;
  private static final int MAX_USER_TEXT = 40_000;
  private static final int MAX_FIELD = 2000;
  private static final int MAX_FOOTER = 300;

  Json payload() {
    boolean builtIn =
        draft.isBuiltIn(config.title(), SlackConfig.DEFAULT_TITLE)
            && draft.isBuiltIn(config.text(), SlackConfig.DEFAULT_TEXT);
    boolean asWritten = draft.isAlertmanagers();
    String title = title(builtIn);
    Json attachment =
        Json.object()
            .withText(
                "title",
                asWritten ? TextLimit.to(MAX_TITLE, title) : TextLimit.line(MAX_TITLE, title))
            .withText("title_link", titleLink())
            .withText("pretext", expanded("pretext", config.pretext(), ""));
    String text = text(builtIn);
    attachment
        .withText("fallback", fallback())
        .withText("callback_id", expanded("callback_id", config.callbackId(), ""))
        .withText("color", color())
        .withText("footer", footer(builtIn))
        .withText("image_url", expanded("image_url", config.imageUrl(), ""))
        .withText("thumb_url", expanded("thumb_url", config.thumbUrl(), ""))
        .withAll("fields", config.fields().isEmpty() && builtIn ? facts() : fields())
        .withAll("actions", config.actions().isEmpty() && builtIn ? buttons() : actions())
        .with(
            "mrkdwn_in",
            config.mrkdwnIn().isEmpty()
                ? List.of("fallback", "pretext", "text")
                : config.mrkdwnIn());
    Json payload = Json.object().withText("channel", expanded("channel", config.channel(), ""));
    String username = expanded("username", config.username(), "Pharos");
    payload
        .withText("username", asWritten ? username : TextLimit.line(80, username))
        .withText("icon_emoji", expanded("icon_emoji", config.iconEmoji(), ""))
        .withText("icon_url", expanded("icon_url", config.iconUrl(), ""));
    if (config.linkNames()) {
      payload.with("link_names", true);
    }
    if (builtIn) {
      payload.with("text", escape(draft.message().headline()));
    }
    // All templates have been expanded now, so the text can list the templates that failed.
    attachment.withText("text", withNotes(text, draft.failures()));
    if (asWritten) {
      List.of("text", "fallback", "callback_id", "footer")
          .forEach(key -> attachment.putIfAbsent(key, ""));
    }
    return payload.with("attachments", List.of(attachment));
  }

  private String withNotes(String text, List<String> notes) {
    var lines = new ArrayList<>(words().warnings(notes));
    if (!text.isEmpty()) {
      lines.addFirst(text);
    }
    return String.join("\n", lines);
  }

  private MessageText words() {
    return draft.in(Mrkdwn.INSTANCE);
  }

  private String expanded(String key, String template, String fallback) {
    return TextLimit.to(MAX_USER_TEXT, draft.expand(key, template).orElse(fallback));
  }

  /// Returns the attachment's title. The built-in title is the summary, because the line above the
  /// attachment contains the message's title.
  private String title(boolean builtIn) {
    Message message = draft.message();
    if (builtIn && !message.story().isEmpty()) {
      return escape(message.story());
    }
    String standard = escape(MessageText.title(message));
    return draft.isBuiltIn(config.title(), SlackConfig.DEFAULT_TITLE)
        ? standard
        : expanded("title", config.title(), standard);
  }

  private String titleLink() {
    String standard = draft.message().page().map(Message.Link::url).orElse("");
    return draft.isBuiltIn(config.titleLink(), SlackConfig.DEFAULT_LINK)
        ? standard
        : expanded("title_link", config.titleLink(), standard);
  }

  /// Returns the user's footer, or the built-in footer: why the message was sent, and its delivery
  /// id.
  private String footer(boolean builtIn) {
    return builtIn && draft.isBuiltIn(config.footer(), SlackConfig.DEFAULT_FOOTER)
        ? TextLimit.line(MAX_FOOTER, words().footer())
        : expanded("footer", config.footer(), "");
  }

  private String fallback() {
    String standard = escape(draft.message().headline());
    return draft.isBuiltIn(config.fallback(), SlackConfig.DEFAULT_FALLBACK)
        ? standard
        : expanded("fallback", config.fallback(), standard);
  }

  private String color() {
    String standard = draft.message().color();
    return draft.isBuiltIn(config.color(), SlackConfig.DEFAULT_COLOR)
        ? standard
        : expanded("color", config.color(), standard);
  }

  private String text(boolean builtIn) {
    if (draft.isBuiltIn(config.text(), SlackConfig.DEFAULT_TEXT)) {
      return body(!builtIn);
    }
    Optional<String> userText = draft.expand("text", config.text());
    return userText.isEmpty()
        ? body(true)
        : withNotes(TextLimit.to(MAX_USER_TEXT, userText.get()), draft.message().notes());
  }

  /// Returns the changes, the worst alerts and the notes, after the summary if `withSummary`.
  private String body(boolean withSummary) {
    var lines = new ArrayList<>(words().details());
    if (withSummary && !draft.message().story().isEmpty()) {
      lines.addFirst(words().story());
    }
    return withNotes(TextLimit.to(MAX_TEXT, String.join("\n", lines)), draft.message().notes());
  }

  private List<Json> facts() {
    return MessageText.facts(draft.message()).stream()
        .map(fact -> field(fact.name(), escape(fact.value()), true))
        .toList();
  }

  private List<Json> fields() {
    return config.fields().stream()
        .map(
            field ->
                field(
                    expanded("field title", field.title(), ""),
                    TextLimit.to(MAX_FIELD, expanded("field value", field.value(), "")),
                    field.isShort()))
        .toList();
  }

  private static Json field(String title, String value, boolean isShort) {
    return Json.object().with("title", title).with("value", value).with("short", isShort);
  }

  private List<Json> buttons() {
    List<Json> buttons =
        draft
            .message()
            .links(
                (label, url) ->
                    Json.object().with("type", "button").with("text", label).with("url", url));
    if (!buttons.isEmpty() && draft.message().firing()) {
      buttons.getFirst().with("style", "primary");
    }
    return buttons;
  }

  private List<Json> actions() {
    return config.actions().stream().map(this::action).toList();
  }

  private Json action(SlackConfig.Action action) {
    Json json =
        Json.object()
            .withText("type", expanded("action type", action.type(), "button"))
            .withText("text", expanded("action text", action.text(), "?"))
            .withText("url", expanded("action url", action.url(), ""))
            .withText("style", expanded("action style", action.style(), ""))
            .withText("name", expanded("action name", action.name(), ""))
            .withText("value", expanded("action value", action.value(), ""));
    SlackConfig.Confirmation confirm = action.confirm();
    if (confirm != null) {
      json.with(
          "confirm",
          Json.object()
              .withText("text", expanded("confirm text", confirm.text(), "?"))
              .withText("title", expanded("confirm title", confirm.title(), ""))
              .withText("ok_text", expanded("confirm ok_text", confirm.okText(), ""))
              .withText(
                  "dismiss_text", expanded("confirm dismiss_text", confirm.dismissText(), "")));
    }
    return json;
  }

  static String escape(String text) {
    return Mrkdwn.INSTANCE.escape(text);
  }

  /// Slack's markup `mrkdwn`.
  private enum Mrkdwn implements Markup {
    INSTANCE;

    /// Escapes a text so that labels cannot become mentions or links.
    @Override
    public String escape(String text) {
      return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    }

    @Override
    public String bold(String escaped) {
      return "*" + escaped + "*";
    }

    @Override
    public String link(String escaped, String url) {
      return "<" + url + "|" + escaped + ">";
    }

    @Override
    public String name(String text) {
      return "`" + escape(text.replace('`', '\'')) + "`";
    }
  }
}
