package io.pharos.alerting.notify.opsgenie;

import io.pharos.alerting.notify.Notification;
import io.pharos.alerting.notify.message.Clip;
import io.pharos.alerting.notify.message.GroupHash;
import io.pharos.alerting.notify.message.HttpCall;
import io.pharos.alerting.notify.message.Markup;
import io.pharos.alerting.notify.message.Message;
import io.pharos.alerting.notify.message.MessageComposer;
import io.pharos.alerting.notify.message.MessageTemplates;
import io.pharos.alerting.notify.message.MessageText;
import io.pharos.alerting.notify.message.TemplateRun;
import io.pharos.template.GoJson;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/// The requests for one notification, key by key what Alertmanager sends: one that opens the alert
/// (Opsgenie counts those that follow), on demand two that write its texts anew, or one that closes
/// it. Where the configuration leaves message and description at their defaults, the description is
/// the built-in text.
final class OpsGenieRequests {
  private static final int MESSAGE = 130;
  private static final int DESCRIPTION = 15_000;

  private final OpsGenieConfig config;
  private final MessageTemplates templates;
  private final MessageComposer composer;

  OpsGenieRequests(OpsGenieConfig config, MessageTemplates templates, MessageComposer composer) {
    this.config = config;
    this.templates = templates;
    this.composer = composer;
  }

  List<HttpCall> of(Notification notification) {
    Message message = composer.compose(notification);
    var run = new TemplateRun(templates, notification, message.times());
    String alias = GroupHash.of(notification.groupKey());
    String place = config.apiUrl() + "v2/alerts";
    if (!message.firing()) {
      return List.of(
          HttpCall.post(
              place + "/" + alias + "/close?identifierType=alias",
              json("source", text(run, "source", config.source()))));
    }
    String title =
        Clip.to(
            MESSAGE,
            templates.isBuiltIn(config.message(), OpsGenieConfig.DEFAULT_MESSAGE)
                ? message.headline()
                : run.text("opsgenie message", config.message())
                    .filter(text -> !text.isBlank())
                    .orElse(message.headline()));
    Map<String, Object> create = create(run, notification, alias, title);
    String description = Clip.to(DESCRIPTION, description(run, message));
    create.put("description", description);
    create.remove("description", "");
    var calls = new ArrayList<HttpCall>();
    calls.add(HttpCall.post(place, GoJson.write(create)));
    if (config.updateAlerts()) {
      calls.add(
          HttpCall.put(
              place + "/" + alias + "/message?identifierType=alias", json("message", title)));
      calls.add(
          HttpCall.put(
              place + "/" + alias + "/description?identifierType=alias",
              json("description", description)));
    }
    return calls;
  }

  private Map<String, Object> create(
      TemplateRun run, Notification notification, String alias, String title) {
    var details = new TreeMap<String, Object>(notification.commonLabels().toMap());
    config
        .details()
        .forEach((name, template) -> details.put(name, text(run, "details " + name, template)));
    var create = new LinkedHashMap<String, Object>();
    create.put("alias", alias);
    create.put("message", title);
    // In Alertmanager's order; the text comes when all templates are run, to tell which failed.
    create.put("description", "");
    create.put("details", details);
    create.put("source", text(run, "source", config.source()));
    putAll(create, "responders", responders(run));
    putAll(create, "tags", split(text(run, "tags", config.tags())));
    put(create, "note", text(run, "note", config.note()));
    put(create, "priority", text(run, "priority", config.priority()));
    put(create, "entity", text(run, "entity", config.entity()));
    putAll(create, "actions", split(text(run, "actions", config.actions())));
    return create;
  }

  private String description(TemplateRun run, Message message) {
    var text = new MessageText(message, Markup.PLAIN);
    String builtIn = text.body(DESCRIPTION, true);
    boolean asConfigured =
        !templates.isBuiltIn(config.message(), OpsGenieConfig.DEFAULT_MESSAGE)
            || !templates.isBuiltIn(config.description(), OpsGenieConfig.DEFAULT_DESCRIPTION);
    String description =
        asConfigured
            ? run.text("opsgenie description", config.description()).orElse(builtIn)
            : builtIn;
    List<String> notes = text.notes(run.failures());
    return notes.isEmpty() ? description : String.join("\n", notes) + "\n" + description;
  }

  private List<Object> responders(TemplateRun run) {
    var responders = new ArrayList<>();
    for (OpsGenieConfig.Responder responder : config.responders()) {
      String type = text(run, "responder type", responder.type());
      var json = new LinkedHashMap<String, Object>();
      put(json, "id", text(run, "responder id", responder.id()));
      put(json, "name", text(run, "responder name", responder.name()));
      put(json, "username", text(run, "responder username", responder.username()));
      if (type.equals("teams")) {
        for (String team : split(text(run, "responder name", responder.name()))) {
          responders.add(team(team));
        }
      } else if (!json.isEmpty() || !type.isEmpty()) {
        json.put("type", type);
        responders.add(json);
      }
    }
    return responders;
  }

  private static Map<String, Object> team(String name) {
    var json = new LinkedHashMap<String, Object>();
    json.put("name", name);
    json.put("type", "team");
    return json;
  }

  private static List<String> split(String text) {
    return Stream.of(text.strip().split(",", -1)).filter(part -> !part.isEmpty()).toList();
  }

  private static String text(TemplateRun run, String name, String template) {
    return run.text("opsgenie " + name, template).orElse("");
  }

  private static String json(String key, String value) {
    return GoJson.write(value.isEmpty() && !key.equals("source") ? Map.of() : Map.of(key, value));
  }

  private static void put(Map<String, Object> json, String key, String value) {
    if (!value.isEmpty()) {
      json.put(key, value);
    }
  }

  private static void putAll(Map<String, Object> json, String key, List<?> values) {
    if (!values.isEmpty()) {
      json.put(key, values);
    }
  }
}
