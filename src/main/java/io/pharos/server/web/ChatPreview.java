package io.pharos.server.web;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.pharos.server.mailbox.MailboxMessage;
import io.quarkus.qute.RawString;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/// About what a channel's reader sees, read from the very payload: its order, its colour, its
/// fields and its buttons.
final class ChatPreview {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String GREY = "#8a8f98";

  private String color = GREY;
  private final List<Part> parts = new ArrayList<>();

  /// A piece of a message, in the order in which it is shown.
  sealed interface Part {
    /// What the template asks for, as it can't ask for a type.
    default List<Field> fields() {
      return List.of();
    }

    default List<Button> buttons() {
      return List.of();
    }

    default String style() {
      return "";
    }

    default RawString html() {
      return new RawString("");
    }

    /// A text as HTML that holds nothing but what [ChatText] lets through.
    ///
    /// @param style `line`, `title`, `text` or `small`
    record Text(String style, RawString html) implements Part {}

    /// Pairs of a name and a value.
    record Fields(List<Field> fields) implements Part {}

    /// Places to go to.
    record Buttons(List<Button> buttons) implements Part {}
  }

  record Field(String name, RawString value) {}

  record Button(String text, String url) {}

  private ChatPreview() {}

  public String color() {
    return color;
  }

  public List<Part> parts() {
    return List.copyOf(parts);
  }

  /// The preview of a message; empty parts where its payload is not one that is known here.
  static ChatPreview of(String channel, MailboxMessage.Request request) {
    var preview = new ChatPreview();
    JsonNode json = json(request.body());
    switch (channel) {
      case "slack" -> preview.slack(json);
      case "discord" -> preview.discord(json);
      case "msteams" -> preview.messageCard(json);
      case "msteamsv2" -> preview.adaptiveCard(json.at("/attachments/0/content"));
      case "dingtalk" -> preview.dingTalk(json);
      case "feishu" -> preview.feishu(json.path("card"));
      case "wecom", "wechat" -> preview.weCom(json);
      case "telegram" -> preview.telegram(json);
      case "pagerduty" -> preview.pagerDuty(json);
      case "opsgenie" -> preview.opsGenie(json);
      case "pushover" -> preview.pushover(pairs(request.body()));
      default -> preview.parts.clear(); // a webhook's reader is a program
    }
    return preview;
  }

  private static JsonNode json(String body) {
    try {
      return JSON.readTree(body);
    } catch (JsonProcessingException _) {
      return JSON.createObjectNode();
    }
  }

  /// The body for the eye: JSON with line breaks, a form's pairs a line each.
  static String pretty(MailboxMessage.Request request) {
    try {
      return JSON.writerWithDefaultPrettyPrinter()
          .writeValueAsString(JSON.readTree(request.body()));
    } catch (JsonProcessingException _) {
      var lines = new StringBuilder();
      pairs(request.body()).forEach((name, value) -> lines.append(name + " = " + value + "\n"));
      return lines.toString();
    }
  }

  private static Map<String, String> pairs(String form) {
    var pairs = new TreeMap<String, String>();
    for (String pair : form.split("&")) {
      String[] both = pair.split("=", 2);
      if (both.length == 2) {
        pairs.put(decoded(both[0]), decoded(both[1]));
      }
    }
    return pairs;
  }

  private static String decoded(String text) {
    try {
      return URLDecoder.decode(text, StandardCharsets.UTF_8);
    } catch (IllegalArgumentException _) {
      return text;
    }
  }

  private void text(String style, String html) {
    if (!html.isEmpty()) {
      parts.add(new Part.Text(style, new RawString(html)));
    }
  }

  private void fields(List<Field> fields) {
    if (!fields.isEmpty()) {
      parts.add(new Part.Fields(List.copyOf(fields)));
    }
  }

  private void buttons(List<Button> buttons) {
    var shown =
        buttons.stream().filter(button -> button.url().matches("https?://[^\\s\"<>]+")).toList();
    if (!shown.isEmpty()) {
      parts.add(new Part.Buttons(shown));
    }
  }

  private static Field field(String name, String valueAsHtml) {
    return new Field(name, new RawString(valueAsHtml));
  }

  private void paint(String text) {
    String hex = text.startsWith("#") ? text : "#" + text;
    color = hex.matches("#[0-9a-fA-F]{6}") ? hex : color;
  }

  private void slack(JsonNode json) {
    text("line", ChatText.slack(json.path("text").asText()));
    for (JsonNode attachment : json.path("attachments")) {
      String named = attachment.path("color").asText();
      paint(
          switch (named) {
            case "danger" -> "#a30200";
            case "warning" -> "#daa038";
            case "good" -> "#2eb886";
            default -> named;
          });
      text("line", ChatText.slack(attachment.path("pretext").asText()));
      title(
          ChatText.slack(attachment.path("title").asText()),
          attachment.path("title_link").asText());
      text("text", ChatText.slack(attachment.path("text").asText()));
      var fields = new ArrayList<Field>();
      for (JsonNode one : attachment.path("fields")) {
        fields.add(field(one.path("title").asText(), ChatText.slack(one.path("value").asText())));
      }
      fields(fields);
      buttons(buttons(attachment.path("actions"), "text", "url"));
      text("small", ChatText.slack(attachment.path("footer").asText()));
    }
  }

  private void title(String html, String url) {
    boolean linked = url.matches("https?://[^\\s\"<>]+") && !html.contains("<a ");
    text("title", linked ? "<a href=\"" + ChatText.escape(url) + "\">" + html + "</a>" : html);
  }

