package io.pharos.config.alertmanager;

import io.pharos.config.alertmanager.GlobalConfig.SmtpDefaults;
import io.pharos.config.http.HttpReader;
import io.pharos.config.http.SecretReader;
import io.pharos.config.http.SecretSource;
import io.pharos.config.yaml.ConfigException;
import io.pharos.config.yaml.YamlMap;
import io.pharos.config.yaml.YamlValue;
import io.pharos.model.Quoted;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// Reads receivers, with the global defaults merged in.
final class ReceiverReader {
  private static final List<String> TYPES =
      List.of(
          "webhook_configs",
          "email_configs",
          "slack_configs",
          "pagerduty_configs",
          "opsgenie_configs",
          "telegram_configs",
          "discord_configs",
          "msteams_configs",
          "msteamsv2_configs",
          "wechat_configs",
          "pushover_configs");
  private static final List<String> OTHER_TYPES =
      List.of(
          "victorops_configs",
          "sns_configs",
          "webex_configs",
          "jira_configs",
          "rocketchat_configs",
          "mattermost_configs",
          "incidentio_configs");

  private final SecretReader secrets;
  private final HttpReader http;
  private final GlobalConfig global;
  private final IncidentReader incidents;
  private final ChatReader chats;

  ReceiverReader(Path folder, GlobalConfig global) {
    this.secrets = new SecretReader(folder);
    this.http = new HttpReader(folder, HttpReader.ALL);
    this.global = global;
    this.incidents = new IncidentReader(secrets, http, global);
    this.chats = new ChatReader(secrets, http, global);
  }

  ReceiverConfig read(YamlMap map) {
    String name = map.string("name", "");
    if (name.isEmpty()) {
      throw map.error("the receiver has no name");
    }
    for (String key : OTHER_TYPES) {
      if (map.has(key)) {
        throw new ConfigException(
            map.file(),
            map.line(key),
            0,
            "%s (receiver %s): Pharos has no receivers of the type %s, expected %s"
                .formatted(
                    map.path(),
                    Quoted.of(name),
                    key.substring(0, key.length() - "_configs".length()),
                    String.join(", ", TYPES)));
      }
    }
    map.unsupported("labels", "receiver labels are not supported yet");
    var all = new ArrayList<IntegrationConfig>();
    all.addAll(map.list("webhook_configs", value -> webhook(value.asMap())));
    all.addAll(map.list("email_configs", value -> email(value.asMap())));
    all.addAll(map.list("slack_configs", value -> slack(value.asMap())));
    all.addAll(map.list("pagerduty_configs", value -> incidents.pagerDuty(value.asMap())));
    all.addAll(map.list("opsgenie_configs", value -> incidents.opsGenie(value.asMap())));
    all.addAll(map.list("telegram_configs", value -> chats.telegram(value.asMap())));
    all.addAll(map.list("discord_configs", value -> chats.discord(value.asMap())));
    all.addAll(map.list("msteams_configs", value -> chats.msTeams(value.asMap())));
    all.addAll(map.list("msteamsv2_configs", value -> chats.msTeamsV2(value.asMap())));
    all.addAll(map.list("wechat_configs", value -> chats.weChat(value.asMap())));
    all.addAll(map.list("pushover_configs", value -> chats.pushover(value.asMap())));
    var receiver = new ReceiverConfig(name, all);
    map.finish();
    return receiver;
  }

  private WebhookConfig webhook(YamlMap map) {
    map.unsupported("payload", "the body is Alertmanager's version 4");
    SecretSource url = secrets.readUrl(map, "url");
    if (!url.isSet()) {
      throw map.error("one of url or url_file must be given");
    }
    int maxAlerts = map.integer("max_alerts", 0);
    if (maxAlerts < 0) {
      throw map.require("max_alerts").error("must not be negative");
    }
    var webhook =
        new WebhookConfig(
            map.bool("send_resolved", true),
            http.read(map, global.http()),
            url,
            maxAlerts,
            map.duration("timeout", Duration.ZERO));
    map.finish();
    return webhook;
  }

  private EmailConfig email(YamlMap map) {
    map.unsupported("threading", "mails of a group are always one thread");
    SmtpDefaults smtp = global.smtp();
    String to = map.string("to", "");
    if (to.isEmpty()) {
      throw map.missing("to", "missing to address in email config");
    }
    HostPort smarthost = map.get("smarthost").map(ConfigReader::hostPort).orElse(smtp.smarthost());
    if (smarthost == null) {
      throw map.error("no smarthost and no global smtp_smarthost is set");
    }
    String from = map.string("from", smtp.from());
    if (from.isEmpty()) {
      throw map.error("no from and no global smtp_from is set");
    }
    SecretSource password = secrets.read(map, "auth_password");
    SecretSource secret = secrets.read(map, "auth_secret");
    var email =
        new EmailConfig(
            map.bool("send_resolved", false),
            to,
            from,
            map.string("hello", smtp.hello()),
            smarthost,
            map.string("auth_username", smtp.authUsername()),
            password.isSet() ? password : smtp.authPassword(),
            secret.isSet() ? secret : smtp.authSecret(),
            map.string("auth_identity", smtp.authIdentity()),
            headers(map),
            map.string("html", EmailConfig.DEFAULT_HTML),
            map.string("text", ""),
            map.bool("require_tls", smtp.requireTls()),
            map.has("force_implicit_tls")
                ? map.get("force_implicit_tls").map(YamlValue::asBoolean).orElse(null)
                : smtp.forceImplicitTls(),
            map.has("tls_config") ? http.readTls(map, "tls_config") : smtp.tls());
    map.finish();
    return email;
  }

