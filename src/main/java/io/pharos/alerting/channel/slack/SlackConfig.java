package io.pharos.alerting.channel.slack;

import io.pharos.alerting.channel.ConfigKeys;
import io.pharos.alerting.channel.ConfigKeys.Key;
import io.pharos.alerting.channel.ConfigKeys.Text;
import io.pharos.config.alertmanager.ConfigSection;
import io.pharos.config.alertmanager.KeyReader;
import io.pharos.config.http.HttpOptions;
import io.pharos.config.http.SecretSource;
import io.pharos.config.yaml.YamlMap;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A message to Slack by incoming webhook (`slack_configs`).
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
    implements ConfigKeys.Config {
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

  /// @param defaultUrl the webhook if the integration has none; may be unset
  static SlackConfig read(KeyReader keys, SecretSource defaultUrl) {
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
  public SlackChannel kind() {
    return SlackChannel.INSTANCE;
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
