package io.pharos.alerting.channel.discord;

import io.pharos.alerting.channel.Json;
import io.pharos.alerting.message.Markup;
import io.pharos.alerting.message.Message;
import io.pharos.alerting.message.MessageDraft;
import io.pharos.alerting.message.MessageText;
import io.pharos.alerting.message.TextLimit;
import io.pharos.alerting.message.TextTruncation;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// The JSON of a Discord message: a line for the lock screen and one embed.
///
/// If all texts are the defaults, the built-in message is sent; otherwise only the templates'
/// texts, as with Alertmanager.
record DiscordMessage(DiscordConfig config, MessageDraft draft) {
  private static final int CONTENT = 2000;
  private static final int TITLE = 256;
  private static final TextLimit DESCRIPTION = TextLimit.characters(4096);
  private static final int RED = 0x992D22;
  private static final int GREEN = 0x2ECC71;
  private static final Markup.Markdown MARKUP =
      text -> text.replaceAll("([\\\\*_~`|>\\[\\]<#])", "\\\\$1");

  Json payload() {
    boolean builtIn =
        config.content().isEmpty()
            && draft.isBuiltIn(config.title(), DiscordConfig.DEFAULT_TITLE)
            && draft.isBuiltIn(config.message(), DiscordConfig.DEFAULT_MESSAGE);
    Json payload =
        builtIn
            ? Json.object()
                .with(
                    "content",
                    TextTruncation.to(CONTENT, MARKUP.escape(draft.message().headline())))
                .with("embeds", List.of(builtIn()))
                // No label may mention anybody.
                .with("allowed_mentions", Map.of("parse", List.of()))
            : Json.object()
                .with(
                    "content", TextTruncation.to(CONTENT, draft.text("content", config.content())))
                .with("embeds", List.of(templated()));
    payload.putAll(
        Json.object()
            .withText("username", config.username())
            .withText("avatar_url", config.avatarUrl()));
    return payload;
  }

  private Json templated() {
    Message message = draft.message();
    String title = draft.made("title", config.title()).orElse(MessageText.title(message));
    String description =
        draft
            .made("message", config.message())
            .orElseGet(() -> draft.in(MARKUP).body(DESCRIPTION.max(), true));
    return Json.object()
        .with("title", TextTruncation.to(TITLE, title))
        .with("description", DESCRIPTION.clip(description, draft.notes(MARKUP)))
        .with("color", message.firing() ? RED : GREEN);
  }

  /// The title is the summary, because the line above the embed has the rest.
  private Json builtIn() {
    Message message = draft.message();
    MessageText text = draft.in(MARKUP);
    // Fields would follow the description, so the facts are its first lines.
    var blocks = new ArrayList<>(text.factLines());
    if (!text.links().isEmpty()) {
      blocks.add(text.links());
    }
    if (!text.details().isEmpty()) {
      blocks.add("");
      blocks.addAll(text.details());
    }
    blocks.addAll(text.notes(List.of()));
    String title = message.story().isEmpty() ? message.subject() : message.story();
    return Json.object()
        .withText("title", TextTruncation.line(TITLE, MARKUP.escape(title)))
        .withText("url", message.link(Message.Link.Kind.GRAPH).map(Message.Link::url).orElse(""))
        .withText("description", DESCRIPTION.fitting(blocks))
        .with("color", Integer.parseInt(message.color().substring(1), 16))
        .with("footer", Map.of("text", draft.in(Markup.PLAIN).footer()));
  }
}
