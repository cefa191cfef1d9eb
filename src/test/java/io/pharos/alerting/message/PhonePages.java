package io.pharos.alerting.message;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Pages that approximate the phone apps of the services: the same order, widths and markup.
final class PhonePages {
  private PhonePages() {}

  /// Renders a message.
  ///
  /// @param channel such as `telegram`
  static String page(String channel, JsonNode json) {
    return switch (channel) {
      case "telegram" -> telegram(json);
      case "discord" -> discord(json);
      case "msteams" -> messageCard(json);
      case "msteamsv2" -> adaptiveCard(json);
      case "feishu" -> feishu(json);
      case "wecom" -> weCom(json);
      case "wechat" -> weChat(json);
      case "pagerduty" -> pagerDuty(json);
      case "pushover" -> pushover(json);
      case "opsgenie" -> opsGenie(json);
      case "ntfy" -> ntfy(json);
      case "gotify" -> gotify(json);
      default -> throw new IllegalArgumentException("no phone app known for " + channel);
    };
  }

  static String frame(String background, String content) {
    return "<!DOCTYPE html><html><head><meta charset=utf-8><style>html{width:360px;background:"
        + background
        + "}body{margin:0;padding:8px;font:15px/21px Roboto,sans-serif;box-sizing:border-box;width:360px;overflow-wrap:anywhere}"
        + "a{color:#1a6fd0;text-decoration:none}p{margin:4px 0}"
        + ".b{display:inline-block;border:1px solid #999;border-radius:4px;padding:6px 12px;margin:6px 6px 0 0;color:#111}"
        + ".card{background:#fff;border-radius:8px;padding:10px 12px}"
        + ".two{display:grid;grid-template-columns:1fr 1fr;gap:6px;margin:6px 0}"
        + "</style></head><body>"
        + content
        + "</body></html>";
  }

  private static Stream<JsonNode> each(JsonNode list) {
    return list.valueStream();
  }

  private static String safe(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;");
  }

  private static String lines(String html) {
    return html.replace("\n", "<br>");
  }

  private static String buttons(Stream<String> names) {
    return names.map(name -> "<a class=b>" + safe(name) + "</a>").collect(Collectors.joining());
  }

  /// A bubble with HTML, with rows of buttons below.
  private static String telegram(JsonNode json) {
    String text = json.get("text").asText();
    boolean html = json.path("parse_mode").asText().equals("HTML");
    var rows = new StringBuilder();
    for (JsonNode row : json.path("reply_markup").path("inline_keyboard")) {
      rows.append("<div style='display:flex;gap:4px;margin-top:4px'>");
      for (JsonNode button : row) {
        rows.append(
                "<a style='flex:1;text-align:center;background:#7c93a5;color:#fff;border-radius:6px;padding:8px'>")
            .append(safe(button.get("text").asText()))
            .append("</a>");
      }
      rows.append("</div>");
    }
    return frame(
        "#cfd9e0",
        "<div class=card style='margin-right:32px'>"
            + lines(html ? text : safe(text))
            + "</div><div style='margin-right:32px'>"
            + rows
            + "</div>");
  }

  /// The line, then the embed beside a coloured bar; fields are below the description in one
  /// column, because a phone has no room for two.
  private static String discord(JsonNode json) {
    JsonNode embed = json.get("embeds").get(0);
    String fields =
        each(embed.path("fields"))
            .map(
                field ->
                    "<div><b>"
                        + safe(field.get("name").asText())
                        + "</b><br>"
                        + discordText(field.get("value").asText())
                        + "</div>")
            .collect(Collectors.joining());
    return frame(
        "#313338",
        "<div style='color:#dbdee1'><b>Pharos</b> <small>APP</small><div>"
            + discordText(json.path("content").asText())
            + "</div><div style='background:#2b2d31;border-left:4px solid #%06x;border-radius:4px;padding:8px 10px;margin-top:4px'><b>"
                .formatted(embed.get("color").asInt())
            + discordText(embed.get("title").asText())
            + "</b><div>"
            + discordText(embed.get("description").asText())
            + "</div>"
            + fields
            + "<small>"
            + safe(embed.path("footer").path("text").asText())
            + "</small></div></div>");
  }

  private static String discordText(String markdown) {
    return lines(markdown(safe(markdown)).replaceAll("\\\\([\\\\*_~`|>\\[\\]&#])", "$1"));
  }

