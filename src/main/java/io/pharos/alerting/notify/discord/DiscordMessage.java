package io.pharos.alerting.notify.discord;

import io.pharos.alerting.notify.Notification;
import io.pharos.alerting.notify.NotifiedAlert;
import io.pharos.alerting.notify.message.Clip;
import io.pharos.alerting.notify.message.Markup;
import io.pharos.alerting.notify.message.Message;
import io.pharos.alerting.notify.message.MessageComposer;
import io.pharos.alerting.notify.message.MessageTemplates;
import io.pharos.alerting.notify.message.MessageText;
import io.pharos.alerting.notify.message.TemplateRun;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The JSON of a Discord message: a line for the lock screen and one embed.
///
/// Where the configuration leaves all texts at their defaults, the built-in message stands there;
/// else the templates say everything, as with Alertmanager.
final class DiscordMessage {
  private static final int CONTENT = 2000;
  private static final int TITLE = 256;
  private static final int DESCRIPTION = 4096;
  private static final int RED = 0x992D22;
  private static final int GREEN = 0x2ECC71;

  private final DiscordConfig config;
  private final MessageTemplates templates;
  private final MessageComposer composer;

  DiscordMessage(DiscordConfig config, MessageTemplates templates, MessageComposer composer) {
    this.config = config;
    this.templates = templates;
    this.composer = composer;
  }

  Map<String, Object> payload(Notification notification) {
    Message message = composer.compose(notification);
    var run = new TemplateRun(templates, notification, message.times());
    boolean builtIn =
        config.content().isEmpty()
            && templates.isBuiltIn(config.title(), DiscordConfig.DEFAULT_TITLE)
            && templates.isBuiltIn(config.message(), DiscordConfig.DEFAULT_MESSAGE);
    var payload = new LinkedHashMap<String, Object>();
    if (builtIn) {
      payload.put("content", Clip.to(CONTENT, DiscordMarkdown.INSTANCE.escape(message.headline())));
      payload.put("embeds", List.of(builtIn(message)));
      // No label may call anybody.
      payload.put("allowed_mentions", Map.of("parse", List.of()));
    } else {
      payload.put(
          "content", Clip.to(CONTENT, run.text("discord content", config.content()).orElse("")));
      payload.put("embeds", List.of(templated(notification, message, run)));
    }
    put(payload, "username", config.username());
    put(payload, "avatar_url", config.avatarUrl());
    return payload;
  }

  private Map<String, Object> templated(
      Notification notification, Message message, TemplateRun run) {
    String title = run.text("discord title", config.title()).orElse(MessageText.title(message));
    var text = new MessageText(message, DiscordMarkdown.INSTANCE);
    String description =
        run.text("discord message", config.message()).orElseGet(() -> text.body(DESCRIPTION, true));
    List<String> notes = text.notes(run.failures());
    String warned = notes.isEmpty() ? "" : "\n" + String.join("\n", notes);
    var embed = new LinkedHashMap<String, Object>();
    embed.put("title", Clip.to(TITLE, title));
    embed.put(
        "description",
        Clip.to(DESCRIPTION - Math.min(warned.length(), DESCRIPTION / 2), description) + warned);
    embed.put("color", notification.status() == NotifiedAlert.Status.FIRING ? RED : GREEN);
    return embed;
  }

  /// The title is the summary, since the line above the embed says the rest.
  private static Map<String, Object> builtIn(Message message) {
    var text = new MessageText(message, DiscordMarkdown.INSTANCE);
    // Fields would stand below the description, so the facts are its first lines.
    var blocks = new ArrayList<>(text.factLines());
    if (!text.links().isEmpty()) {
      blocks.add(text.links());
    }
    if (!text.details().isEmpty()) {
      blocks.add("");
      blocks.addAll(text.details());
    }
    blocks.addAll(text.notes(List.of()));
    var embed = new LinkedHashMap<String, Object>();
    String title = message.story().isEmpty() ? message.subject() : message.story();
    embed.put("title", Clip.line(TITLE, DiscordMarkdown.INSTANCE.escape(title)));
    message.link(Message.Link.Kind.GRAPH).ifPresent(link -> embed.put("url", link.url()));
    embed.put("description", MessageText.fitting(blocks, DESCRIPTION));
    embed.put("color", Integer.parseInt(message.color().substring(1), 16));
    embed.put("footer", Map.of("text", message.whySent() + " · " + message.delivery()));
    return embed;
  }

  private static void put(Map<String, Object> json, String key, String value) {
    if (!value.isEmpty()) {
      json.put(key, value);
    }
  }

  /// Discord's markdown.
  private enum DiscordMarkdown implements Markup {
    INSTANCE;

    @Override
    public String escape(String text) {
      return text.replaceAll("([\\\\*_~`|>\\[\\]<#])", "\\\\$1");
    }

    @Override
    public String bold(String escaped) {
      return "**" + escaped + "**";
    }

    @Override
    public String link(String escaped, String url) {
      return "[" + escaped + "](" + url.replace("(", "%28").replace(")", "%29") + ")";
    }
  }
}
