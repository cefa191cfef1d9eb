package io.pharos.alerting.message;

/// How a channel writes emphasis and links, and what it does so that a label's text is never taken
/// for either.
public interface Markup {
  /// Text as it is, for channels without markup.
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

  /// The few tags that Telegram and Pushover know.
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

  /// The markdown that most chats know: `**bold**` and `[text](address)`. What must be escaped
  /// differs.
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

  /// A text that shows as it is.
  String escape(String text);

  String bold(String escaped);

  String link(String escaped, String url);

  /// An alert's name in a list, from plain text.
  default String name(String text) {
    return escape(text);
  }

  /// What stands before each alert of a list.
  default String bullet() {
    return "• ";
  }

  /// What stands before the line that counts the alerts which are not in the list.
  default String bulletOfRest() {
    return "";
  }

  /// Whether a link shows its address, so that each needs a line of its own.
  default boolean showsAddresses() {
    return this == PLAIN;
  }
}
