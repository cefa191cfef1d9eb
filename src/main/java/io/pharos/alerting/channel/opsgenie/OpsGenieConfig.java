package io.pharos.alerting.channel.opsgenie;

import static java.util.Objects.requireNonNull;

import io.pharos.config.alertmanager.ConfigSection;
import io.pharos.config.alertmanager.IntegrationConfig;
import io.pharos.config.alertmanager.KeyReader;
import io.pharos.config.http.HttpOptions;
import io.pharos.config.http.SecretSource;
import io.pharos.config.yaml.YamlMap;
import io.pharos.model.Quoted;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/// An alert of Opsgenie (`opsgenie_configs`). Texts are templates.
///
/// @param apiUrl with a slash at its end
/// @param details beside the common labels, and over them
/// @param updateAlerts write message and description of an open alert anew at every notification
public record OpsGenieConfig(
    boolean sendResolved,
    HttpOptions http,
    SecretSource apiKey,
    String apiUrl,
    String message,
    String description,
    String source,
    SortedMap<String, String> details,
    String entity,
    List<Responder> responders,
    String actions,
    String tags,
    String note,
    String priority,
    boolean updateAlerts)
    implements IntegrationConfig {
  /// The message where the file has none.
  public static final String DEFAULT_MESSAGE = "{{ template \"opsgenie.default.message\" . }}";

  /// The description where the file has none.
  public static final String DEFAULT_DESCRIPTION =
      "{{ template \"opsgenie.default.description\" . }}";

  /// The source where the file has none.
  public static final String DEFAULT_SOURCE = "{{ template \"opsgenie.default.source\" . }}";

  public OpsGenieConfig {
    requireNonNull(http, "http is null");
    requireNonNull(apiKey, "apiKey is null");
    requireNonNull(apiUrl, "apiUrl is null");
    details = Collections.unmodifiableSortedMap(new TreeMap<>(details));
    responders = List.copyOf(responders);
  }

  static OpsGenieConfig read(KeyReader keys, String defaultUrl, SecretSource defaultKey) {
    YamlMap map = keys.map();
    SecretSource own = keys.secret("api_key");
    SecretSource key = own.isSet() ? own : defaultKey;
    if (!key.isSet()) {
      throw map.error("no api_key and no global opsgenie_api_key or opsgenie_api_key_file is set");
    }
    return new OpsGenieConfig(
        keys.sendResolved(true),
        keys.http(),
        key,
        keys.folderUrl("api_url", defaultUrl),
        map.string("message", DEFAULT_MESSAGE),
        map.string("description", DEFAULT_DESCRIPTION),
        map.string("source", DEFAULT_SOURCE),
        new TreeMap<>(map.stringMap("details")),
        map.string("entity", ""),
        map.list("responders", value -> Responder.read(value.asMap())),
        map.string("actions", ""),
        map.string("tags", ""),
        map.string("note", ""),
        map.string("priority", ""),
        map.bool("update_alerts", false));
  }

  @Override
  public void print(ConfigSection section) {
    section
        .putCommon(sendResolved, http)
        .putSecret("api_key", apiKey)
        .put("api_url", apiUrl)
        .put("message", message)
        .put("description", description)
        .put("source", source)
        .putMap("details", new LinkedHashMap<>(details))
        .putText("entity", entity)
        .putEach("responders", responders, (one, responder) -> responder.print(one))
        .putText("actions", actions)
        .putText("tags", tags)
        .putText("note", note)
        .putText("priority", priority)
        .put("update_alerts", updateAlerts);
  }

  @Override
  public OpsGenieChannel kind() {
    return OpsGenieChannel.INSTANCE;
  }

  @Override
  public Map<String, String> templates() {
    var texts = new LinkedHashMap<String, String>();
    texts.put("message", message);
    texts.put("description", description);
    texts.put("source", source);
    details.forEach((name, text) -> texts.put("details." + name, text));
    texts.put("entity", entity);
    texts.put("actions", actions);
    texts.put("tags", tags);
    texts.put("note", note);
    texts.put("priority", priority);
    for (int i = 0; i < responders.size(); i++) {
      Responder responder = responders.get(i);
      texts.put("responders[" + i + "].id", responder.id());
      texts.put("responders[" + i + "].name", responder.name());
      texts.put("responders[" + i + "].username", responder.username());
      texts.put("responders[" + i + "].type", responder.type());
    }
    return texts;
  }

  /// Who is to answer. One that comes out empty is left out; type `teams` stands for one team for
  /// each name between commas.
  ///
  /// @param type `team`, `teams`, `user`, `escalation`, `schedule`, or a template
  public record Responder(String id, String name, String username, String type) {
    private static final Set<String> TYPES =
        Set.of("team", "teams", "user", "escalation", "schedule");

    private static Responder read(YamlMap map) {
      var responder =
          new Responder(
              map.string("id", ""),
              map.string("name", ""),
              map.string("username", ""),
              map.string("type", ""));
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
      map.finish();
      return responder;
    }

    private void print(ConfigSection section) {
      section
          .putText("id", id)
          .putText("name", name)
          .putText("username", username)
          .putText("type", type);
    }
  }
}
