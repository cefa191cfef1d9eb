package io.pharos.alerting.channel.msteams;

import io.pharos.alerting.channel.Json;
import io.pharos.alerting.message.Markup;
import io.pharos.alerting.message.Message;
import io.pharos.alerting.message.MessageDraft;
import io.pharos.alerting.message.MessageText;
import io.pharos.alerting.message.TextLimit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// The JSON of a message card. If all texts are the defaults, the built-in message with facts and
/// buttons is sent; otherwise only the templates' texts.
record MsTeamsMessage(MsTeamsConfig config, MessageDraft draft) {
  static final TextLimit TEXT = TextLimit.characters(20_000);
  private static final String RED = "8C1A1A";
  private static final String GREEN = "2DC72D";

  /// Markdown of Teams' cards.
  static final Markup.Markdown MARKUP =
      text -> text.replaceAll("([\\\\*_`\\[\\]#~])", "\\\\$1").replace("<", "&lt;");

  Json payload() {
    boolean builtIn =
        draft.isBuiltIn(config.title(), MsTeamsConfig.DEFAULT_TITLE)
            && draft.isBuiltIn(config.summary(), MsTeamsConfig.DEFAULT_SUMMARY)
            && draft.isBuiltIn(config.text(), MsTeamsConfig.DEFAULT_TEXT);
    Json card =
        Json.object()
            .with("@context", "http://schema.org/extensions")
            // Connectors use `@type`; Alertmanager sends `type`, which they accept too.
            .with(builtIn ? "@type" : "type", "MessageCard");
    card.putAll(builtIn ? builtIn() : templated());
    return card;
  }

  private Json templated() {
    Message message = draft.message();
    String title = draft.made("title", config.title()).orElse(MessageText.title(message));
    String summary = draft.made("summary", config.summary()).orElse(message.headline());
    String body = draft.made("text", config.text()).orElseGet(() -> lines(draft));
    List<String> notes = draft.notes(MARKUP);
    return Json.object()
        .with("title", title)
        .with("summary", summary)
        .with(
            "text", TEXT.clip(body) + (notes.isEmpty() ? "" : "\n\n" + String.join("\n\n", notes)))
        .with("themeColor", message.firing() ? RED : GREEN);
  }

  /// The built-in text; Teams would join its lines without the empty ones.
  static String lines(MessageDraft draft) {
    return draft.in(MARKUP).body(TEXT.max(), true).replace("\n", "\n\n");
  }

  private Json builtIn() {
    Message message = draft.message();
    MessageText text = draft.in(MARKUP);
    var lines = new ArrayList<>(text.details());
    lines.addAll(text.notes(List.of()));
    lines.add(MARKUP.escape(message.whySent()));
    lines.add(MARKUP.escape(message.delivery()));
    return Json.object()
        .with("title", MARKUP.escape(MessageText.title(message)))
        .with("summary", message.headline())
        .with("text", text.story())
        .with("themeColor", message.color().substring(1))
        .with(
            "sections",
            List.of(
                Map.of("facts", facts(message, "name")),
                Map.of("text", TEXT.fitting(lines).replace("\n", "\n\n"))))
        .with(
            "potentialAction",
            message.links(
                (label, url) ->
                    Json.object()
                        .with("@type", "OpenUri")
                        .with("name", label)
                        .with(
                            "targets",
                            List.of(Json.object().with("os", "default").with("uri", url)))));
  }

  /// @param nameKey key of a fact's name
  static List<Json> facts(Message message, String nameKey) {
    return MessageText.facts(message).stream()
        .map(
            fact ->
                Json.object().with(nameKey, fact.name()).with("value", MARKUP.escape(fact.value())))
        .toList();
  }
}
