package io.pharos.alerting.mailbox;

import com.fasterxml.jackson.databind.JsonNode;
import io.pharos.model.SharedMapper;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// An approximate preview of a chat message. The channel fills it in from the body of its request.
public final class ChatPreview {
  /// The colour of messages that set no colour.
  public static final String GREY = "#8a8f98";

  private final String body;
  private final List<Part> parts = new ArrayList<>();
  private String color = GREY;

  /// The size in which a text is displayed.
  public enum Style {
    LINE,
    TITLE,
    TEXT,
    SMALL
  }

  /// A part of a message: a text, fields or buttons. The components of the other two kinds are
  /// empty.
  public record Part(Style style, ChatText text, List<Field> fields, List<Button> buttons) {
    public Part {
      fields = List.copyOf(fields);
      buttons = List.copyOf(buttons);
    }
  }

  /// A value with a name, which may be empty.
  public record Field(String name, ChatText value) {}

  /// A button that is a link.
  public record Button(String text, String url) {}

  /// Creates an empty preview.
  public ChatPreview(String body) {
    this.body = body;
  }

  /// Returns the colour as `#` and six hexadecimal digits.
  public String color() {
    return color;
  }

  /// Returns the parts in display order.
  public List<Part> parts() {
    return List.copyOf(parts);
  }

  /// Returns the body as JSON; the missing node if the body is not JSON.
  public JsonNode json() {
    return SharedMapper.read(body);
  }

  /// Parses the body as a form, and returns its names and values.
  public Map<String, String> form() {
    var pairs = new TreeMap<String, String>();
    for (String pair : body.split("&")) {
      String[] nameAndValue = pair.split("=", 2);
      if (nameAndValue.length == 2) {
        pairs.put(decoded(nameAndValue[0]), decoded(nameAndValue[1]));
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

  /// Returns the body formatted for people: indented JSON, or one name and value of the form per
  /// line.
  public String prettyBody() {
    JsonNode json = json();
    if (!json.isMissingNode()) {
      return json.toPrettyString();
    }
    var lines = new StringBuilder();
    form().forEach((name, value) -> lines.append(name + " = " + value + "\n"));
    return lines.toString();
  }

  /// Adds a text unless it is empty.
  public void text(Style style, ChatText text) {
    if (!text.isEmpty()) {
      parts.add(new Part(style, text, List.of(), List.of()));
    }
  }

  /// Adds a title that is a link.
  public void title(ChatText text, String url) {
    text(Style.TITLE, text.withLink(url));
  }

  /// Adds fields unless the list is empty.
  public void fields(List<Field> fields) {
    if (!fields.isEmpty()) {
      parts.add(new Part(Style.TEXT, ChatText.NONE, fields, List.of()));
    }
  }

  /// Adds the buttons whose URL is a web address.
  public void buttons(List<Button> buttons) {
    var shown = buttons.stream().filter(button -> isWebUrl(button.url())).toList();
    if (!shown.isEmpty()) {
      parts.add(new Part(Style.TEXT, ChatText.NONE, List.of(), shown));
    }
  }

  /// Adds a button for each element of a JSON array.
  ///
  /// @param textKey key of the button's text, or of an object whose `content` is the text
  /// @param urlKey key of the button's URL
  public void buttons(JsonNode list, String textKey, String urlKey) {
    var buttons = new ArrayList<Button>();
    for (JsonNode element : list) {
      JsonNode label = element.path(textKey);
      buttons.add(
          new Button(
              label.isObject() ? label.path("content").asText() : label.asText(),
              element.path(urlKey).asText()));
    }
    buttons(buttons);
  }

  /// Sets the colour: six hexadecimal digits with or without `#`; anything else is ignored.
  public void setColor(String text) {
    String hex = text.startsWith("#") ? text : "#" + text;
    color = hex.matches("#[0-9a-fA-F]{6}") ? hex : color;
  }

  static boolean isWebUrl(String url) {
    return url.matches("https?://[^\\s\"<>]+");
  }
}
