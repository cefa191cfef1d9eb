package io.pharos.template.output;

import io.pharos.template.value.GoFormat;
import io.pharos.template.value.SafeText;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The escapers of html/template, one for each kind of position in HTML.
final class HtmlEscape {
  /// The text that replaces an unsafe value, as in Go.
  static final String UNSAFE = "ZgotmplZ";

  private static final Set<String> SAFE_SCHEMES = Set.of("http", "https", "mailto");

  private HtmlEscape() {}

  /// Returns the text of a value; empty for nil.
  static String string(@Nullable Object value) {
    return value == null ? "" : GoFormat.print(value);
  }

  static String text(@Nullable Object value) {
    return isHtml(value) ? string(value) : escape(string(value), false, false);
  }

  /// Escapes a value for `textarea` and `title`, which may contain entities but no elements.
  static String textOnly(@Nullable Object value) {
    return escape(string(value), false, isHtml(value));
  }

  static String attribute(@Nullable Object value) {
    return escape(attributeText(value), false, isHtml(value));
  }

  static String unquoted(@Nullable Object value) {
    String text = attributeText(value);
    return text.isEmpty() ? UNSAFE : escape(text, true, isHtml(value));
  }

  private static String attributeText(@Nullable Object value) {
    return isHtml(value) ? string(value).replaceAll("<[^>]*(>|$)", "") : string(value);
  }

  private static boolean isHtml(@Nullable Object value) {
    return value instanceof SafeText safe && safe.kind() == SafeText.Kind.HTML;
  }

  private static boolean isUrl(@Nullable Object value) {
    return value instanceof SafeText safe && safe.kind() == SafeText.Kind.URL;
  }

  /// Escapes a text.
  ///
  /// @param escapesSpace whether white space, `=` and `` ` `` are escaped too, for an attribute
  ///   without quotes
  /// @param keepEntities whether `&` is kept, for text that is already HTML
  private static String escape(String text, boolean escapesSpace, boolean keepEntities) {
    var escaped = new StringBuilder(text.length() + 16);
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case 0 -> escaped.append(escapesSpace ? "&#xfffd;" : "\uFFFD");
        case '"' -> escaped.append("&#34;");
        case '&' -> escaped.append(keepEntities ? "&" : "&amp;");
        case '\'' -> escaped.append("&#39;");
        case '+' -> escaped.append("&#43;");
        case '<' -> escaped.append("&lt;");
        case '>' -> escaped.append("&gt;");
        case '\t', '\n', 0x0b, '\f', '\r', ' ', '=', '`' -> {
          if (escapesSpace) {
            escaped.append("&#").append((int) c).append(';');
          } else {
            escaped.append(c);
          }
        }
        default -> escaped.append(c);
      }
    }
    return escaped.toString();
  }

  /// Returns the value if its scheme is http, https, mailto or missing, or if it is marked as safe;
  /// otherwise `#` and [#UNSAFE].
  static String filterUrl(@Nullable Object value) {
    String url = string(value);
    if (isUrl(value)) {
      return url;
    }
    int colon = url.indexOf(':');
    boolean hasScheme = colon >= 0 && url.substring(0, colon).indexOf('/') < 0;
    return hasScheme && !SAFE_SCHEMES.contains(url.substring(0, colon).toLowerCase(Locale.ROOT))
        ? "#" + UNSAFE
        : url;
  }

  /// Percent-encodes the characters that a URL must not contain. Does not change existing
  /// percent-encoding.
  static String url(String url) {
    return percent(url, true);
  }

  /// Percent-encodes a value as a part of a URL's query or fragment.
  static String urlComponent(@Nullable Object value) {
    return percent(string(value), isUrl(value));
  }

  private static String percent(String text, boolean isWhole) {
    var encoded = new StringBuilder(text.length() + 16);
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    for (int i = 0; i < bytes.length; i++) {
      int c = bytes[i] & 0xff;
      boolean plain =
          (c >= 'a' && c <= 'z')
              || (c >= 'A' && c <= 'Z')
              || (c >= '0' && c <= '9')
              || "-._~".indexOf(c) >= 0
              || (isWhole && "!#$&*+,/:;=?@[]".indexOf(c) >= 0)
              || (isWhole && c == '%' && isHex(bytes, i + 1) && isHex(bytes, i + 2));
      if (plain) {
        encoded.append((char) c);
      } else {
        encoded.append("%%%02x".formatted(c));
      }
    }
    return encoded.toString();
  }

  private static boolean isHex(byte[] bytes, int i) {
    return i < bytes.length && Character.digit(bytes[i], 16) >= 0;
  }

  /// Returns a CSS value if it is safe, because it contains no quotes, brackets, comments, URLs or
  /// expressions; otherwise [#UNSAFE].
  static String css(String value) {
    for (int i = 0; i < value.length(); i++) {
      if ("\0\"'()/;@[\\]`{}<>".indexOf(value.charAt(i)) >= 0) {
        return UNSAFE;
      }
    }
    String letters = value.toLowerCase(Locale.ROOT).replaceAll("[^a-z]", "");
    boolean comment = value.contains("--") && value.contains("!");
    return comment || letters.contains("expression") || letters.contains("mozbinding")
        ? UNSAFE
        : value;
  }
}
