package io.pharos.alerting.channel.opsgenie;

import com.fasterxml.jackson.databind.JsonNode;
import io.pharos.alerting.channel.Channel;
import io.pharos.alerting.channel.ChannelTools;
import io.pharos.alerting.channel.ConfigKeys;
import io.pharos.alerting.channel.ConfigKeys.Text;
import io.pharos.alerting.channel.HttpCall;
import io.pharos.alerting.channel.HttpPoster;
import io.pharos.alerting.channel.Json;
import io.pharos.alerting.mailbox.ChatPreview;
import io.pharos.alerting.mailbox.ChatPreview.Style;
import io.pharos.alerting.mailbox.ChatText;
import io.pharos.alerting.message.Markup;
import io.pharos.alerting.message.MessageDraft;
import io.pharos.alerting.message.TextLimit;
import io.pharos.alerting.pipeline.Notifier;
import io.pharos.alerting.pipeline.NotifyResult;
import io.pharos.config.alertmanager.IntegrationDefaults;
import io.pharos.config.alertmanager.KeyReader;
import io.pharos.config.http.HttpOptions;
import io.pharos.config.http.SecretSource;
import io.pharos.config.yaml.YamlMap;
import io.pharos.model.Quoted;
import io.pharos.template.value.GoJson;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/// Configuration of alerts in Opsgenie (`opsgenie_configs`). For each alert group, one Opsgenie
/// alert is opened while any alert of the group fires, and closed afterwards. The alias of the
/// Opsgenie alert identifies the group.
///
/// @param apiUrl base URL of the API, with a slash at its end
/// @param details details that are added to the common labels and override them
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
  /// The channel that this record configures.
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
    SecretSource ownKey = keys.secret("api_key");
    SecretSource key = ownKey.isSet() ? ownKey : defaultKey;
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
          var requests = new Requests(this, tools.draft(this, notification));
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

  /// A responder of an alert. It is skipped if all its texts expand to empty texts. The type
  /// `teams` adds one team for each comma-separated name.
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
            ("unknown type %s of an Opsgenie responder, expected team, teams, user, escalation,"
                    + " schedule or a template")
                .formatted(Quoted.of(type)));
      }
      return responder;
    }
  }

  /// The requests of one notification, with exactly Alertmanager's keys. While the group fires, one
  /// request opens the Opsgenie alert (Opsgenie counts repetitions), and two optional requests
  /// update its message and description. Once the group is resolved, one request closes it.
  ///
  /// If message and description are the defaults, the description is the built-in text.
  record Requests(OpsGenieConfig config, MessageDraft draft) {
    private static final int MAX_MESSAGE = 130;
    private static final int MAX_DESCRIPTION = 15_000;

    List<HttpCall> all() {
      String alias = draft.notification().groupHash();
      String alertsUrl = config.apiUrl() + "v2/alerts";
      if (!draft.message().firing()) {
        String source = draft.text("source", config.source());
        return List.of(
            HttpCall.post(
                alertsUrl + "/" + alias + "/close?identifierType=alias",
                GoJson.write(Json.object().with("source", source))));
      }
      String headline = draft.message().headline();
      String title =
          TextLimit.to(
              MAX_MESSAGE,
              draft.isBuiltIn(config.message(), DEFAULT_MESSAGE)
                  ? headline
                  : draft
                      .expand("message", config.message())
                      .filter(text -> !text.isBlank())
                      .orElse(headline));
      Json create = create(alias, title);
      String description = TextLimit.to(MAX_DESCRIPTION, description());
      create.with("description", description);
      create.remove("description", "");
      var calls = new ArrayList<HttpCall>();
      calls.add(HttpCall.post(alertsUrl, GoJson.write(create)));
      if (config.updateAlerts()) {
        calls.add(update(alertsUrl + "/" + alias, "message", title));
        calls.add(update(alertsUrl + "/" + alias, "description", description));
      }
      return calls;
    }

    private static HttpCall update(String alert, String key, String value) {
      return HttpCall.put(
          alert + "/" + key + "?identifierType=alias",
          GoJson.write(Json.object().withText(key, value)));
    }

    private Json create(String alias, String title) {
      var details = new TreeMap<String, Object>(draft.notification().commonLabels().toMap());
      config
          .details()
          .forEach((name, template) -> details.put(name, draft.text("details " + name, template)));
      return Json.object()
          .with("alias", alias)
          .with("message", title)
          // The description has the same position as in Alertmanager's JSON. Its text is set after
          // all templates have been expanded, because it lists the templates that failed.
          .with("description", "")
          .with("details", details)
          .with("source", draft.text("source", config.source()))
          .withAll("responders", responders())
          .withAll("tags", split(draft.text("tags", config.tags())))
          .withText("note", draft.text("note", config.note()))
          .withText("priority", draft.text("priority", config.priority()))
          .withText("entity", draft.text("entity", config.entity()))
          .withAll("actions", split(draft.text("actions", config.actions())));
    }

    private String description() {
      String builtIn = draft.in(Markup.PLAIN).body(MAX_DESCRIPTION, true);
      boolean asConfigured =
          !draft.isBuiltIn(config.message(), DEFAULT_MESSAGE)
              || !draft.isBuiltIn(config.description(), DEFAULT_DESCRIPTION);
      String description =
          asConfigured
              ? draft.expand("description", config.description()).orElse(builtIn)
              : builtIn;
      List<String> notes = draft.notes(Markup.PLAIN);
      return notes.isEmpty() ? description : String.join("\n", notes) + "\n" + description;
    }

    private List<Json> responders() {
      var responders = new ArrayList<Json>();
      for (Responder responder : config.responders()) {
        String type = draft.text("responder type", responder.type());
        String name = draft.text("responder name", responder.name());
        Json json =
            Json.object()
                .withText("id", draft.text("responder id", responder.id()))
                .withText("name", name)
                .withText("username", draft.text("responder username", responder.username()));
        if (type.equals("teams")) {
          split(name)
              .forEach(
                  team -> responders.add(Json.object().with("name", team).with("type", "team")));
        } else if (!json.isEmpty() || !type.isEmpty()) {
          responders.add(json.with("type", type));
        }
      }
      return responders;
    }

    private static List<String> split(String text) {
      return Stream.of(text.strip().split(",", -1)).filter(part -> !part.isEmpty()).toList();
    }
  }
}
