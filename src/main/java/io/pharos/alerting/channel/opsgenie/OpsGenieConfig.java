package io.pharos.alerting.channel.opsgenie;

import com.fasterxml.jackson.databind.JsonNode;
import io.pharos.alerting.channel.Channel;
import io.pharos.alerting.channel.ChannelTools;
import io.pharos.alerting.channel.ConfigKeys;
import io.pharos.alerting.channel.ConfigKeys.Text;
import io.pharos.alerting.channel.HttpCall;
import io.pharos.alerting.channel.HttpPoster;
import io.pharos.alerting.mailbox.ChatPreview;
import io.pharos.alerting.mailbox.ChatPreview.Style;
import io.pharos.alerting.mailbox.ChatText;
import io.pharos.alerting.pipeline.Notifier;
import io.pharos.alerting.pipeline.NotifyResult;
import io.pharos.config.alertmanager.IntegrationDefaults;
import io.pharos.config.alertmanager.KeyReader;
import io.pharos.config.http.HttpOptions;
import io.pharos.config.http.SecretSource;
import io.pharos.config.yaml.YamlMap;
import io.pharos.model.Quoted;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/// An alert of Opsgenie (`opsgenie_configs`), opened while any alert fires and closed afterwards,
/// with one alias per group.
///
/// @param apiUrl with a slash at its end
/// @param details added to the common labels, which they override
/// @param updateAlerts whether each notification updates message and description of an open alert
public record OpsGenieConfig(
    boolean sendResolved,
    HttpOptions http,
    SecretSource apiKey,
    String apiUrl,
    @Text(DEFAULT_MESSAGE) String message,
    @Text(DEFAULT_DESCRIPTION) String description,
    @Text(DEFAULT_SOURCE) String source,
    @Text SortedMap<String, String> details,
    @Text String entity,
    @Text List<Responder> responders,
    @Text String actions,
    @Text String tags,
    @Text String note,
    @Text String priority,
    boolean updateAlerts)
    implements Channel.Config {
  /// The channel.
  public static final Channel CHANNEL =
      Channel.withGlobals("opsgenie", OpsGenieConfig::globals, OpsGenieConfig::preview)
          .openingIncidents();

  static final String DEFAULT_MESSAGE = "{{ template \"opsgenie.default.message\" . }}";
  static final String DEFAULT_DESCRIPTION = "{{ template \"opsgenie.default.description\" . }}";
  static final String DEFAULT_SOURCE = "{{ template \"opsgenie.default.source\" . }}";

  public OpsGenieConfig {
    details = Collections.unmodifiableSortedMap(new TreeMap<>(details));
    responders = List.copyOf(responders);
  }

  private static IntegrationDefaults globals(KeyReader global) {
    String url = global.folderUrl("opsgenie_api_url", "https://api.opsgenie.com/");
    SecretSource key = global.secret("opsgenie_api_key");
    return IntegrationDefaults.of(
        keys -> OpsGenieConfig.read(keys, url, key),
        section -> section.put("opsgenie_api_url", url).putSecret("opsgenie_api_key", key));
  }

  private static OpsGenieConfig read(KeyReader keys, String defaultUrl, SecretSource defaultKey) {
    YamlMap map = keys.map();
    SecretSource own = keys.secret("api_key");
    SecretSource key = own.isSet() ? own : defaultKey;
    if (!key.isSet()) {
      throw map.error("no api_key and no global opsgenie_api_key or opsgenie_api_key_file is set");
    }
    return ConfigKeys.read(
        OpsGenieConfig.class,
        keys,
        Map.of(
            "sendResolved", keys.sendResolved(true),
            "apiKey", key,
            "apiUrl", keys.folderUrl("api_url", defaultUrl),
            "details", new TreeMap<>(map.stringMap("details")),
            "responders", map.list("responders", value -> Responder.read(value.asMap()))));
  }

  @Override
  public Channel kind() {
    return CHANNEL;
  }

  @Override
  public Notifier notifier(ChannelTools tools) {
    return tools.calling(
        http,
        (notification, receiver) -> {
          String key = apiKey.read().orElse("");
          String authorization =
              "GenieKey " + tools.draft(this, notification).text("api_key", key).strip();
          var requests = new OpsGenieRequests(this, tools.draft(this, notification));
          NotifyResult result = new NotifyResult.Sent("");
          for (HttpCall call : requests.all()) {
            result =
                receiver
                    .call(call.withHeader("Authorization", authorization))
                    .judge(body -> new NotifyResult.Sent(HttpPoster.excerpt(body)));
            if (!(result instanceof NotifyResult.Sent)) {
              return result;
            }
          }
          return result;
        });
  }

  private static void preview(ChatPreview preview) {
    JsonNode json = preview.json();
    preview.text(Style.SMALL, ChatText.plain(json.path("priority").asText()));
    preview.text(Style.TITLE, ChatText.plain(json.path("message").asText()));
    preview.text(Style.TEXT, ChatText.plain(json.path("description").asText()));
  }

  /// A responder of an alert; left out if it expands to nothing. Type `teams` stands for one team
  /// per comma-separated name.
  ///
  /// @param type `team`, `teams`, `user`, `escalation`, `schedule`, or a template
  public record Responder(
      @Text String id, @Text String name, @Text String username, @Text String type) {
    private static final Set<String> TYPES =
        Set.of("team", "teams", "user", "escalation", "schedule");

    private static Responder read(YamlMap map) {
      Responder responder = ConfigKeys.readTexts(Responder.class, map);
      if (responder.id.isEmpty() && responder.name.isEmpty() && responder.username.isEmpty()) {
        throw map.error("an Opsgenie responder needs at least one of id, name and username");
      }
      String type = responder.type;
      if (!type.contains("{{") && !TYPES.contains(type.toLowerCase(Locale.ROOT))) {
        throw map.error(
            "unknown type "
                + Quoted.of(type)
                + " of an Opsgenie responder, expected team, teams, user, escalation, schedule or a"
                + " template");
      }
      return responder;
    }
  }
}
