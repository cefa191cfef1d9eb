package io.pharos.alerting.mailbox;

import static io.pharos.model.SharedMapper.JSON;
import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// About what a channel's reader sees, told by the channel from the very body of a request: its
/// order, its colour, its fields and its buttons. Of what is not there nothing is shown.
public final class ChatPreview {
  /// Of what has no colour.
  public static final String GREY = "#8a8f98";

  private final String body;
  private final List<Part> parts = new ArrayList<>();
  private String color = GREY;

  /// How large a text is.
  public enum Style {
    LINE,
    TITLE,
    TEXT,
    SMALL
  }

  /// A piece of a message, in the order in which it is shown: words, pairs or places to go to. What
  /// it is not is empty, since a template can't ask for a type.
  public record Part(Style style, ChatText text, List<Field> fields, List<Button> buttons) {
    public Part {
      requireNonNull(style, "style is null");
      requireNonNull(text, "text is null");
      fields = List.copyOf(fields);
      buttons = List.copyOf(buttons);
    }
  }

  /// A name, which may be empty, and its value.
  public record Field(String name, ChatText value) {}

  /// A place to go to.
  ///
  /// @param url of the web
  public record Button(String text, String url) {}

  /// An empty preview, of which the channel makes one.
  ///
  /// @param body as it would leave
  public ChatPreview(String body) {
    this.body = requireNonNull(body, "body is null");
  }

  /// `#` and six hexadecimal digits.
  public String color() {
    return color;
  }

  public List<Part> parts() {
    return List.copyOf(parts);
  }

  /// The body as JSON; the missing node where it is none.
  public JsonNode json() {
    try {
      return JSON.readTree(body);
    } catch (JsonProcessingException _) { // a form
      return MissingNode.getInstance();
    }
  }

  /// The body's pairs where it is a form.
  public Map<String, String> form() {
    var pairs = new TreeMap<String, String>();
    for (String pair : body.split("&")) {
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

  /// The body for the eye: JSON with line breaks, a form's pairs a line each.
  public String prettyBody() {
    JsonNode json = json();
    if (!json.isMissingNode()) {
      return json.toPrettyString();
    }
    var lines = new StringBuilder();
    form().forEach((name, value) -> lines.append(name + " = " + value + "\n"));
    return lines.toString();
  }

  /// Adds words, if there are any.
  public void text(Style style, ChatText text) {
    if (!text.isEmpty()) {
      parts.add(new Part(style, text, List.of(), List.of()));
    }
  }

  /// Adds a title that leads somewhere.
  public void title(ChatText text, String url) {
    text(Style.TITLE, text.linkingTo(url));
  }

  public void fields(List<Field> fields) {
    if (!fields.isEmpty()) {
      parts.add(new Part(Style.TEXT, ChatText.NONE, fields, List.of()));
    }
  }

  /// Adds those that lead into the web.
  public void buttons(List<Button> buttons) {
    var shown = buttons.stream().filter(button -> isOfTheWeb(button.url())).toList();
    if (!shown.isEmpty()) {
      parts.add(new Part(Style.TEXT, ChatText.NONE, List.of(), shown));
    }
  }

  /// Adds a button for each element of a list.
  ///
  /// @param text the key of its text, or of an object whose `content` is the text
  /// @param url the key of its address
  public void buttons(JsonNode list, String text, String url) {
    var buttons = new ArrayList<Button>();
    for (JsonNode one : list) {
      JsonNode label = one.path(text);
      buttons.add(
          new Button(
              label.isObject() ? label.path("content").asText() : label.asText(),
              one.path(url).asText()));
    }
    buttons(buttons);
  }

  /// Gives it a colour, six hexadecimal digits with `#` or without; anything else changes nothing.
  public void paint(String text) {
    String hex = text.startsWith("#") ? text : "#" + text;
    color = hex.matches("#[0-9a-fA-F]{6}") ? hex : color;
  }

  static boolean isOfTheWeb(String url) {
    return url.matches("https?://[^\\s\"<>]+");
  }
}