  private static String markdown(String safe) {
    return safe.replaceAll("(?<!\\\\)\\*\\*(.+?)(?<!\\\\)\\*\\*", "<b>$1</b>")
        .replaceAll("(?<!\\\\)\\[([^\\]]*)\\]\\((https?://[^)]*)\\)", "<a href='$2'>$1</a>");
  }

  private static String teamsText(String markdown) {
    return markdown(markdown).replaceAll("\\\\([\\\\*_`\\[\\]#~])", "$1").replace("\n\n", "<p>");
  }

  private static String messageCard(JsonNode json) {
    String facts =
        each(json.get("sections").get(0).get("facts"))
            .map(
                fact ->
                    "<tr><td style='padding-right:12px'><b>"
                        + safe(fact.get("name").asText())
                        + "</b><td>"
                        + teamsText(fact.get("value").asText()))
            .collect(Collectors.joining());
    return frame(
        "#f0f0f0",
        "<div class=card style='border-top:4px solid #"
            + json.get("themeColor").asText()
            + "'><h3 style='margin:0'>"
            + teamsText(json.get("title").asText())
            + "</h3><p>"
            + teamsText(json.get("text").asText())
            + "</p><table>"
            + facts
            + "</table><p>"
            + teamsText(json.get("sections").get(1).get("text").asText())
            + "</p>"
            + buttons(each(json.get("potentialAction")).map(action -> action.get("name").asText()))
            + "</div>");
  }

  private static String adaptiveCard(JsonNode json) {
    JsonNode content = json.get("attachments").get(0).get("content");
    var html = new StringBuilder();
    for (JsonNode block : content.get("body")) {
      if (block.get("type").asText().equals("FactSet")) {
        html.append("<table>");
        for (JsonNode fact : block.get("facts")) {
          html.append("<tr><td style='padding-right:12px'><b>")
              .append(safe(fact.get("title").asText()))
              .append("</b><td>")
              .append(teamsText(fact.get("value").asText()));
        }
        html.append("</table>");
        continue;
      }
      String color =
          switch (block.path("color").asText()) {
            case "Attention" -> "#c4314b";
            case "Good" -> "#237b4b";
            default -> "#252423";
          };
      String size =
          block.path("size").asText().equals("Medium")
              ? "18px"
              : block.path("size").asText().equals("Small") ? "12px" : "14px";
      html.append(
              "<p style='color:%s;font-size:%s;font-weight:%s'>"
                  .formatted(
                      color, size, block.path("weight").asText().equals("Bolder") ? "700" : "400"))
          .append(teamsText(block.get("text").asText()))
          .append("</p>");
    }
    html.append(buttons(each(content.path("actions")).map(action -> action.get("title").asText())));
    return frame("#f0f0f0", "<div class=card>" + html + "</div>");
  }

  private static String feishu(JsonNode json) {
    JsonNode card = json.get("card");
    String color =
        switch (card.get("header").get("template").asText()) {
          case "red" -> "#f54a45";
          case "orange" -> "#ff811a";
          case "green" -> "#2ea121";
          default -> "#3370ff";
        };
    var html =
        new StringBuilder(
            "<div style='background:%s;color:#fff;padding:10px 12px;border-radius:8px 8px 0 0;font-weight:700'>%s</div><div class=card style='border-radius:0 0 8px 8px'>"
                .formatted(color, safe(card.get("header").get("title").get("content").asText())));
    for (JsonNode element : card.get("elements")) {
      html.append(
          switch (element.get("tag").asText()) {
            case "div" ->
                element.has("fields")
                    ? "<div class=two>"
                        + each(element.get("fields"))
                            .map(field -> "<div>" + larkText(field.get("text")) + "</div>")
                            .collect(Collectors.joining())
                        + "</div>"
                    : "<p>" + larkText(element.get("text")) + "</p>";
            case "action" ->
                buttons(
                    each(element.get("actions"))
                        .map(action -> action.get("text").get("content").asText()));
            case "note" ->
                "<p><small>"
                    + safe(element.get("elements").get(0).get("content").asText())
                    + "</small></p>";
            default -> throw new IllegalArgumentException("no such element: " + element);
          });
    }
    return frame("#f2f3f5", html.append("</div>").toString());
  }

