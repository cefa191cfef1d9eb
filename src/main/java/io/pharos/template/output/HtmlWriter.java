package io.pharos.template.output;

import io.pharos.model.Quoted;
import io.pharos.template.value.BoundedText;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Writes HTML and escapes each value for its position, as Go's html/template does: element text,
/// attribute, URL or style attribute. Literal text of the template is trusted; comments are
/// dropped.
///
/// A value that cannot be made safe is replaced by Go's marker `ZgotmplZ`. Values in scripts, event
/// handlers, style sheets and `srcset` are refused: HTML mail does not need them.
public final class HtmlWriter implements Output {
  /* Go determines the context of each action once, from the text of all branches. This class
   * determines the context from the text written so far; the escaped output is the same. */
  private enum State {
    TEXT,
    TAG,
    ATTRIBUTE_NAME,
    AFTER_NAME,
    BEFORE_VALUE,
    ATTRIBUTE,
    RCDATA,
    SCRIPT,
    STYLE,
    COMMENT
  }

  private enum Kind {
    PLAIN,
    URL,
    STYLE,
    REFUSED
  }

  private enum UrlPart {
    START,
    PATH,
    QUERY
  }

  /* Attributes whose names contain `src` although their values are no URLs. */
  private static final Set<String> PLAIN_ATTRIBUTES = Set.of("srcdoc", "srclang");

  private static final Set<String> URL_ATTRIBUTES =
      Set.of(
          "action",
          "archive",
          "background",
          "cite",
          "classid",
          "codebase",
          "data",
          "formaction",
          "href",
          "icon",
          "longdesc",
          "manifest",
          "poster",
          "profile",
          "src",
          "usemap",
          "xmlns");

  private final BoundedText out;
  private State state = State.TEXT;
  private Kind kind = Kind.PLAIN;
  private UrlPart urlPart = UrlPart.START;
  private char quote;
  private String element = "";
  private final StringBuilder attribute = new StringBuilder();
  /* The literal text of the current style attribute. */
  private final StringBuilder style = new StringBuilder();

  public HtmlWriter(int maxCharacters) {
    this(new BoundedText(maxCharacters));
  }

  private HtmlWriter(BoundedText out) {
    this.out = out;
  }

  /// Returns a writer in the same context, for another branch. Both writers have the same output.
  public HtmlWriter copy() {
    var copy = new HtmlWriter(out);
    copy.state = state;
    copy.kind = kind;
    copy.urlPart = urlPart;
    copy.quote = quote;
    copy.element = element;
    copy.attribute.append(attribute);
    copy.style.append(style);
    return copy;
  }

  @Override
  public String result() {
    if (state != State.TEXT) {
      throw new IllegalArgumentException(
          "ends in a non-text context: " + state.name().toLowerCase(Locale.ROOT));
    }
    return out.toString();
  }

  @Override
  public boolean escapesHtml() {
    return true;
  }

  @Override
  public boolean inUrlQuery() {
    return state == State.ATTRIBUTE && kind == Kind.URL && urlPart == UrlPart.QUERY;
  }

  @Override
  public void text(String text) {
    int i = 0;
    while (i < text.length()) {
      i = advance(text, i);
    }
  }

  private int advance(String text, int i) {
    return switch (state) {
      case TEXT -> inText(text, i);
      case COMMENT -> inComment(text, i);
      case RCDATA, SCRIPT, STYLE -> inRaw(text, i);
      case TAG -> inTag(text, i);
      case ATTRIBUTE_NAME -> inAttributeName(text, i);
      case AFTER_NAME -> afterName(text, i);
      case BEFORE_VALUE -> beforeValue(text, i);
      case ATTRIBUTE -> inAttribute(text, i);
    };
  }

