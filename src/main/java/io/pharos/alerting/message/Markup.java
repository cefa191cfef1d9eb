package io.pharos.alerting.message;

/// The markup of a channel: emphasis, links, and the escaping that prevents label values from
/// becoming emphasis or links.
public interface Markup {
  /// Plain text, for channels without markup.
  Markup PLAIN =
      new Markup() {
        @Override
        public String escape(String text) {
          return text;
        }

        @Override
        public String bold(String escaped) {
          return escaped;
        }

        @Override
        public String link(String escaped, String url) {
          return escaped + ": " + url;
        }
      };

  /// The HTML tags of Telegram and Pushover.
  Markup HTML =
      new Markup() {
        @Override
        public String escape(String text) {
          return text.replace("&", "&amp;")
              .replace("<", "&lt;")
              .replace(">", "&gt;")
              .replace("\"", "&quot;");
        }

        @Override
        public String bold(String escaped) {
          return "<b>" + escaped + "</b>";
        }

        @Override
        public String link(String escaped, String url) {
          return "<a href=\"" + escape(url) + "\">" + escaped + "</a>";
        }
      };

  /// Markdown in which a backslash escapes each special character, as in Discord and Gotify.
  Markdown BACKSLASHED = text -> text.replaceAll("([\\\\*_~`|>\\[\\]<#])", "\\\\$1");

  /// The Markdown of most chats: `**bold**` and `[text](url)`. Each chat escapes differently.
  @FunctionalInterface
  interface Markdown extends Markup {
    @Override
    default String bold(String escaped) {
      return "**" + escaped + "**";
    }

    @Override
    default String link(String escaped, String url) {
      return "[" + escaped + "](" + url.replace("(", "%28").replace(")", "%29") + ")";
    }
  }

  /// Escapes a text so that it is displayed unchanged.
  String escape(String text);

  /// Emphasizes a text that is escaped already.
  String bold(String escaped);

  /// Returns a link whose text is escaped already.
  String link(String escaped, String url);

  /// Formats an alert's name in a list, from plain text.
  default String name(String text) {
    return escape(text);
  }

  /// Prefix of each alert in a list.
  default String bullet() {
    return "• ";
  }

  /// Prefix of the line with the number of omitted alerts.
  default String bulletOfRest() {
    return "";
  }

  /// Whether a link displays its URL, so that each link needs its own line.
  default boolean showsAddresses() {
    return this == PLAIN;
  }
}
