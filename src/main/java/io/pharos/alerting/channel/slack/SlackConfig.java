package io.pharos.alerting.channel.slack;

import com.fasterxml.jackson.databind.JsonNode;
import io.pharos.alerting.channel.Channel;
import io.pharos.alerting.channel.ChannelTools;
import io.pharos.alerting.channel.ConfigKeys;
import io.pharos.alerting.channel.ConfigKeys.Key;
import io.pharos.alerting.channel.ConfigKeys.Text;
import io.pharos.alerting.channel.HttpPoster;
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
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Messages to Slack by incoming webhook (`slack_configs`). Only the answer `ok` means success,
/// whatever the status.
///
/// @param apiUrl the webhook; a secret
/// @param timeout timeout of one attempt; zero for the delivery's deadline
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
  /// The channel.
  public static final Channel CHANNEL =
      Channel.withGlobals("slack", SlackConfig::globals, SlackConfig::preview);

  private static final Pattern JSON_OK =
      Pattern.compile("^\\s*\\{.*\"ok\"\\s*:\\s*true\\b", Pattern.DOTALL);
  private static final Pattern ERROR = Pattern.compile("\"error\"\\s*:\\s*\"([^\"]*)\"");
  private static final Set<String> PASSING =
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

  /// @param defaultUrl the webhook if the integration has none; may be unset
  private static SlackConfig read(KeyReader keys, SecretSource defaultUrl) {
    YamlMap map = keys.map();
    for (String key : List.of("app_token", "app_token_file", "app_url", "update_message")) {
      map.unsupported(key, "Pharos supports only incoming webhooks of Slack (api_url)");
    }
    map.unsupported("message_text", "Pharos does not support it; use text or fallback");
    SecretSource own = keys.secretUrl("api_url");
    SecretSource apiUrl = own.isSet() ? own : defaultUrl;
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
                .post(apiUrl, new SlackMessage(this, tools.draft(this, notification)).payload())
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
            ? "Slack answered nothing, expected ok"
            : "Slack refused the message" + HttpPoster.excerpt(answer);
    return PASSING.contains(code)
        ? new NotifyResult.Retryable(reason)
        : new NotifyResult.Rejected(reason);
  }

  private static void preview(ChatPreview preview) {
    JsonNode json = preview.json();
    preview.text(Style.LINE, ChatText.slack(json.path("text").asText()));
    for (JsonNode attachment : json.path("attachments")) {
      String named = attachment.path("color").asText();
      preview.setColor(
          switch (named) {
            case "danger" -> "#a30200";
            case "warning" -> "#daa038";
            case "good" -> "#2eb886";
            default -> named;
          });
      preview.text(Style.LINE, ChatText.slack(attachment.path("pretext").asText()));
      preview.title(
          ChatText.slack(attachment.path("title").asText()),
          attachment.path("title_link").asText());
      preview.text(Style.TEXT, ChatText.slack(attachment.path("text").asText()));
      var fields = new ArrayList<ChatPreview.Field>();
      for (JsonNode one : attachment.path("fields")) {
        fields.add(
            new ChatPreview.Field(
                one.path("title").asText(), ChatText.slack(one.path("value").asText())));
      }
      preview.fields(fields);
      preview.buttons(attachment.path("actions"), "text", "url");
      preview.text(Style.SMALL, ChatText.slack(attachment.path("footer").asText()));
    }
  }

  /// A title and a value in the attachment.
  ///
  /// @param isShort whether it may share a row; defaults to the config's `short_fields`
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

  /// The question before an action.
  public record Confirmation(String text, String title, String okText, String dismissText) {
    private static Confirmation read(YamlMap map) {
      var _ = required(map, "text", "Slack confirmation");
      return ConfigKeys.readTexts(Confirmation.class, map);
    }
  }
}
