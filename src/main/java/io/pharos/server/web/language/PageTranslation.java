package io.pharos.server.web.language;

import java.util.Locale;
import java.util.Set;
import java.util.function.UnaryOperator;

/// Translates a finished page: its texts, and the attributes that readers see or hear. What people
/// and programs wrote stays as it is: code, fields, scripts, elements with `translate="no"`, and
/// those whose class says that they hold a name or a label.
final class PageTranslation {
  private static final Set<String> KEPT_ELEMENTS =
      Set.of("code", "pre", "textarea", "script", "style", "kbd");

  private static final Set<String> KEPT_CLASSES =
      Set.of("name", "label", "chip", "code", "lane-name", "prose");

  private static final Set<String> ATTRIBUTES =
      Set.of("title", "aria-label", "placeholder", "alt", "data-label", "data-word");

  private static final Set<String> VOID =
      Set.of("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "wbr");

  private final UnaryOperator<String> words;
  private final String html;
  private final StringBuilder out;

  /* The element whose content is kept, and how many of its name are open; empty if none is. */
  private String kept = "";
  private int depth;

  private PageTranslation(UnaryOperator<String> words, String html) {
    this.words = words;
    this.html = html;
    out = new StringBuilder(html.length() + html.length() / 8);
  }

  /// Translates HTML. Malformed HTML is copied where it can't be understood.
  ///
  /// @param words translates a text, which is HTML too
  static String of(UnaryOperator<String> words, String html) {
    return new PageTranslation(words, html).all();
  }

  private String all() {
    int at = 0;
    while (at < html.length()) {
      int open = html.indexOf('<', at);
      int end = open < 0 ? html.length() : open;
      if (end > at) {
        String text = html.substring(at, end);
        out.append(kept.isEmpty() ? words.apply(text) : text);
      }
      at = open < 0 ? end : markup(open);
    }
    return out.toString();
  }

  /// Copies the markup at a position, and returns the position after it.
  private int markup(int at) {
    char next = at + 1 < html.length() ? html.charAt(at + 1) : ' ';
    if (isLetter(next)) {
      return tag(at);
    }
    if (next == '/') {
      int end = after('>', at);
      if (!kept.isEmpty() && name(at + 2).equals(kept) && --depth == 0) {
        kept = "";
      }
      return copied(at, end);
    }
    if (html.startsWith("<!--", at)) {
      int end = html.indexOf("-->", at + 4);
      return copied(at, end < 0 ? html.length() : end + 3);
    }
    return copied(at, next == '!' || next == '?' ? after('>', at) : at + 1);
  }

  private int after(char c, int at) {
    int found = html.indexOf(c, at);
    return found < 0 ? html.length() : found + 1;
  }

  private int copied(int from, int to) {
    out.append(html, from, to);
    return to;
  }

  private static boolean isLetter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  }

  private String name(int at) {
    int end = at;
    while (end < html.length() && " \t\r\n\f/>".indexOf(html.charAt(end)) < 0) {
      end++;
    }
    return html.substring(at, end).toLowerCase(Locale.ROOT);
  }

  private int tag(int at) {
    String name = name(at + 1);
    var tag = Tag.read(html, at + 1 + name.length());
    boolean isOpen = !VOID.contains(name) && !html.startsWith("/>", tag.end() - 2);
    if (!kept.isEmpty()) {
      depth += isOpen && name.equals(kept) ? 1 : 0;
      return copied(at, tag.end());
    }
    boolean keeps = keeps(name, tag);
    if (keeps && isOpen) {
      kept = name;
      depth = 1;
    }
    int from = at;
    if (!keeps) {
      for (Tag.Attribute one : tag.attributes()) {
        if (one.isQuoted() && ATTRIBUTES.contains(one.name())) {
          out.append(html, from, one.from());
          out.append(words.apply(html.substring(one.from(), one.to())));
          from = one.to();
        }
      }
    }
    return copied(from, rawEnd(name, tag.end()));
  }

  /// Whether the content and the attributes of an element are not of the pages.
  private boolean keeps(String name, Tag tag) {
    String translate = tag.value(html, "translate");
    if (!translate.isEmpty()) {
      return translate.equals("no");
    }
    // A form sends the text of an option that has no value.
    if (KEPT_ELEMENTS.contains(name) || (name.equals("option") && !tag.has("value"))) {
      return true;
    }
    for (String one : tag.value(html, "class").split(" ")) {
      if (KEPT_CLASSES.contains(one)) {
        return true;
      }
    }
    return false;
  }

  /// Returns the end of the text of a script, a style or a text field, in which `<` is text; the
  /// end of the tag for other elements.
  private int rawEnd(String name, int end) {
    if (!name.equals("script") && !name.equals("style") && !name.equals("textarea")) {
      return end;
    }
    int close = html.indexOf("</" + name, end);
    return close < 0 ? html.length() : close;
  }
}
