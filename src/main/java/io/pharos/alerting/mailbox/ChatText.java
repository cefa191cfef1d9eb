package io.pharos.alerting.mailbox;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A text of a chat message, converted to HTML. The chat service's markup is interpreted
/// approximately. Everything is escaped first, so the HTML has only elements that this class adds.
public final class ChatText {
  private static final Pattern URL = Pattern.compile("https?://[^\\s<>\"']+");
  private static final Pattern MARKDOWN_LINK =
      Pattern.compile("(?<!\\\\)\\[([^\\]\n]*)\\]\\((https?://[^)\\s]*)\\)");
  private static final Pattern SLACK_LINK =
      Pattern.compile("&lt;(https?://[^|\\s]*?)(?:\\|(.*?))?&gt;");

  static final ChatText NONE = new ChatText("");

  private final String html;

  private ChatText(String html) {
    this.html = html;
  }

  /// Whether there is no text.
  public boolean isEmpty() {
    return html.isEmpty();
  }

  /// Returns the HTML, which has only elements that this class adds.
  @Override
  public String toString() {
    return html;
  }

  /// Returns the text as a link, unless it contains links already or the URL is not a web address.
  ChatText withLink(String url) {
    boolean linked = ChatPreview.isWebUrl(url) && !html.contains("<a ");
    return linked ? new ChatText(link(escape(url), html)) : this;
  }

  /// Converts plain text; web addresses become links.
  public static ChatText plain(String text) {
    String safe = escape(text);
    return lines(URL.matcher(safe).replaceAll(found -> quoted(link(found.group(), found.group()))));
  }

  /// Converts Slack's mrkdwn: `*bold*`, `` `code` ``, `<url|text>`. In the given text, `&`, `<` and
  /// `>` are escaped already.
  public static ChatText slack(String text) {
    String safe = escape(text).replaceAll("&amp;(amp|lt|gt);", "&$1;");
    String linked = links(safe, SLACK_LINK, 1, 2);
    return lines(code(bold(linked, "\\*([^*\n]+)\\*")));
  }

  /// Converts markdown as Discord, Teams, DingTalk, WeCom and Feishu support it, including WeCom's
  /// `<font>`.
  public static ChatText markdown(String text) {
    String safe = escape(text.replaceAll("(?m)^> ?", "").replaceAll("(?m)^#{1,6} (.*)$", "**$1**"));
    String linked = links(safe, MARKDOWN_LINK, 2, 1);
    String bold = bold(linked, "(?<!\\\\)\\*\\*(.+?)(?<!\\\\)\\*\\*");
    String plain =
        bold.replaceAll("&lt;/?font[^&]*(?:&quot;[^&]*&quot;)?&gt;", "")
            .replaceAll("&lt;at id=([^&]*)&gt;&lt;/at&gt;", "@$1")
            .replaceAll("\\\\([\\\\*_~`|\\[\\]#(){}.!+-]|&gt;|&lt;|&amp;)", "$1")
            .replaceAll("&amp;(amp|lt|gt);", "&$1;")
            .replaceAll("\n{2,}", "\n");
    return lines(code(plain));
  }

  /// Converts the few HTML elements that Telegram, Pushover and WeChat support.
  public static ChatText html(String text) {
    String safe = escape(text);
    String linked =
        Pattern.compile("&lt;a href=&quot;(https?://.*?)&quot;&gt;(.*?)&lt;/a&gt;")
            .matcher(safe)
            .replaceAll(
                found ->
                    quoted(link(found.group(1).replace("&amp;amp;", "&amp;"), found.group(2))));
    return lines(
        linked
            .replaceAll("&lt;(/?(?:b|i|u|s|code|pre))&gt;", "<$1>")
            .replaceAll("&amp;(amp|lt|gt|quot);", "&$1;"));
  }

  private static String links(String safe, Pattern pattern, int urlGroup, int textGroup) {
    return pattern
        .matcher(safe)
        .replaceAll(
            found -> {
              String url = found.group(urlGroup);
              String text = found.group(textGroup);
              return quoted(link(url, text == null ? url : text));
            });
  }

  private static String quoted(String text) {
    return Matcher.quoteReplacement(text);
  }

  private static String link(String safeUrl, String safeText) {
    return "<a href=\"" + safeUrl + "\">" + safeText + "</a>";
  }

  private static String bold(String safe, String pattern) {
    return safe.replaceAll(pattern, "<b>$1</b>");
  }

  private static String code(String safe) {
    return safe.replaceAll("`([^`\n]+)`", "<code>$1</code>");
  }

  private static ChatText lines(String html) {
    return new ChatText(html.strip().replace("\n", "<br>\n"));
  }

  private static String escape(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;")
        .replace("'", "&#39;");
  }
}
