package io.pharos.alerting.channel.slack;

import static java.util.Objects.requireNonNull;

import io.pharos.config.alertmanager.ConfigSection;
import io.pharos.config.alertmanager.IntegrationConfig;
import io.pharos.config.alertmanager.KeyReader;
import io.pharos.config.http.HttpOptions;
import io.pharos.config.http.SecretSource;
import io.pharos.config.yaml.YamlMap;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A message to Slack by incoming webhook (`slack_configs`). Texts are templates.
///
/// @param apiUrl the webhook; a secret
/// @param timeout how long one attempt may take; zero for the pipeline's deadline
public record SlackConfig(
    boolean sendResolved,
    HttpOptions http,
    SecretSource apiUrl,
    String channel,
    String username,
    String color,
    String title,
    String titleLink,
    String pretext,
    String text,
    List<Field> fields,
    boolean shortFields,
    String footer,
    String fallback,
    String callbackId,
    String iconEmoji,
    String iconUrl,
    String imageUrl,
    String thumbUrl,
    boolean linkNames,
    List<String> mrkdwnIn,
    List<Action> actions,
    Duration timeout)
    implements IntegrationConfig {
  static final String DEFAULT_TITLE = "{{ template \"slack.default.title\" . }}";
  static final String DEFAULT_TEXT = "{{ template \"slack.default.text\" . }}";
  static final String DEFAULT_FALLBACK = "{{ template \"slack.default.fallback\" . }}";
  static final String DEFAULT_LINK = "{{ template \"slack.default.titlelink\" . }}";
  static final String DEFAULT_COLOR = "{{ if eq .Status \"firing\" }}danger{{ else }}good{{ end }}";
  static final String DEFAULT_FOOTER = "{{ template \"slack.default.footer\" . }}";

  public SlackConfig {
    requireNonNull(http, "http is null");
    requireNonNull(apiUrl, "apiUrl is null");
    fields = List.copyOf(fields);
    mrkdwnIn = List.copyOf(mrkdwnIn);
    actions = List.copyOf(actions);
    requireNonNull(timeout, "timeout is null");
  }

  /// @param defaultUrl the webhook where the integration has none; may be unset
  static SlackConfig read(KeyReader keys, SecretSource defaultUrl) {
    YamlMap map = keys.map();
    for (String key : List.of("app_token", "app_token_file", "app_url", "update_message")) {
      map.unsupported(key, "Pharos sends to Slack by incoming webhook (api_url) only yet");
    }
    map.unsupported("message_text", "not yet in Pharos; use text or fallback");
    SecretSource own = keys.secretUrl("api_url");
    SecretSource apiUrl = own.isSet() ? own : defaultUrl;
    if (!apiUrl.isSet()) {
      throw map.error("no api_url and no global slack_api_url or slack_api_url_file is set");
    }
    boolean shortFields = map.bool("short_fields", false);
    return new SlackConfig(
        keys.sendResolved(false),
        keys.http(),
        apiUrl,
        map.string("channel", ""),
        map.string("username", "{{ template \"slack.default.username\" . }}"),
        map.string("color", DEFAULT_COLOR),
        map.string("title", DEFAULT_TITLE),
        map.string("title_link", DEFAULT_LINK),
        map.string("pretext", "{{ template \"slack.default.pretext\" . }}"),
        map.string("text", DEFAULT_TEXT),
        map.list("fields", value -> Field.read(value.asMap(), shortFields)),
        shortFields,
        map.string("footer", DEFAULT_FOOTER),
        map.string("fallback", DEFAULT_FALLBACK),
        map.string("callback_id", "{{ template \"slack.default.callbackid\" . }}"),
        map.string("icon_emoji", "{{ template \"slack.default.iconemoji\" . }}"),
        map.string("icon_url", "{{ template \"slack.default.iconurl\" . }}"),
        map.string("image_url", ""),
        map.string("thumb_url", ""),
        map.bool("link_names", false),
        map.strings("mrkdwn_in"),
        map.list("actions", value -> Action.read(value.asMap())),
        map.duration("timeout", Duration.ZERO));
  }

  private static String required(YamlMap map, String key, String what) {
    String text = map.string(key, "");
    if (text.isEmpty()) {
      throw map.missing(key, "missing " + key + " in " + what);
    }
    return text;
  }

  @Override
  public String addressee() {
    return channel;
  }

  @Override
  public void print(ConfigSection section) {
    section
        .putCommon(sendResolved, http)
        .putSecret("api_url", apiUrl)
        .put("channel", channel)
        .put("username", username)
        .put("color", color)
        .put("title", title)
        .put("title_link", titleLink)
        .put("pretext", pretext)
        .put("text", text)
        .putEach("fields", fields, (one, field) -> field.print(one))
        .put("short_fields", shortFields)
        .put("footer", footer)
        .put("fallback", fallback)
        .put("callback_id", callbackId)
        .put("icon_emoji", iconEmoji)
        .put("icon_url", iconUrl)
        .putText("image_url", imageUrl)
        .putText("thumb_url", thumbUrl)
        .put("link_names", linkNames)
        .putAll("mrkdwn_in", mrkdwnIn)
        .putEach("actions", actions, (one, action) -> action.print(one))
        .putDuration("timeout", timeout.isZero() ? null : timeout);
  }

  @Override
  public SlackChannel kind() {
    return SlackChannel.INSTANCE;
  }

  @Override
  public Map<String, String> templates() {
    var texts = new LinkedHashMap<String, String>();
    texts.put("channel", channel());
    texts.put("username", username());
    texts.put("color", color());
    texts.put("title", title());
    texts.put("title_link", titleLink());
    texts.put("pretext", pretext());
    texts.put("text", text());
    texts.put("footer", footer());
    texts.put("fallback", fallback());
    texts.put("callback_id", callbackId());
    texts.put("icon_emoji", iconEmoji());
    texts.put("icon_url", iconUrl());
    texts.put("image_url", imageUrl());
    texts.put("thumb_url", thumbUrl());
    for (int i = 0; i < fields().size(); i++) {
      texts.put("fields[" + i + "].title", fields().get(i).title());
      texts.put("fields[" + i + "].value", fields().get(i).value());
    }
    for (int i = 0; i < actions().size(); i++) {
      texts.put("actions[" + i + "].text", actions().get(i).text());
      texts.put("actions[" + i + "].url", actions().get(i).url());
    }
    return texts;
  }

  /// A title and a value in the attachment.
  ///
  /// @param isShort whether it may share a row; already the config's `short_fields` where not given
  public record Field(String title, String value, boolean isShort) {
    private static Field read(YamlMap map, boolean shortFields) {
      var field =
          new Field(
              required(map, "title", "Slack field"),
              required(map, "value", "Slack field"),
              map.bool("short", shortFields));
      map.finish();
      return field;
    }

    private void print(ConfigSection section) {
      section.put("title", title).put("value", value).put("short", isShort);
    }
  }

  /// A button or menu of the attachment.
  public record Action(
      String type,
      String text,
      String url,
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

    private void print(ConfigSection section) {
      section
          .put("type", type)
          .put("text", text)
          .putText("url", url)
          .putText("style", style)
          .putText("name", name)
          .putText("value", value);
      if (confirm != null) {
        section.put("confirm", confirm.printed());
      }
    }
  }

  /// The question before an action.
  public record Confirmation(String text, String title, String okText, String dismissText) {
    private static Confirmation read(YamlMap map) {
      var confirmation =
          new Confirmation(
              required(map, "text", "Slack confirmation"),
              map.string("title", ""),
              map.string("ok_text", ""),
              map.string("dismiss_text", ""));
      map.finish();
      return confirmation;
    }

    private ConfigSection printed() {
      return new ConfigSection()
          .put("text", text)
          .putText("title", title)
          .putText("ok_text", okText)
          .putText("dismiss_text", dismissText);
    }
  }
}
