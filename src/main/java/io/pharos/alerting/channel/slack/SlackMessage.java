package io.pharos.alerting.channel.slack;

import io.pharos.alerting.channel.Json;
import io.pharos.alerting.message.Markup;
import io.pharos.alerting.message.Message;
import io.pharos.alerting.message.MessageDraft;
import io.pharos.alerting.message.MessageText;
import io.pharos.alerting.message.TextTruncation;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The JSON of a Slack message: a line for the lock screen and one attachment.
///
/// If title and text are the defaults, the built-in message with fields and buttons is sent;
/// otherwise only the templates' texts.
record SlackMessage(SlackConfig config, MessageDraft draft) {
  private static final int TITLE = 1024;
  private static final int TEXT = 3000;
  private static final int USER_TEXT = 40_000;
  private static final int FIELD = 2000;
  private static final int FOOTER = 300;

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
                asWritten ? TextTruncation.to(TITLE, title) : TextTruncation.line(TITLE, title))
            .withText("title_link", titleLink())
            .withText("pretext", user("pretext", config.pretext(), ""));
    String text = text(builtIn);
    attachment
        .withText("fallback", fallback())
        .withText("callback_id", user("callback_id", config.callbackId(), ""))
        .withText("color", color())
        .withText("footer", footer(builtIn))
        .withText("image_url", user("image_url", config.imageUrl(), ""))
        .withText("thumb_url", user("thumb_url", config.thumbUrl(), ""))
        .withAll("fields", config.fields().isEmpty() && builtIn ? facts() : fields())
        .withAll("actions", config.actions().isEmpty() && builtIn ? buttons() : actions())
        .with(
            "mrkdwn_in",
            config.mrkdwnIn().isEmpty()
                ? List.of("fallback", "pretext", "text")
                : config.mrkdwnIn());
    Json payload = Json.object().withText("channel", user("channel", config.channel(), ""));
    String username = user("username", config.username(), "Pharos");
    payload
        .withText("username", asWritten ? username : TextTruncation.line(80, username))
        .withText("icon_emoji", user("icon_emoji", config.iconEmoji(), ""))
        .withText("icon_url", user("icon_url", config.iconUrl(), ""));
    if (config.linkNames()) {
      payload.with("link_names", true);
    }
    if (builtIn) {
      payload.with("text", escape(draft.message().headline()));
    }
    // All templates have run now, so the text can list those that failed.
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

  private String user(String key, String template, String fallback) {
    return TextTruncation.to(USER_TEXT, draft.made(key, template).orElse(fallback));
  }

  /// The built-in title is the summary, because the line above the attachment has the rest.
  private String title(boolean builtIn) {
    Message message = draft.message();
    if (builtIn && !message.story().isEmpty()) {
      return escape(message.story());
    }
    String own = escape(MessageText.title(message));
    return draft.isBuiltIn(config.title(), SlackConfig.DEFAULT_TITLE)
        ? own
        : user("title", config.title(), own);
  }

  private String titleLink() {
    String own = draft.message().link(Message.Link.Kind.GRAPH).map(Message.Link::url).orElse("");
    return draft.isBuiltIn(config.titleLink(), SlackConfig.DEFAULT_LINK)
        ? own
        : user("title_link", config.titleLink(), own);
  }

  /// The reason of the message and its delivery id.
  private String footer(boolean builtIn) {
    return builtIn && draft.isBuiltIn(config.footer(), SlackConfig.DEFAULT_FOOTER)
        ? TextTruncation.line(FOOTER, words().footer())
        : user("footer", config.footer(), "");
  }

  private String fallback() {
    String own = escape(draft.message().headline());
    return draft.isBuiltIn(config.fallback(), SlackConfig.DEFAULT_FALLBACK)
        ? own
        : user("fallback", config.fallback(), own);
  }

  private String color() {
    String own = draft.message().color();
    return draft.isBuiltIn(config.color(), SlackConfig.DEFAULT_COLOR)
        ? own
        : user("color", config.color(), own);
  }

  private String text(boolean builtIn) {
    if (draft.isBuiltIn(config.text(), SlackConfig.DEFAULT_TEXT)) {
      return body(!builtIn);
    }
    Optional<String> given = draft.made("text", config.text());
    return given.isEmpty()
        ? body(true)
        : withNotes(TextTruncation.to(USER_TEXT, given.get()), draft.message().notes());
  }

  /// Summary, changes, the worst alerts, notes.
  private String body(boolean withSummary) {
    var lines = new ArrayList<>(words().details());
    if (withSummary && !draft.message().story().isEmpty()) {
      lines.addFirst(words().story());
    }
    return withNotes(TextTruncation.to(TEXT, String.join("\n", lines)), draft.message().notes());
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
                    user("field title", field.title(), ""),
                    TextTruncation.to(FIELD, user("field value", field.value(), "")),
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
            .withText("type", user("action type", action.type(), "button"))
            .withText("text", user("action text", action.text(), "?"))
            .withText("url", user("action url", action.url(), ""))
            .withText("style", user("action style", action.style(), ""))
            .withText("name", user("action name", action.name(), ""))
            .withText("value", user("action value", action.value(), ""));
    SlackConfig.Confirmation confirm = action.confirm();
    if (confirm != null) {
      json.with(
          "confirm",
          Json.object()
              .withText("text", user("confirm text", confirm.text(), "?"))
              .withText("title", user("confirm title", confirm.title(), ""))
              .withText("ok_text", user("confirm ok_text", confirm.okText(), ""))
              .withText("dismiss_text", user("confirm dismiss_text", confirm.dismissText(), "")));
    }
    return json;
  }

  private static String escape(String text) {
    return Mrkdwn.INSTANCE.escape(text);
  }

  /// Slack's own markup.
  private enum Mrkdwn implements Markup {
    INSTANCE;

    /// Prevents mentions and links from labels.
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