  private static List<Button> buttons(JsonNode list, String text, String url) {
    var buttons = new ArrayList<Button>();
    for (JsonNode one : list) {
      JsonNode label = one.path(text);
      buttons.add(
          new Button(
              label.isObject() ? label.path("content").asText() : label.asText(),
              one.path(url).asText()));
    }
    return buttons;
  }

  private void discord(JsonNode json) {
    text("line", ChatText.markdown(json.path("content").asText()));
    for (JsonNode embed : json.path("embeds")) {
      paint("#%06x".formatted(embed.path("color").asInt() & 0xffffff));
      title(ChatText.markdown(embed.path("title").asText()), embed.path("url").asText());
      text("text", ChatText.markdown(embed.path("description").asText()));
      text("small", ChatText.markdown(embed.path("footer").path("text").asText()));
    }
  }

  private void messageCard(JsonNode json) {
    paint(json.path("themeColor").asText());
    text("title", ChatText.markdown(json.path("title").asText()));
    text("text", ChatText.markdown(json.path("text").asText()));
    for (JsonNode section : json.path("sections")) {
      fields(facts(section.path("facts"), "name"));
      text("text", ChatText.markdown(section.path("text").asText()));
    }
    var buttons = new ArrayList<Button>();
    for (JsonNode action : json.path("potentialAction")) {
      buttons.add(new Button(action.path("name").asText(), action.at("/targets/0/uri").asText()));
    }
    buttons(buttons);
  }

  private static List<Field> facts(JsonNode facts, String name) {
    var fields = new ArrayList<Field>();
    for (JsonNode fact : facts) {
      fields.add(field(fact.path(name).asText(), ChatText.markdown(fact.path("value").asText())));
    }
    return fields;
  }

  private void adaptiveCard(JsonNode card) {
    for (JsonNode block : card.path("body")) {
      if (block.path("type").asText().equals("FactSet")) {
        fields(facts(block.path("facts"), "title"));
        continue;
      }
      boolean heading = block.path("weight").asText().equals("Bolder");
      if (heading) {
        paint(
            switch (block.path("color").asText()) {
              case "Attention" -> "#c62828";
              case "Warning" -> "#b26a00";
              case "Good" -> "#2e7d32";
              default -> GREY;
            });
      }
      text(
          heading ? "title" : block.path("isSubtle").asBoolean() ? "small" : "text",
          ChatText.markdown(block.path("text").asText()));
    }
    buttons(buttons(card.path("actions"), "title", "url"));
  }

  private void dingTalk(JsonNode json) {
    JsonNode card = json.has("actionCard") ? json.path("actionCard") : json.path("markdown");
    text("line", ChatText.plain(card.path("title").asText()));
    text("text", ChatText.markdown(card.path("text").asText()));
    buttons(buttons(card.path("btns"), "title", "actionURL"));
  }

  private void feishu(JsonNode card) {
    color =
        switch (card.at("/header/template").asText()) {
          case "red", "carmine" -> "#f54a45";
          case "orange", "yellow" -> "#ff811a";
          case "green" -> "#2ea121";
          default -> "#3370ff";
        };
    text("title", ChatText.plain(card.at("/header/title/content").asText()));
    for (JsonNode element : card.path("elements")) {
      var fields = new ArrayList<Field>();
      for (JsonNode one : element.path("fields")) {
        fields.add(field("", ChatText.markdown(one.at("/text/content").asText())));
      }
      fields(fields);
      text("text", ChatText.markdown(element.at("/text/content").asText()));
      buttons(buttons(element.path("actions"), "text", "url"));
      for (JsonNode note : element.path("elements")) {
        text("small", ChatText.plain(note.path("content").asText()));
      }
    }
  }

  private void weCom(JsonNode json) {
    String type = json.path("msgtype").asText();
    String content = json.path(type).path("content").asText();
    text("text", type.equals("markdown") ? ChatText.markdown(content) : ChatText.html(content));
  }

  private void telegram(JsonNode json) {
    String content = json.path("text").asText();
    boolean html = json.path("parse_mode").asText().toLowerCase(Locale.ROOT).equals("html");
    text("text", html ? ChatText.html(content) : ChatText.plain(content));
    for (JsonNode row : json.at("/reply_markup/inline_keyboard")) {
      buttons(buttons(row, "text", "url"));
    }
  }

  private void pagerDuty(JsonNode json) {
    JsonNode payload = json.path("payload");
    color = severity(payload.path("severity").asText());
    text(
        "small",
        ChatText.plain(json.path("event_action").asText(json.path("event_type").asText())));
    text(
        "title", ChatText.plain(payload.path("summary").asText(json.path("description").asText())));
    buttons(buttons(json.path("links"), "text", "href"));
    JsonNode details =
        payload.has("custom_details") ? payload.path("custom_details") : json.path("details");
    var fields = new ArrayList<Field>();
    details
        .properties()
        .forEach(one -> fields.add(field(one.getKey(), ChatText.plain(one.getValue().asText()))));
    fields(fields);
  }

  private static String severity(String name) {
    return switch (name) {
      case "critical", "error" -> "#c62828";
      case "warning" -> "#b26a00";
      default -> GREY;
    };
  }

  private void opsGenie(JsonNode json) {
    text("small", ChatText.plain(json.path("priority").asText()));
    text("title", ChatText.plain(json.path("message").asText()));
    text("text", ChatText.plain(json.path("description").asText()));
  }

  private void pushover(Map<String, String> form) {
    String content = form.getOrDefault("message", "");
    text("title", ChatText.plain(form.getOrDefault("title", "")));
    text("text", "1".equals(form.get("html")) ? ChatText.html(content) : ChatText.plain(content));
    buttons(List.of(new Button(form.getOrDefault("url_title", ""), form.getOrDefault("url", ""))));
  }
}
