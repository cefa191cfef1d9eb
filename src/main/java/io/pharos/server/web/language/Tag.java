package io.pharos.server.web.language;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// The attributes of a start tag in a page.
///
/// @param end position after the tag
record Tag(List<Attribute> attributes, int end) {
  /// An attribute whose value stands from a position to another.
  ///
  /// @param isQuoted whether the value stands between double quotes
  record Attribute(String name, int from, int to, boolean isQuoted) {}

  /// Reads the attributes from a position after the tag's name.
  static Tag read(String html, int start) {
    var attributes = new ArrayList<Attribute>();
    int at = start;
    while (at < html.length() && html.charAt(at) != '>') {
      if (isSpace(html.charAt(at)) || html.charAt(at) == '/') {
        at++;
        continue;
      }
      int name = at++;
      while (at < html.length()
          && "=/>".indexOf(html.charAt(at)) < 0
          && !isSpace(html.charAt(at))) {
        at++;
      }
      String text = html.substring(name, at).toLowerCase(Locale.ROOT);
      int from = at;
      int to = at;
      boolean isQuoted = false;
      if (at < html.length() && html.charAt(at) == '=') {
        char quote = at + 1 < html.length() ? html.charAt(at + 1) : ' ';
        if (quote == '"' || quote == '\'') {
          from = at + 2;
          int close = html.indexOf(quote, from);
          to = close < 0 ? html.length() : close;
          at = Math.min(html.length(), to + 1);
          isQuoted = quote == '"' && close >= 0;
        } else {
          from = ++at;
          while (at < html.length() && html.charAt(at) != '>' && !isSpace(html.charAt(at))) {
            at++;
          }
          to = at;
        }
      }
      attributes.add(new Attribute(text, from, to, isQuoted));
    }
    return new Tag(attributes, Math.min(html.length(), at + 1));
  }

  private static boolean isSpace(char c) {
    return c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f';
  }

  /// Whether the tag has an attribute.
  boolean has(String name) {
    return attributes.stream().anyMatch(one -> one.name().equals(name));
  }

  /// Returns the value of an attribute; empty if it is missing.
  String value(String html, String name) {
    for (Attribute one : attributes) {
      if (one.name().equals(name)) {
        return html.substring(one.from(), one.to());
      }
    }
    return "";
  }
}
