package io.pharos.alerting.channel.slack;

import com.fasterxml.jackson.databind.JsonNode;
import io.pharos.alerting.channel.Channel;
import io.pharos.alerting.channel.ChannelTools;
import io.pharos.alerting.channel.ConfigKeys;
import io.pharos.alerting.channel.ConfigKeys.Key;
import io.pharos.alerting.channel.ConfigKeys.Text;
import io.pharos.alerting.channel.HttpPoster;
import io.pharos.alerting.channel.Json;
import io.pharos.alerting.mailbox.ChatPreview;
import io.pharos.alerting.mailbox.ChatPreview.Style;
import io.pharos.alerting.mailbox.ChatText;
import io.pharos.alerting.message.Markup;
import io.pharos.alerting.message.Message;
import io.pharos.alerting.message.MessageDraft;
import io.pharos.alerting.message.MessageText;
import io.pharos.alerting.message.TextLimit;
import io.pharos.alerting.pipeline.Notifier;
import io.pharos.alerting.pipeline.NotifyResult;
import io.pharos.config.alertmanager.ConfigSection;
import io.pharos.config.alertmanager.IntegrationDefaults;
import io.pharos.config.alertmanager.KeyReader;
import io.pharos.config.http.HttpOptions;
import io.pharos.config.http.SecretSource;
import io.pharos.config.yaml.YamlMap;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Configuration of messages to an incoming webhook of Slack (`slack_configs`). Only the answer
/// `ok` means success, whatever the HTTP status.
///
/// @param apiUrl URL of the webhook; a secret
/// @param timeout timeout of one attempt; if it is zero, an attempt may last until the delivery's
///   deadline
public record SlackConfig(
    boolean sendResolved,
    HttpOptions http,
    SecretSource apiUrl,
    @Key(always = true) @Text String channel,
    @Text("{{ template \"slack.default.username\" . }}") String username,
    @Text(DEFAULT_COLOR) String color,
    @Text(DEFAULT_TITLE) String title,
    @Text(DEFAULT_LINK) String titleLink,
    @Text("{{ template \"slack.default.pretext\" . }}") String pretext,
    @Text(DEFAULT_TEXT) String text,
    @Text List<Field> fields,
    boolean shortFields,
    @Text(DEFAULT_FOOTER) String footer,
    @Text(DEFAULT_FALLBACK) String fallback,
    @Text("{{ template \"slack.default.callbackid\" . }}") String callbackId,
    @Text("{{ template \"slack.default.iconemoji\" . }}") String iconEmoji,
    @Text("{{ template \"slack.default.iconurl\" . }}") String iconUrl,
    @Text String imageUrl,
    @Text String thumbUrl,
    boolean linkNames,
    List<String> mrkdwnIn,
    @Text List<Action> actions,
    Duration timeout)
    implements Channel.Config {
  /// The channel that this record configures.
  public static final Channel CHANNEL =
      Channel.withGlobals("slack", SlackConfig::globals, SlackConfig::preview);

  private static final Pattern JSON_OK =
      Pattern.compile("^\\s*\\{.*\"ok\"\\s*:\\s*true\\b", Pattern.DOTALL);
  private static final Pattern ERROR = Pattern.compile("\"error\"\\s*:\\s*\"([^\"]*)\"");
  private static final Set<String> TEMPORARY_ERRORS =
      Set.of(
          "ratelimited",
          "rate_limited",
          "message_limit_exceeded",
          "internal_error",
          "fatal_error",
          "service_unavailable",
          "request_timeout",
          "rollup_error",
          "accesslimited");

  static final String DEFAULT_TITLE = "{{ template \"slack.default.title\" . }}";
  static final String DEFAULT_TEXT = "{{ template \"slack.default.text\" . }}";
  static final String DEFAULT_FALLBACK = "{{ template \"slack.default.fallback\" . }}";
  static final String DEFAULT_LINK = "{{ template \"slack.default.titlelink\" . }}";
  static final String DEFAULT_COLOR = "{{ if eq .Status \"firing\" }}danger{{ else }}good{{ end }}";
  static final String DEFAULT_FOOTER = "{{ template \"slack.default.footer\" . }}";

  public SlackConfig {
    fields = List.copyOf(fields);
    mrkdwnIn = List.copyOf(mrkdwnIn);
    actions = List.copyOf(actions);
  }

  private static IntegrationDefaults globals(KeyReader global) {
    SecretSource url = global.secretUrl("slack_api_url");
    return IntegrationDefaults.of(
        keys -> SlackConfig.read(keys, url), section -> section.putSecret("slack_api_url", url));
  }

  /// Reads an integration.
  ///
  /// @param defaultUrl webhook of integrations that do not set `api_url`; may be unset
  private static SlackConfig read(KeyReader keys, SecretSource defaultUrl) {
    YamlMap map = keys.map();
    for (String key : List.of("app_token", "app_token_file", "app_url", "update_message")) {
      map.unsupported(key, "Pharos supports only incoming webhooks of Slack (api_url)");
    }
    map.unsupported("message_text", "Pharos does not support it; use text or fallback");
    SecretSource integrationUrl = keys.secretUrl("api_url");
    SecretSource apiUrl = integrationUrl.isSet() ? integrationUrl : defaultUrl;
    if (!apiUrl.isSet()) {
      throw map.error("no api_url and no global slack_api_url or slack_api_url_file is set");
    }
    boolean shortFields = map.bool("short_fields", false);
    return ConfigKeys.read(
        SlackConfig.class,
        keys,
        Map.of(
            "sendResolved", keys.sendResolved(false),
            "apiUrl", apiUrl,
            "fields", map.list("fields", value -> Field.read(value.asMap(), shortFields)),
            "actions", map.list("actions", value -> Action.read(value.asMap()))));
  }

  private static String required(YamlMap map, String key, String owner) {
    String text = map.string(key, "");
    if (text.isEmpty()) {
      throw map.missing(key, "missing " + key + " in " + owner);
    }
    return text;
  }

  @Override
  public String addressee() {
    return channel;
  }

  @Override
  public void print(ConfigSection section) {
    ConfigKeys.print(this, section, timeout.isZero() ? Map.of("timeout", "") : Map.of());
  }

  @Override
  public Channel kind() {
    return CHANNEL;
  }

  @Override
  public Notifier notifier(ChannelTools tools) {
    return tools.calling(
        http,
        timeout,
        (notification, receiver) ->
            receiver
                .post(apiUrl, new Payload(this, tools.draft(this, notification)).payload())
                .judge(SlackConfig::judge));
  }

  private static NotifyResult judge(String body) {
    String answer = body.strip();
    if (answer.equals("ok") || JSON_OK.matcher(answer).find()) {
      return new NotifyResult.Sent("ok");
    }
    Matcher error = ERROR.matcher(answer);
    String code = error.find() ? error.group(1) : answer;
    String reason =
        answer.isEmpty()
            ? "Slack's answer was empty, expected ok"
            : "Slack refused the message" + HttpPoster.excerpt(answer);
    return TEMPORARY_ERRORS.contains(code)
        ? new NotifyResult.Retryable(reason)
        : new NotifyResult.Rejected(reason);
  }

  private static void preview(ChatPreview preview) {
    JsonNode json = preview.json();
    preview.text(Style.LINE, ChatText.slack(json.path("text").asText()));
    for (JsonNode attachment : json.path("attachments")) {
      String colorName = attachment.path("color").asText();
      preview.setColor(
          switch (colorName) {
            case "danger" -> "#a30200";
            case "warning" -> "#daa038";
            case "good" -> "#2eb886";
            default -> colorName;
          });
      preview.text(Style.LINE, ChatText.slack(attachment.path("pretext").asText()));
      preview.title(
          ChatText.slack(attachment.path("title").asText()),
          attachment.path("title_link").asText());
      preview.text(Style.TEXT, ChatText.slack(attachment.path("text").asText()));
      var fields = new ArrayList<ChatPreview.Field>();
      for (JsonNode field : attachment.path("fields")) {
        fields.add(
            new ChatPreview.Field(
                field.path("title").asText(), ChatText.slack(field.path("value").asText())));
      }
      preview.fields(fields);
      preview.buttons(attachment.path("actions"), "text", "url");
      preview.text(Style.SMALL, ChatText.slack(attachment.path("footer").asText()));
    }
  }

  /// A title and a value in the attachment.
  ///
  /// @param isShort whether the field may share a row with other fields; by default the value of
  ///   `short_fields`
  public record Field(@Text String title, @Text String value, @Key("short") boolean isShort) {
    private static Field read(YamlMap map, boolean shortFields) {
      var field =
          new Field(
              required(map, "title", "Slack field"),
              required(map, "value", "Slack field"),
              map.bool("short", shortFields));
      map.finish();
      return field;
    }
  }

  /// A button or menu of the attachment.
  public record Action(
      String type,
      @Text String text,
      @Text String url,
      String style,
      String name,
      String value,
      @Nullable Confirmation confirm) {
    private static Action read(YamlMap map) {
      var action =
          new Action(
              required(map, "type", "Slack action"),
              required(map, "text", "Slack action"),
              map.string("url", ""),
              map.string("style", ""),
              map.string("name", ""),
              map.string("value", ""),
              map.get("confirm").map(value -> Confirmation.read(value.asMap())).orElse(null));
      if (action.url.isEmpty() && action.name.isEmpty()) {
        throw map.error("missing name or url in Slack action");
      }
      map.finish();
      return action;
    }
  }

  /// The question that Slack asks before it performs an action.
  public record Confirmation(String text, String title, String okText, String dismissText) {
    private static Confirmation read(YamlMap map) {
      var _ = required(map, "text", "Slack confirmation");
      return ConfigKeys.readTexts(Confirmation.class, map);
    }
  }

  /// The JSON of a Slack message: a line for the lock screen and one attachment.
  ///
  /// If title and text are the defaults, the built-in message with fields and buttons is sent;
  /// otherwise only the expanded templates are sent.
  record Payload(SlackConfig config, MessageDraft draft) {
    private static final int MAX_TITLE = 1024;
    private static final int MAX_TEXT = 3000;
    private static final int MAX_USER_TEXT = 40_000;
    private static final int MAX_FIELD = 2000;
    private static final int MAX_FOOTER = 300;

    Json payload() {
      boolean builtIn =
          draft.isBuiltIn(config.title(), DEFAULT_TITLE)
              && draft.isBuiltIn(config.text(), DEFAULT_TEXT);
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

    /// Returns the attachment's title. The built-in title is the summary, because the line above
    /// the attachment contains the message's title.
    private String title(boolean builtIn) {
      Message message = draft.message();
      if (builtIn && !message.story().isEmpty()) {
        return escape(message.story());
      }
      String standard = escape(MessageText.title(message));
      return draft.isBuiltIn(config.title(), DEFAULT_TITLE)
          ? standard
          : expanded("title", config.title(), standard);
    }

    private String titleLink() {
      String standard =
          draft.message().link(Message.Link.Kind.INCIDENT).map(Message.Link::url).orElse("");
      return draft.isBuiltIn(config.titleLink(), DEFAULT_LINK)
          ? standard
          : expanded("title_link", config.titleLink(), standard);
    }

    /// Returns the user's footer, or the built-in footer: why the message was sent, and its
    /// delivery id.
    private String footer(boolean builtIn) {
      return builtIn && draft.isBuiltIn(config.footer(), DEFAULT_FOOTER)
          ? TextLimit.line(MAX_FOOTER, words().footer())
          : expanded("footer", config.footer(), "");
    }

    private String fallback() {
      String standard = escape(draft.message().headline());
      return draft.isBuiltIn(config.fallback(), DEFAULT_FALLBACK)
          ? standard
          : expanded("fallback", config.fallback(), standard);
    }

    private String color() {
      String standard = draft.message().color();
      return draft.isBuiltIn(config.color(), DEFAULT_COLOR)
          ? standard
          : expanded("color", config.color(), standard);
    }

    private String text(boolean builtIn) {
      if (draft.isBuiltIn(config.text(), DEFAULT_TEXT)) {
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

    private Json action(Action action) {
      Json json =
          Json.object()
              .withText("type", expanded("action type", action.type(), "button"))
              .withText("text", expanded("action text", action.text(), "?"))
              .withText("url", expanded("action url", action.url(), ""))
              .withText("style", expanded("action style", action.style(), ""))
              .withText("name", expanded("action name", action.name(), ""))
              .withText("value", expanded("action value", action.value(), ""));
      Confirmation confirm = action.confirm();
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

    private static String escape(String text) {
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
}
