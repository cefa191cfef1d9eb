package io.pharos.alerting.notify.msteams;

import io.pharos.alerting.notify.Notification;
import io.pharos.alerting.notify.NotifiedAlert;
import io.pharos.alerting.notify.message.Clip;
import io.pharos.alerting.notify.message.Message;
import io.pharos.alerting.notify.message.MessageComposer;
import io.pharos.alerting.notify.message.MessageTemplates;
import io.pharos.alerting.notify.message.MessageText;
import io.pharos.alerting.notify.message.TemplateRun;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The JSON of a message card. Where the configuration leaves all texts at their defaults, the
/// built-in message stands there with facts and buttons; else the templates say everything.
final class MsTeamsMessage {
  private static final int TEXT = 20_000;
  private static final String RED = "8C1A1A";
  private static final String GREEN = "2DC72D";

  private final MsTeamsConfig config;
  private final MessageTemplates templates;
  private final MessageComposer composer;

  MsTeamsMessage(MsTeamsConfig config, MessageTemplates templates, MessageComposer composer) {
    this.config = config;
    this.templates = templates;
    this.composer = composer;
  }

  Map<String, Object> payload(Notification notification) {
    Message message = composer.compose(notification);
    var run = new TemplateRun(templates, notification, message.times());
    boolean builtIn =
        templates.isBuiltIn(config.title(), MsTeamsConfig.DEFAULT_TITLE)
            && templates.isBuiltIn(config.summary(), MsTeamsConfig.DEFAULT_SUMMARY)
            && templates.isBuiltIn(config.text(), MsTeamsConfig.DEFAULT_TEXT);
    var card = new LinkedHashMap<String, Object>();
    card.put("@context", "http://schema.org/extensions");
    // Connectors name it with the sign; Alertmanager writes it without, and they take that too.
    card.put(builtIn ? "@type" : "type", "MessageCard");
    return builtIn ? builtIn(card, message) : templated(card, notification, message, run);
  }

  private Map<String, Object> templated(
      Map<String, Object> card, Notification notification, Message message, TemplateRun run) {
    var text = new MessageText(message, TeamsMarkdown.INSTANCE);
    card.put("title", run.text("msteams title", config.title()).orElse(MessageText.title(message)));
    card.put("summary", run.text("msteams summary", config.summary()).orElse(message.headline()));
    String body =
        run.text("msteams text", config.text())
            .orElseGet(() -> text.body(TEXT, true).replace("\n", "\n\n"));
    List<String> notes = text.notes(run.failures());
    card.put(
        "text", Clip.to(TEXT, body) + (notes.isEmpty() ? "" : "\n\n" + String.join("\n\n", notes)));
    card.put("themeColor", notification.status() == NotifiedAlert.Status.FIRING ? RED : GREEN);
    return card;
  }

  private static Map<String, Object> builtIn(Map<String, Object> card, Message message) {
    var text = new MessageText(message, TeamsMarkdown.INSTANCE);
    card.put("title", TeamsMarkdown.INSTANCE.escape(MessageText.title(message)));
    card.put("summary", message.headline());
    card.put("text", text.story());
    card.put("themeColor", message.color().substring(1));
    var facts = new ArrayList<>();
    for (MessageText.Fact fact : MessageText.facts(message)) {
      var json = new LinkedHashMap<String, Object>();
      json.put("name", fact.name());
      json.put("value", TeamsMarkdown.INSTANCE.escape(fact.value()));
      facts.add(json);
    }
    var lines = new ArrayList<>(text.details());
    lines.addAll(text.notes(List.of()));
    lines.add(TeamsMarkdown.INSTANCE.escape(message.whySent()));
    lines.add(TeamsMarkdown.INSTANCE.escape(message.delivery()));
    card.put(
        "sections",
        List.of(
            Map.of("facts", facts),
            Map.of("text", MessageText.fitting(lines, TEXT).replace("\n", "\n\n"))));
    var actions = new ArrayList<>();
    for (Message.Link link : message.links()) {
      var action = new LinkedHashMap<String, Object>();
      action.put("@type", "OpenUri");
      action.put("name", link.kind().label().in(message.language()));
      var target = new LinkedHashMap<String, Object>();
      target.put("os", "default");
      target.put("uri", link.url());
      action.put("targets", List.of(target));
      actions.add(action);
    }
    card.put("potentialAction", actions);
    return card;
  }
}
