package io.pharos.alerting.channel.msteams;

import io.pharos.alerting.channel.Json;
import io.pharos.alerting.message.Markup;
import io.pharos.alerting.message.Message;
import io.pharos.alerting.message.MessageDraft;
import io.pharos.alerting.message.MessageText;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// The JSON of a message with an adaptive card. If both texts are the defaults, the built-in
/// message with facts and buttons is sent; otherwise only the templates' texts.
record MsTeamsV2Message(MsTeamsV2Config config, MessageDraft draft) {
  Json payload() {
    boolean builtIn =
        draft.isBuiltIn(config.title(), MsTeamsV2Config.DEFAULT_TITLE)
            && draft.isBuiltIn(config.text(), MsTeamsV2Config.DEFAULT_TEXT);
    Json content =
        Json.object()
            .with("$schema", "http://adaptivecards.io/schemas/adaptive-card.json")
            .with("type", "AdaptiveCard")
            .with("version", "1.2")
            .with("body", builtIn ? builtIn() : templated())
            .with("msteams", Map.of("width", "full"));
    if (builtIn) {
      content.put(
          "actions",
          draft
              .message()
              .links(
                  (label, url) ->
                      Json.object()
                          .with("type", "Action.OpenUrl")
                          .with("title", label)
                          .with("url", url)));
    }
    return Json.object()
        .with("type", "message")
        .with(
            "attachments",
            List.of(
                Json.object()
                    .with("contentType", "application/vnd.microsoft.card.adaptive")
                    .with("contentUrl", null)
                    .with("content", content)));
  }

  private List<Object> templated() {
    String title = draft.made("title", config.title()).orElse(MessageText.title(draft.message()));
    String text = draft.made("text", config.text()).orElseGet(() -> MsTeamsMessage.lines(draft));
    var body = new ArrayList<Object>();
    body.add(heading(title));
    body.add(block(MsTeamsMessage.TEXT.clip(text)));
    draft.notes(MsTeamsMessage.MARKUP).forEach(note -> body.add(block(note)));
    return body;
  }

  private List<Object> builtIn() {
    Message message = draft.message();
    Markup markup = MsTeamsMessage.MARKUP;
    MessageText text = draft.in(markup);
    var body = new ArrayList<Object>();
    body.add(heading(markup.escape(MessageText.title(message))));
    if (!text.story().isEmpty()) {
      body.add(block(text.story()));
    }
    body.add(
        Json.object()
            .with("type", "FactSet")
            .with("facts", MsTeamsMessage.facts(message, "title")));
    text.details().forEach(line -> body.add(block(line)));
    text.notes(List.of()).forEach(line -> body.add(block(line)));
    Json footer = block(text.footer());
    footer.put("isSubtle", true);
    footer.put("size", "Small");
    body.add(footer);
    return body;
  }

  private Json heading(String text) {
    return Json.object()
        .with("type", "TextBlock")
        .with("text", text)
        .with("weight", "Bolder")
        .with("size", "Medium")
        .with("wrap", true)
        .with("style", "heading")
        .with("color", draft.message().firing() ? "Attention" : "Good");
  }

  private static Json block(String text) {
    return Json.object().with("type", "TextBlock").with("text", text).with("wrap", true);
  }
}
