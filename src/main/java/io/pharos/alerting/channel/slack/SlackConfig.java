package io.pharos.alerting.channel.slack;

import com.fasterxml.jackson.databind.JsonNode;
import io.pharos.alerting.channel.CardChat;
import io.pharos.alerting.channel.Channel;
import io.pharos.alerting.channel.ChannelTools;
import io.pharos.alerting.channel.ClickSource;
import io.pharos.alerting.channel.ConfigKeys;
import io.pharos.alerting.channel.ConfigKeys.Key;
import io.pharos.alerting.channel.ConfigKeys.Text;
import io.pharos.alerting.channel.HttpCall;
import io.pharos.alerting.channel.HttpPoster;
import io.pharos.alerting.channel.Json;
import io.pharos.alerting.mailbox.ChatPreview;
import io.pharos.alerting.mailbox.ChatPreview.Style;
import io.pharos.alerting.mailbox.ChatText;
import io.pharos.alerting.pipeline.Notifier;
import io.pharos.alerting.pipeline.NotifyResult;
import io.pharos.config.alertmanager.ConfigSection;
import io.pharos.config.alertmanager.IntegrationDefaults;
import io.pharos.config.alertmanager.KeyReader;
import io.pharos.config.http.HttpOptions;
import io.pharos.config.http.SecretSource;
import io.pharos.config.yaml.YamlMap;
import io.pharos.template.value.GoJson;
import java.io.IOException;
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
/// @param apiUrl URL of the webhook; a secret; unset if there is a token
/// @param appToken token of an app's bot, which posts messages instead of a webhook; may be unset
/// @param appUrl address of Slack's method `chat.postMessage`; empty without a token
/// @param timeout timeout of one attempt; if it is zero, an attempt may last until the delivery's
///   deadline
public record SlackConfig(
    boolean sendResolved,
    HttpOptions http,
    SecretSource apiUrl,
    SecretSource appToken,
    String appUrl,
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
    implements CardChat.Config {
  /// The channel that this record configures.
  public static final Channel CHANNEL =
      Channel.withGlobals("slack", SlackConfig::globals, SlackConfig::preview);

  private static final String POST_MESSAGE = "https://slack.com/api/chat.postMessage";

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
    for (String key : List.of("update_message", "post_updates_to_thread")) {
      map.unsupported(key, "use app_token, and cards: true of the receiver in pharos.yml");
    }
    map.unsupported("message_text", "Pharos does not support it; use text or fallback");
    SecretSource integrationUrl = keys.secretUrl("api_url");
    SecretSource appToken = keys.secret("app_token");
    String appUrl = keys.url("app_url", appToken.isSet() ? POST_MESSAGE : "");
    if (appToken.isSet() && integrationUrl.isSet()) {
      throw map.error("at most one of api_url and app_token may be given");
    }
    SecretSource apiUrl = appToken.isSet() || integrationUrl.isSet() ? integrationUrl : defaultUrl;
    if (!apiUrl.isSet() && !appToken.isSet()) {
      throw map.error(
          "no api_url, no app_token and no global slack_api_url or slack_api_url_file is set");
    }
    if (appToken.isSet() && map.string("channel", "").isEmpty()) {
      throw map.error("missing channel, which messages of an app need");
    }
    boolean shortFields = map.bool("short_fields", false);
    return ConfigKeys.read(
        SlackConfig.class,
        keys,
        Map.of(
            "sendResolved",
            keys.sendResolved(false),
            "apiUrl",
            apiUrl,
            "appToken",
            appToken,
            "appUrl",
            appUrl,
            "fields",
            map.list("fields", value -> Field.read(value.asMap(), shortFields)),
            "actions",
            map.list("actions", value -> Action.read(value.asMap()))));
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
            call(
                    receiver,
                    appUrl,
                    new SlackPayload(this, tools.draft(this, notification)).payload())
                .judge(SlackConfig::judge));
  }

  /// Posts JSON: to a method of Slack's API with the token, or without a token to the webhook.
  HttpPoster.Outcome call(ChannelTools.Receiver receiver, String method, Json json)
      throws IOException {
    return appToken.isSet()
        ? receiver.call(
            HttpCall.post(method, GoJson.write(json))
                .withHeader("Authorization", "Bearer " + appToken.read().orElse("")))
        : receiver.post(apiUrl, json);
  }

  @Override
  public boolean canEdit() {
    return appToken.isSet();
  }

  @Override
  public CardChat cards(ChannelTools tools) {
    return new SlackCards(this, tools, tools.posters().apply(http));
  }

  @Override
  public Optional<ClickSource> clicks(ChannelTools tools) {
    return Optional.empty();
  }

  static NotifyResult judge(String body) {
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
      for (JsonNode block : attachment.path("blocks")) {
        preview.text(Style.LINE, ChatText.slack(block.at("/text/text").asText()));
        var labels = new ArrayList<String>();
        block.path("elements").forEach(it -> labels.add("[" + it.at("/text/text").asText() + "]"));
        preview.text(Style.LINE, ChatText.plain(String.join(" ", labels)));
      }
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
}
