package io.pharos.alerting.channel.opsgenie;

import io.pharos.alerting.channel.HttpCall;
import io.pharos.alerting.channel.Json;
import io.pharos.alerting.message.Markup;
import io.pharos.alerting.message.MessageDraft;
import io.pharos.alerting.message.TextTruncation;
import io.pharos.template.value.GoJson;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.Stream;

/// The requests of one notification, with exactly Alertmanager's keys: one that opens the alert
/// (Opsgenie counts repetitions), optionally two that update its texts, or one that closes it. If
/// message and description are the defaults, the description is the built-in text.
record OpsGenieRequests(OpsGenieConfig config, MessageDraft draft) {
  private static final int MESSAGE = 130;
  private static final int DESCRIPTION = 15_000;

  List<HttpCall> all() {
    String alias = draft.notification().groupHash();
    String place = config.apiUrl() + "v2/alerts";
    if (!draft.message().firing()) {
      String source = draft.text("source", config.source());
      return List.of(
          HttpCall.post(
              place + "/" + alias + "/close?identifierType=alias",
              GoJson.write(Json.object().with("source", source))));
    }
    String headline = draft.message().headline();
    String title =
        TextTruncation.to(
            MESSAGE,
            draft.isBuiltIn(config.message(), OpsGenieConfig.DEFAULT_MESSAGE)
                ? headline
                : draft
                    .made("message", config.message())
                    .filter(text -> !text.isBlank())
                    .orElse(headline));
    Json create = create(alias, title);
    String description = TextTruncation.to(DESCRIPTION, description());
    create.with("description", description);
    create.remove("description", "");
    var calls = new ArrayList<HttpCall>();
    calls.add(HttpCall.post(place, GoJson.write(create)));
    if (config.updateAlerts()) {
      calls.add(update(place + "/" + alias, "message", title));
      calls.add(update(place + "/" + alias, "description", description));
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
        // In Alertmanager's order; the text is added after all templates have run, because it lists
        // those that failed.
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
    String builtIn = draft.in(Markup.PLAIN).body(DESCRIPTION, true);
    boolean asConfigured =
        !draft.isBuiltIn(config.message(), OpsGenieConfig.DEFAULT_MESSAGE)
            || !draft.isBuiltIn(config.description(), OpsGenieConfig.DEFAULT_DESCRIPTION);
    String description =
        asConfigured ? draft.made("description", config.description()).orElse(builtIn) : builtIn;
    List<String> notes = draft.notes(Markup.PLAIN);
    return notes.isEmpty() ? description : String.join("\n", notes) + "\n" + description;
  }

  private List<Json> responders() {
    var responders = new ArrayList<Json>();
    for (OpsGenieConfig.Responder responder : config.responders()) {
      String type = draft.text("responder type", responder.type());
      String name = draft.text("responder name", responder.name());
      Json json =
          Json.object()
              .withText("id", draft.text("responder id", responder.id()))
              .withText("name", name)
              .withText("username", draft.text("responder username", responder.username()));
      if (type.equals("teams")) {
        split(name)
            .forEach(team -> responders.add(Json.object().with("name", team).with("type", "team")));
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
