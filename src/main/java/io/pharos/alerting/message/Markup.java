package io.pharos.alerting.message;

/// Markup of a channel: emphasis, links, and the escaping that prevents label values from becoming
/// either.
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

  /// Markdown of most chats: `**bold**` and `[text](url)`. Escaping differs.
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

  /// Emphasizes escaped text.
  String bold(String escaped);

  /// Links escaped text.
  String link(String escaped, String url);

  /// Formats an alert's name in a list, from plain text.
  default String name(String text) {
    return escape(text);
  }

  /// Prefix of each alert in a list.
  default String bullet() {
    return "• ";
  }

  /// Prefix of the line that counts the omitted alerts.
  default String bulletOfRest() {
    return "";
  }

  /// Whether a link displays its URL, so that each needs its own line.
  default boolean showsAddresses() {
    return this == PLAIN;
  }
}