  private int inText(String text, int i) {
    char c = text.charAt(i);
    if (c != '<') {
      out.append(c);
      return i + 1;
    }
    if (text.startsWith("<!--", i)) {
      state = State.COMMENT;
      return i + 4;
    }
    boolean closing = text.startsWith("</", i);
    int nameStart = closing ? i + 2 : i + 1;
    if (nameStart < text.length() && isLetter(text.charAt(nameStart))) {
      int end = nameStart;
      while (end < text.length() && isNamePart(text.charAt(end))) {
        end++;
      }
      element = closing ? "" : text.substring(nameStart, end).toLowerCase(Locale.ROOT);
      out.append(text.substring(i, end));
      state = State.TAG;
      return end;
    }
    boolean doctype = text.regionMatches(true, i, "<!doctype", 0, 9);
    out.append(doctype ? "<" : "&lt;");
    return i + 1;
  }

  private int inComment(String text, int i) {
    int close = text.indexOf("-->", i);
    if (close < 0) {
      return text.length();
    }
    state = State.TEXT;
    return close + 3;
  }

  private int inRaw(String text, int i) {
    char c = text.charAt(i);
    if (c == '<' && text.regionMatches(true, i, "</" + element, 0, element.length() + 2)) {
      int end = i + element.length() + 2;
      out.append(text.substring(i, end));
      element = "";
      state = State.TAG;
      return end;
    }
    out.append(state == State.RCDATA && c == '<' ? "&lt;" : String.valueOf(c));
    return i + 1;
  }

  private int inTag(String text, int i) {
    char c = text.charAt(i);
    out.append(c);
    if (c == '>') {
      state =
          switch (element) {
            case "script" -> State.SCRIPT;
            case "style" -> State.STYLE;
            case "textarea", "title" -> State.RCDATA;
            default -> State.TEXT;
          };
    } else if (!isSpace(c) && c != '/') {
      refuseInName(c);
      if (c == '=') {
        throw new IllegalArgumentException(
            "expected space, attr name, or end of tag, but got \"=\"");
      }
      attribute.setLength(0);
      attribute.append(c);
      state = State.ATTRIBUTE_NAME;
    }
    return i + 1;
  }

  private int inAttributeName(String text, int i) {
    char c = text.charAt(i);
    if (isSpace(c) || c == '=' || c == '>' || c == '/') {
      state = State.AFTER_NAME;
      return i;
    }
    refuseInName(c);
    attribute.append(c);
    out.append(c);
    return i + 1;
  }

  private static void refuseInName(char c) {
    if (c == '"' || c == '\'' || c == '<') {
      throw new IllegalArgumentException(Quoted.of(String.valueOf(c)) + " in attribute name");
    }
  }

  private int afterName(String text, int i) {
    char c = text.charAt(i);
    if (isSpace(c)) {
      out.append(c);
      return i + 1;
    }
    if (c != '=') {
      state = State.TAG;
      return i;
    }
    out.append(c);
    kind = kindOf(attribute.toString());
    urlPart = UrlPart.START;
    style.setLength(0);
    state = State.BEFORE_VALUE;
    return i + 1;
  }

  private static Kind kindOf(String name) {
    String plain = name.toLowerCase(Locale.ROOT);
    if (plain.startsWith("data-")) {
      plain = plain.substring(5);
    } else if (plain.indexOf(':') >= 0) {
      if (plain.startsWith("xmlns:")) {
        return Kind.URL;
      }
      plain = plain.substring(plain.indexOf(':') + 1);
    }
    if (PLAIN_ATTRIBUTES.contains(plain)) {
      return Kind.PLAIN;
    }
    if (plain.equals("style")) {
      return Kind.STYLE;
    }
    if (plain.equals("srcset") || plain.startsWith("on")) {
      return Kind.REFUSED;
    }
    boolean url =
        URL_ATTRIBUTES.contains(plain)
            || plain.contains("src")
            || plain.contains("uri")
            || plain.contains("url");
    return url ? Kind.URL : Kind.PLAIN;
  }

