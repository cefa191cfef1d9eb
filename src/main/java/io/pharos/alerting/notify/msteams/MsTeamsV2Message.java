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

/// The JSON of a message with an adaptive card. Where the configuration leaves both texts at their
/// defaults, the built-in message stands there with facts and buttons; else the templates say
/// everything.
final class MsTeamsV2Message {
  private static final int TEXT = 20_000;

  private final MsTeamsV2Config config;
  private final MessageTemplates templates;
  private final MessageComposer composer;

  MsTeamsV2Message(MsTeamsV2Config config, MessageTemplates templates, MessageComposer composer) {
    this.config = config;
    this.templates = templates;
    this.composer = composer;
  }

  Map<String, Object> payload(Notification notification) {
    Message message = composer.compose(notification);
    var run = new TemplateRun(templates, notification, message.times());
    boolean builtIn =
        templates.isBuiltIn(config.title(), MsTeamsV2Config.DEFAULT_TITLE)
            && templates.isBuiltIn(config.text(), MsTeamsV2Config.DEFAULT_TEXT);
    boolean firing = notification.status() == NotifiedAlert.Status.FIRING;
    var body = new ArrayList<>();
    var content = new LinkedHashMap<String, Object>();
    content.put("$schema", "http://adaptivecards.io/schemas/adaptive-card.json");
    content.put("type", "AdaptiveCard");
    content.put("version", "1.2");
    content.put("body", body);
    content.put("msteams", Map.of("width", "full"));
    if (builtIn) {
      builtIn(message, firing, body);
      content.put("actions", buttons(message));
    } else {
      templated(message, run, firing, body);
    }
    var attachment = new LinkedHashMap<String, Object>();
    attachment.put("contentType", "application/vnd.microsoft.card.adaptive");
    attachment.put("contentUrl", null);
    attachment.put("content", content);
    var payload = new LinkedHashMap<String, Object>();
    payload.put("type", "message");
    payload.put("attachments", List.of(attachment));
    return payload;
  }

  private void templated(Message message, TemplateRun run, boolean firing, List<Object> body) {
    var text = new MessageText(message, TeamsMarkdown.INSTANCE);
    String title = run.text("msteamsv2 title", config.title()).orElse(MessageText.title(message));
    String given =
        run.text("msteamsv2 text", config.text())
            .orElseGet(() -> text.body(TEXT, true).replace("\n", "\n\n"));
    body.add(heading(title, firing));
    body.add(block(Clip.to(TEXT, given)));
    text.notes(run.failures()).forEach(note -> body.add(block(note)));
  }

  private static void builtIn(Message message, boolean firing, List<Object> body) {
    var text = new MessageText(message, TeamsMarkdown.INSTANCE);
    body.add(heading(TeamsMarkdown.INSTANCE.escape(MessageText.title(message)), firing));
    if (!text.story().isEmpty()) {
      body.add(block(text.story()));
    }
    var facts = new ArrayList<>();
    for (MessageText.Fact fact : MessageText.facts(message)) {
      var json = new LinkedHashMap<String, Object>();
      json.put("title", fact.name());
      json.put("value", TeamsMarkdown.INSTANCE.escape(fact.value()));
      facts.add(json);
    }
    var set = new LinkedHashMap<String, Object>();
    set.put("type", "FactSet");
    set.put("facts", facts);
    body.add(set);
    text.details().forEach(line -> body.add(block(line)));
    text.notes(List.of()).forEach(line -> body.add(block(line)));
    Map<String, Object> footer =
        block(TeamsMarkdown.INSTANCE.escape(message.whySent() + " · " + message.delivery()));
    footer.put("isSubtle", true);
    footer.put("size", "Small");
    body.add(footer);
  }

  private static Map<String, Object> heading(String text, boolean firing) {
    var block = new LinkedHashMap<String, Object>();
    block.put("type", "TextBlock");
    block.put("text", text);
    block.put("weight", "Bolder");
    block.put("size", "Medium");
    block.put("wrap", true);
    block.put("style", "heading");
    block.put("color", firing ? "Attention" : "Good");
    return block;
  }

  private static Map<String, Object> block(String text) {
    var block = new LinkedHashMap<String, Object>();
    block.put("type", "TextBlock");
    block.put("text", text);
    block.put("wrap", true);
    return block;
  }

  private static List<Object> buttons(Message message) {
    var buttons = new ArrayList<>();
    for (Message.Link link : message.links()) {
      var button = new LinkedHashMap<String, Object>();
      button.put("type", "Action.OpenUrl");
      button.put("title", link.kind().label().in(message.language()));
      button.put("url", link.url());
      buttons.add(button);
    }
    return buttons;
  }
}
