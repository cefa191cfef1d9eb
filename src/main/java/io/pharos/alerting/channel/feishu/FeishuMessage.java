package io.pharos.alerting.channel.feishu;

import io.pharos.alerting.channel.Json;
import io.pharos.alerting.message.Markup;
import io.pharos.alerting.message.Message;
import io.pharos.alerting.message.MessageDraft;
import io.pharos.alerting.message.MessageText;
import io.pharos.alerting.message.TextLimit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The JSON of a Feishu card: a coloured header, facts in two columns, the summary, mentions,
/// buttons, details, notes, and a footer.
record FeishuMessage(Texts texts, MessageDraft draft) {
  private static final int MAX_TITLE = 200;
  private static final TextLimit TEXT = TextLimit.characters(5000);
  private static final Markup.Markdown MARKUP = FeishuMessage::escape;

  /// What the configuration sets.
  ///
  /// @param title header of the card; empty for the built-in header
  /// @param text body of the card in markdown; empty for the built-in body
  record Texts(String title, String text, List<String> atUserIds, boolean atAll) {}

  Json card() {
    Message message = draft.message();
    MessageText text = draft.in(MARKUP);
    String title = draft.expandIfSet("title", texts.title()).orElse(MessageText.title(message));
    Optional<String> userText = draft.expandIfSet("text", texts.text());
    var elements = new ArrayList<>();
    if (userText.isPresent()) {
      elements.add(block(TEXT.clip(userText.get())));
    } else {
      elements.add(facts());
      if (!text.story().isEmpty()) {
        elements.add(block(text.story()));
      }
    }
    mentions().ifPresent(mentions -> elements.add(block(mentions)));
    if (!message.links().isEmpty()) {
      elements.add(buttons());
    }
    if (userText.isEmpty() && !text.details().isEmpty()) {
      elements.add(block(TEXT.fitting(text.details())));
    }
    draft.notes(MARKUP).forEach(note -> elements.add(block(note)));
    elements.add(
        Json.object()
            .with("tag", "note")
            .with("elements", List.of(plain(draft.in(Markup.PLAIN).footer()))));
    return Json.object()
        .with("config", Map.of("wide_screen_mode", true))
        .with(
            "header",
            Json.object()
                .with("template", color(message))
                .with("title", plain(TextLimit.line(MAX_TITLE, title))))
        .with("elements", elements);
  }

  private static String color(Message message) {
    if (!message.firing()) {
      return "green";
    }
    return switch (message.severity().rank()) {
      case 0 -> "red";
      case 1 -> "orange";
      case 2 -> "yellow";
      default -> "blue";
    };
  }

  private Json facts() {
    var fields = new ArrayList<>();
    for (MessageText.Fact fact : MessageText.facts(draft.message())) {
      String text = MARKUP.bold(fact.name()) + "\n" + escape(fact.value());
      fields.add(Json.object().with("is_short", true).with("text", markdown(text)));
    }
    return Json.object().with("tag", "div").with("fields", fields);
  }

  private Json buttons() {
    List<Json> actions =
        draft
            .message()
            .links(
                (label, url) ->
                    Json.object()
                        .with("tag", "button")
                        .with("text", plain(label))
                        .with("url", url)
                        .with("type", "default"));
    if (draft.message().firing()) {
      actions.getFirst().put("type", "primary");
    }
    return Json.object().with("tag", "action").with("actions", actions);
  }

  /// Returns the mentions of users; empty if none are configured or all alerts are resolved.
  private Optional<String> mentions() {
    var names = new ArrayList<String>();
    if (draft.message().firing()) {
      texts.atUserIds().forEach(user -> names.add("<at id=" + user + "></at>"));
      if (texts.atAll()) {
        names.add("<at id=all></at>");
      }
    }
    return names.isEmpty() ? Optional.empty() : Optional.of(String.join(" ", names));
  }

  private static Json block(String markdown) {
    return Json.object().with("tag", "div").with("text", markdown(markdown));
  }

  private static Json markdown(String text) {
    return Json.object().with("tag", "lark_md").with("content", text);
  }

  static Json plain(String text) {
    return Json.object().with("tag", "plain_text").with("content", text);
  }

  /// Escapes a text with HTML entities, which Feishu's markdown supports.
  private static String escape(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("*", "&#42;")
        .replace("~", "&#126;")
        .replace("[", "&#91;")
        .replace("]", "&#93;")
        .replace("`", "&#96;");
  }
}
