package io.pharos.alerting.notify.wechat;

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

/// The JSON of an application's message, key by key what Alertmanager sends. Where the
/// configuration leaves the message at its default, the built-in text stands there.
final class WeChatMessage {
  private static final int BYTES = 2048;

  private final WeChatConfig config;
  private final MessageTemplates templates;
  private final MessageComposer composer;

  WeChatMessage(WeChatConfig config, MessageTemplates templates, MessageComposer composer) {
    this.config = config;
    this.templates = templates;
    this.composer = composer;
  }

  Map<String, Object> payload(Notification notification) {
    Message message = composer.compose(notification);
    var run = new TemplateRun(templates, notification, message.times());
    boolean markdown = config.messageType().equals(WeChatConfig.MARKDOWN);
    var text = new MessageText(message, markdown ? WeChatMarkup.MARKDOWN : WeChatMarkup.TEXT);
    Optional<String> given =
        templates.isBuiltIn(config.message(), WeChatConfig.DEFAULT_MESSAGE)
            ? Optional.empty()
            : run.text("wechat message", config.message());
    var to = new LinkedHashMap<String, Object>();
    put(to, "touser", text(run, "to_user", config.toUser()));
    put(to, "toparty", text(run, "to_party", config.toParty()));
    put(to, "totag", text(run, "to_tag", config.toTag()));
    put(to, "agentid", text(run, "agent_id", config.agentId()));
    String notes = String.join("\n", text.notes(run.failures()));
    String warned = notes.isEmpty() ? "" : "\n" + notes;
    String content =
        Clip.toBytes(BYTES - bytes(warned), given.orElseGet(() -> builtIn(text))) + warned;
    var payload = new LinkedHashMap<String, Object>();
    payload.put("text", Map.of("content", markdown ? "" : content));
    payload.putAll(to);
    payload.put("safe", "0");
    payload.put("msgtype", config.messageType());
    payload.put("markdown", Map.of("content", markdown ? content : ""));
    return payload;
  }

  private static String builtIn(MessageText text) {
    var blocks = new ArrayList<>(List.of(text.titleLine()));
    blocks.add(text.body(BYTES, true));
    return String.join("\n", blocks);
  }

  private static int bytes(String text) {
    return Math.min(BYTES / 2, text.getBytes(StandardCharsets.UTF_8).length);
  }

  private static String text(TemplateRun run, String name, String template) {
    return run.text("wechat " + name, template).orElse("");
  }

  private static void put(Map<String, Object> json, String key, String value) {
    if (!value.isEmpty()) {
      json.put(key, value);
    }
  }

  /// What the two types of messages know: text has links and nothing else.
  private enum WeChatMarkup implements Markup {
    TEXT {
      @Override
      public String escape(String text) {
        return text.replace("<", "＜");
      }

      @Override
      public String bold(String escaped) {
        return escaped;
      }

      @Override
      public String link(String escaped, String url) {
        return "<a href=\"" + url.replace("\"", "%22") + "\">" + escaped + "</a>";
      }
    },
    MARKDOWN {
      @Override
      public String escape(String text) {
        return text.replace("[", "［")
            .replace("]", "］")
            .replace("*", "＊")
            .replace("`", "'")
            .replace("<", "＜");
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
}