  private int beforeValue(String text, int i) {
    char c = text.charAt(i);
    if (isSpace(c)) {
      out.append(c);
      return i + 1;
    }
    if (c == '>') {
      state = State.TAG;
      return i;
    }
    quote = c == '"' || c == '\'' ? c : 0;
    state = State.ATTRIBUTE;
    if (quote == 0) {
      return i;
    }
    out.append(c);
    return i + 1;
  }

  private int inAttribute(String text, int i) {
    char c = text.charAt(i);
    boolean ends = quote == 0 ? isSpace(c) || c == '>' : c == quote;
    if (ends) {
      state = State.TAG;
      if (quote != 0) {
        out.append(c);
        return i + 1;
      }
      return i;
    }
    out.append(c);
    switch (kind) {
      case URL ->
          urlPart = c == '?' || c == '#' || urlPart == UrlPart.QUERY ? UrlPart.QUERY : UrlPart.PATH;
      case STYLE -> style.append(c);
      case PLAIN, REFUSED -> {}
    }
    return i + 1;
  }

  /// Returns why a value at this position is refused; empty if it is allowed.
  public Optional<String> refusal() {
    boolean inAttribute = state == State.ATTRIBUTE || state == State.BEFORE_VALUE;
    if (state == State.SCRIPT || state == State.STYLE) {
      return Optional.of("an action inside a <" + element + "> element is not supported");
    }
    return inAttribute && kind == Kind.REFUSED
        ? Optional.of("an action in the attribute " + attribute + " is not supported")
        : Optional.empty();
  }

  @Override
  public void value(@Nullable Object value) {
    refusal()
        .ifPresent(
            reason -> {
              throw new IllegalArgumentException(reason);
            });
    switch (state) {
      case TEXT -> out.append(HtmlEscape.text(value));
      case RCDATA -> out.append(HtmlEscape.textOnly(value));
      case TAG, ATTRIBUTE_NAME, AFTER_NAME -> name(value);
      case BEFORE_VALUE -> {
        quote = 0;
        state = State.ATTRIBUTE;
        attributeValue(value);
      }
      case ATTRIBUTE -> attributeValue(value);
      case COMMENT,
          SCRIPT,
          STYLE -> {} // comments are dropped; values in scripts and styles were refused above
    }
  }

  private void name(@Nullable Object value) {
    String name = HtmlEscape.string(value).toLowerCase(Locale.ROOT);
    boolean safe =
        !name.isEmpty()
            && name.chars().allMatch(c -> c < 0x80 && Character.isLetterOrDigit(c))
            && kindOf(name) == Kind.PLAIN;
    String written = safe ? name : HtmlEscape.UNSAFE;
    out.append(written);
    if (state == State.TAG) {
      attribute.setLength(0);
    }
    attribute.append(written);
    state = State.ATTRIBUTE_NAME;
  }

  private void attributeValue(@Nullable Object value) {
    Object safe =
        switch (kind) {
          case PLAIN -> value;
          case URL -> url(value);
          case STYLE -> inCssUrl() ? HtmlEscape.UNSAFE : HtmlEscape.css(HtmlEscape.string(value));
          case REFUSED -> throw new IllegalStateException("refused values are not written");
        };
    out.append(quote == 0 ? HtmlEscape.unquoted(safe) : HtmlEscape.attribute(safe));
  }

  private String url(@Nullable Object value) {
    return switch (urlPart) {
      case START -> {
        urlPart = UrlPart.PATH;
        yield HtmlEscape.url(HtmlEscape.filterUrl(value));
      }
      case PATH -> HtmlEscape.url(HtmlEscape.string(value));
      case QUERY -> HtmlEscape.urlComponent(value);
    };
  }

  private boolean inCssUrl() {
    int url = style.toString().toLowerCase(Locale.ROOT).lastIndexOf("url(");
    return url >= 0 && style.indexOf(")", url) < 0;
  }

  private static boolean isSpace(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
  }

  private static boolean isLetter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  }

  private static boolean isNamePart(char c) {
    return isLetter(c) || (c >= '0' && c <= '9') || c == ':' || c == '-';
  }
}