  private static String larkText(JsonNode text) {
    String content = text.get("content").asText();
    return lines(
        text.get("tag").asText().equals("lark_md")
            ? markdown(content).replaceAll("<at id=([^>]*)></at>", "<a>@$1</a>")
            : safe(content));
  }

  private static String weCom(JsonNode json) {
    var html = new StringBuilder();
    for (String line : json.get("markdown").get("content").asText().split("\n", -1)) {
      String text =
          markdown(line.replace("&", "&amp;").replaceAll("<(?!/?font)", "&lt;"))
              .replace("<font color=\"warning\">", "<span style='color:#ff9900'>")
              .replace("<font color=\"info\">", "<span style='color:#008000'>")
              .replace("<font color=\"comment\">", "<span style='color:#888'>")
              .replace("</font>", "</span>")
              .replaceAll("&lt;@(\\w+)>", "<a>@$1</a>");
      if (text.startsWith("### ")) {
        html.append("<b style='font-size:17px'>").append(text.substring(4)).append("</b><br>");
      } else if (text.startsWith("> ")) {
        html.append("<div style='border-left:3px solid #ccc;padding-left:8px;color:#555'>")
            .append(text.substring(2))
            .append("</div>");
      } else {
        html.append(text).append("<br>");
      }
    }
    return frame("#ededed", "<div class=card style='margin-right:24px'>" + html + "</div>");
  }

  /// Converts plain text; addresses become links.
  private static String weChat(JsonNode json) {
    return frame(
        "#ededed",
        "<div class=card style='margin-right:24px'>"
            + lines(json.get("text").get("content").asText())
            + "</div>");
  }

  /// The incident's page in the app: urgency, title, links, then a table of details.
  private static String pagerDuty(JsonNode json) {
    JsonNode payload = json.get("payload");
    var details = new StringBuilder();
    payload
        .get("custom_details")
        .properties()
        .forEach(
            detail ->
                details
                    .append("<p><small style='color:#666'>")
                    .append(safe(detail.getKey()))
                    .append("</small><br>")
                    .append(lines(safe(detail.getValue().asText())))
                    .append("</p>"));
    String state = json.get("event_action").asText().equals("trigger") ? "TRIGGERED" : "RESOLVED";
    return frame(
        "#fff",
        "<small>"
            + state
            + " · "
            + safe(payload.get("severity").asText())
            + " · "
            + safe(payload.get("source").asText())
            + "</small><h3 style='margin:4px 0'>"
            + safe(payload.get("summary").asText())
            + "</h3>"
            + buttons(each(json.path("links")).map(link -> link.get("text").asText()))
            + details);
  }

  private static String pushover(JsonNode json) {
    String message = json.get("message").asText();
    boolean html = json.path("html").asText().equals("1");
    return frame(
        "#fff",
        "<b>"
            + safe(json.get("title").asText())
            + "</b><div>"
            + lines(html ? message : safe(message))
            + "</div>"
            + buttons(Stream.of(json.path("url_title").asText())));
  }

  /// The alert's page in the app: priority, message, then the description with its addresses.
  private static String opsGenie(JsonNode json) {
    String text = safe(json.get("description").asText());
    return frame(
        "#fff",
        "<small>OPEN · "
            + safe(json.path("priority").asText())
            + "</small><h3 style='margin:4px 0'>"
            + safe(json.get("message").asText())
            + "</h3><div>"
            + lines(text.replaceAll("(https?://\\S+)", "<a href='$1'>$1</a>"))
            + "</div>");
  }

  /// The notification in the app: plain text, with its actions as buttons below.
  private static String ntfy(JsonNode json) {
    return frame(
        "#f0f0f0",
        "<div class=card><b>"
            + safe(json.get("title").asText())
            + "</b><div>"
            + lines(safe(json.get("message").asText()))
            + "</div>"
            + buttons(each(json.path("actions")).map(action -> action.get("label").asText()))
            + "</div>");
  }

  /// The message in the app: a title, then Markdown.
  private static String gotify(JsonNode json) {
    return frame(
        "#fafafa",
        "<div class=card><b style='font-size:17px'>"
            + safe(json.get("title").asText())
            + "</b><div>"
            + discordText(json.get("message").asText())
            + "</div></div>");
  }
}