  private static Map<String, String> headers(YamlMap map) {
    var headers = new LinkedHashMap<String, String>();
    map.get("headers")
        .map(YamlValue::asMap)
        .ifPresent(
            given -> {
              for (String key : given.keys()) {
                String name = canonical(key);
                if (headers.put(name, given.string(key, "")) != null) {
                  throw given.error("the header " + Quoted.of(name) + " is given twice");
                }
              }
            });
    return headers;
  }

  /// `x-my-header` as `X-My-Header`.
  private static String canonical(String header) {
    var text = new StringBuilder(header.length());
    boolean upper = true;
    for (int i = 0; i < header.length(); i++) {
      String letter = header.substring(i, i + 1);
      text.append(upper ? letter.toUpperCase(Locale.ROOT) : letter.toLowerCase(Locale.ROOT));
      upper = letter.equals("-");
    }
    return text.toString();
  }

  private SlackConfig slack(YamlMap map) {
    for (String key : List.of("app_token", "app_token_file", "app_url", "update_message")) {
      map.unsupported(key, "Pharos sends to Slack by incoming webhook (api_url) only yet");
    }
    map.unsupported("message_text", "not yet in Pharos; use text or fallback");
    SecretSource own = secrets.readUrl(map, "api_url");
    SecretSource apiUrl = own.isSet() ? own : global.services().slackApiUrl();
    if (!apiUrl.isSet()) {
      throw map.error("no api_url and no global slack_api_url or slack_api_url_file is set");
    }
    boolean shortFields = map.bool("short_fields", false);
    var slack =
        new SlackConfig(
            map.bool("send_resolved", false),
            http.read(map, global.http()),
            apiUrl,
            map.string("channel", ""),
            map.string("username", "{{ template \"slack.default.username\" . }}"),
            map.string("color", "{{ if eq .Status \"firing\" }}danger{{ else }}good{{ end }}"),
            map.string("title", "{{ template \"slack.default.title\" . }}"),
            map.string("title_link", "{{ template \"slack.default.titlelink\" . }}"),
            map.string("pretext", "{{ template \"slack.default.pretext\" . }}"),
            map.string("text", "{{ template \"slack.default.text\" . }}"),
            map.list("fields", value -> field(value.asMap(), shortFields)),
            shortFields,
            map.string("footer", "{{ template \"slack.default.footer\" . }}"),
            map.string("fallback", "{{ template \"slack.default.fallback\" . }}"),
            map.string("callback_id", "{{ template \"slack.default.callbackid\" . }}"),
            map.string("icon_emoji", "{{ template \"slack.default.iconemoji\" . }}"),
            map.string("icon_url", "{{ template \"slack.default.iconurl\" . }}"),
            map.string("image_url", ""),
            map.string("thumb_url", ""),
            map.bool("link_names", false),
            map.strings("mrkdwn_in"),
            map.list("actions", value -> action(value.asMap())),
            map.duration("timeout", Duration.ZERO));
    map.finish();
    return slack;
  }

  private static SlackConfig.Field field(YamlMap map, boolean shortFields) {
    var field =
        new SlackConfig.Field(
            required(map, "title", "Slack field"),
            required(map, "value", "Slack field"),
            map.bool("short", shortFields));
    map.finish();
    return field;
  }

  private static SlackConfig.Action action(YamlMap map) {
    var action =
        new SlackConfig.Action(
            required(map, "type", "Slack action"),
            required(map, "text", "Slack action"),
            map.string("url", ""),
            map.string("style", ""),
            map.string("name", ""),
            map.string("value", ""),
            map.get("confirm").map(value -> confirmation(value.asMap())).orElse(null));
    if (action.url().isEmpty() && action.name().isEmpty()) {
      throw map.error("missing name or url in Slack action");
    }
    map.finish();
    return action;
  }

  private static SlackConfig.Confirmation confirmation(YamlMap map) {
    var confirmation =
        new SlackConfig.Confirmation(
            required(map, "text", "Slack confirmation"),
            map.string("title", ""),
            map.string("ok_text", ""),
            map.string("dismiss_text", ""));
    map.finish();
    return confirmation;
  }

  private static String required(YamlMap map, String key, String what) {
    String text = map.string(key, "");
    if (text.isEmpty()) {
      throw map.missing(key, "missing " + key + " in " + what);
    }
    return text;
  }
}
