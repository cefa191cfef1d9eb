package io.pharos.config.alertmanager;

import static java.util.Objects.requireNonNull;

import io.pharos.config.http.HttpOptions;
import io.pharos.config.http.SecretSource;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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

  @Override
  public String type() {
    return "opsgenie";
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
  public record Responder(String id, String name, String username, String type) {}
}
