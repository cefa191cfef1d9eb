package io.pharos.alerting.notify.wecom;

import io.pharos.alerting.notify.Notification;
import io.pharos.alerting.notify.message.Clip;
import io.pharos.alerting.notify.message.Markup;
import io.pharos.alerting.notify.message.Message;
import io.pharos.alerting.notify.message.MessageComposer;
import io.pharos.alerting.notify.message.MessageTemplates;
import io.pharos.alerting.notify.message.MessageText;
import io.pharos.alerting.notify.message.TemplateRun;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The JSON of a WeCom group bot's message. WeCom's markdown mentions users by their id only: where
/// telephone numbers or everyone are to be mentioned, a firing message is plain text.
final class WeComMessage {
  private static final int MARKDOWN_BYTES = 4096;
  private static final int TEXT_BYTES = 2048;

  private final WeComConfig config;
  private final MessageTemplates templates;
  private final MessageComposer composer;

  WeComMessage(WeComConfig config, MessageTemplates templates, MessageComposer composer) {
    this.config = config;
    this.templates = templates;
    this.composer = composer;
  }

  Map<String, Object> payload(Notification notification) {
    Message message = composer.compose(notification);
    var run = new TemplateRun(templates, notification, message.times());
    boolean plain = message.firing() && (config.atAll() || !config.atMobiles().isEmpty());
    return plain ? text(message, run) : markdown(message, run);
  }

  private Map<String, Object> text(Message message, TemplateRun run) {
    var plain = new MessageText(message, Markup.PLAIN);
    var content = new LinkedHashMap<String, Object>();
    content.put(
        "content",
        bounded(
            given(run).orElseGet(() -> plain.titleLine() + "\n" + plain.body(TEXT_BYTES, true)),
            plain.notes(run.failures()),
            TEXT_BYTES));
    var users = new ArrayList<>(config.atUserIds());
    if (config.atAll()) {
      users.add("@all");
    }
    content.put("mentioned_list", users);
    content.put("mentioned_mobile_list", config.atMobiles());
    var payload = new LinkedHashMap<String, Object>();
    payload.put("msgtype", "text");
    payload.put("text", content);
    return payload;
  }

  private Map<String, Object> markdown(Message message, TemplateRun run) {
    var text = new MessageText(message, WeComMarkdown.INSTANCE);
    String body = given(run).orElseGet(() -> builtIn(message, text));
    var tail = new ArrayList<>(text.notes(run.failures()));
    if (message.firing() && !config.atUserIds().isEmpty()) {
      tail.add(
          String.join(" ", config.atUserIds().stream().map(user -> "<@" + user + ">").toList()));
    }
    var payload = new LinkedHashMap<String, Object>();
    payload.put("msgtype", "markdown");
    payload.put("markdown", Map.of("content", bounded(body, tail, MARKDOWN_BYTES)));
    return payload;
  }

  private Optional<String> given(TemplateRun run) {
    return config.text().isEmpty() ? Optional.empty() : run.text("wecom text", config.text());
  }

  private static String builtIn(Message message, MessageText text) {
    String color = message.firing() ? "warning" : "info";
    var blocks = new ArrayList<String>();
    blocks.add(
        "### <font color=\""
            + color
            + "\">"
            + WeComMarkdown.INSTANCE.escape(message.emoji() + " " + message.badge())
            + "</font> "
            + WeComMarkdown.INSTANCE.escape(message.subject()));
    text.factLines().forEach(line -> blocks.add("> " + line));
    // A quote goes on until an empty line.
    blocks.add("");
    if (!text.story().isEmpty()) {
      blocks.add(text.story());
    }
    if (!text.links().isEmpty()) {
      blocks.add(text.links());
    }
    blocks.addAll(text.details());
    blocks.add(
        "<font color=\"comment\">" + WeComMarkdown.INSTANCE.escape(message.delivery()) + "</font>");
    return fitting(blocks);
  }

  /// Line by line, so that no tag is cut.
  private static String fitting(List<String> lines) {
    var text = new StringBuilder();
    int left = MARKDOWN_BYTES - MARKDOWN_BYTES / 8;
    for (String line : lines) {
      left -= line.getBytes(StandardCharsets.UTF_8).length + 1;
      if (left < 0) {
        break;
      }
      text.append(text.isEmpty() ? "" : "\n").append(line);
    }
    return text.toString();
  }

  /// The body cut to what is left beside the lines that must stay.
  private static String bounded(String body, List<String> tail, int bytes) {
    String end = tail.isEmpty() ? "" : "\n" + Clip.toBytes(bytes / 2, String.join("\n", tail));
    return Clip.toBytes(bytes - end.getBytes(StandardCharsets.UTF_8).length, body) + end;
  }

  /// WeCom's markdown: bold, links, quotes and three colours.
  private enum WeComMarkdown implements Markup {
    INSTANCE;

    @Override
    public String escape(String text) {
      return text.replaceAll("[\\r\\n]+", " ")
          .replace("[", "［")
          .replace("]", "］")
          .replace("*", "＊")
          .replace("`", "'")
          .replaceAll("<(?=[A-Za-z/!@])", "＜");
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
