package io.pharos.server.web.query;

import com.google.re2j.Matcher;
import com.google.re2j.Pattern;
import io.pharos.model.LabelMatcher;
import io.pharos.model.Re2;
import io.pharos.promql.parser.Syntax;
import java.util.ArrayList;
import java.util.List;

/// Where the cursor is in an expression that somebody writes, and what may come there. The
/// expression is usually not complete, so no parser accepts it.
sealed interface EditorPlace {
  /// Where the word at the cursor begins; it is replaced by what the reader chooses.
  int from();

  /// The word at the cursor, up to the cursor.
  String word();

  /// The name of a metric, function, operator or modifier.
  record Name(int from, String word) implements EditorPlace {}

  /// The name of a label.
  ///
  /// @param matchers complete matchers of the same selector; empty outside of selectors
  record Label(int from, String word, List<LabelMatcher> matchers) implements EditorPlace {
    public Label {
      matchers = List.copyOf(matchers);
    }
  }

  /// The value of a label.
  ///
  /// @param matchers complete matchers of the same selector
  record LabelValue(int from, String word, String label, List<LabelMatcher> matchers)
      implements EditorPlace {
    public LabelValue {
      matchers = List.copyOf(matchers);
    }
  }

  /// A duration in brackets.
  record Range(int from, String word) implements EditorPlace {}

  /// Nothing can be completed, as in a comment or a number.
  record Nothing(int from, String word) implements EditorPlace {}

  Pattern MATCHER =
      Re2.compile(
          "([a-zA-Z_][a-zA-Z0-9_]*)\\s*(=~|!~|!=|=)\\s*"
              + "(\"((?:[^\"\\\\]|\\\\.)*)\"|'((?:[^'\\\\]|\\\\.)*)')",
          0);
  Pattern LAST_WORD = Re2.compile("([a-zA-Z_:][a-zA-Z0-9_:]*)\\s*$", 0);
  Pattern OPEN_VALUE = Re2.compile("([a-zA-Z_][a-zA-Z0-9_]*)\\s*(?:=~|!~|!=|=)\\s*$", 0);

  /// Returns the place of a cursor.
  ///
  /// @param cursor number of characters before it
  static EditorPlace at(String expression, int cursor) {
    String before = expression.substring(0, Math.clamp(cursor, 0, expression.length()));
    var scan = new Scan(before);
    int start = wordStart(before);
    String word = before.substring(start);
    if (scan.isComment) {
      return new Nothing(before.length(), "");
    }
    if (scan.quote >= 0) {
      return inString(before, scan);
    }
    if (!word.isEmpty() && word.charAt(0) >= '0' && word.charAt(0) <= '9' && !scan.isBracket()) {
      return new Nothing(before.length(), "");
    }
    return switch (scan.innermost()) {
      case '{' -> new Label(start, word, matchers(before, scan.opened()));
      case '[' -> new Range(start, word);
      case '(' ->
          Syntax.BEFORE_LABELS.contains(wordBefore(before, scan.opened()))
              ? new Label(start, word, List.of())
              : new Name(start, word);
      default -> new Name(start, word);
    };
  }

  private static EditorPlace inString(String before, Scan scan) {
    int from = scan.quote + 1;
    Matcher open = OPEN_VALUE.matcher(before.substring(0, scan.quote));
    return scan.innermost() == '{' && open.find()
        ? new LabelValue(
            from,
            before.substring(from),
            open.group(1),
            matchers(before.substring(0, scan.quote), scan.opened()))
        : new Nothing(before.length(), "");
  }

  private static int wordStart(String before) {
    int start = before.length();
    while (start > 0 && isWord(before.charAt(start - 1))) {
      start--;
    }
    return start;
  }

  private static boolean isWord(char c) {
    return c == '_'
        || c == ':'
        || (c >= '0' && c <= '9')
        || (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z');
  }

  private static String wordBefore(String text, int end) {
    Matcher word = LAST_WORD.matcher(text.substring(0, end));
    return word.find() ? word.group(1) : "";
  }

  /// Returns the matchers of a selector up to the cursor, its metric name among them.
  private static List<LabelMatcher> matchers(String before, int brace) {
    var matchers = new ArrayList<LabelMatcher>();
    String name = wordBefore(before, brace);
    if (!name.isEmpty()) {
      matchers.add(LabelMatcher.equal("__name__", name));
    }
    Matcher found = MATCHER.matcher(before.substring(brace + 1));
    while (found.find()) {
      String value = found.group(4) == null ? found.group(5) : found.group(4);
      try {
        matchers.add(
            LabelMatcher.of(
                LabelMatcher.Type.of(found.group(2)),
                found.group(1),
                value.replaceAll("\\\\(.)", "$1")));
      } catch (IllegalArgumentException _) {
        // a regular expression that is not complete yet selects nothing to complete from
      }
    }
    return matchers;
  }

  /// Which brackets and quotes are open at the end of a text.
  final class Scan {
    private final List<Integer> open = new ArrayList<>();
    private final String text;
    private int quote = -1;
    private boolean isComment;

    private Scan(String text) {
      this.text = text;
      for (int i = 0; i < text.length(); i++) {
        i = step(i, text.charAt(i));
      }
    }

    private int step(int i, char c) {
      if (isComment) {
        isComment = c != '\n';
      } else if (quote >= 0) {
        if (c == '\\' && text.charAt(quote) != '`') {
          return i + 1;
        }
        quote = c == text.charAt(quote) ? -1 : quote;
      } else if (c == '"' || c == '\'' || c == '`') {
        quote = i;
      } else if (c == '#') {
        isComment = true;
      } else if ("({[".indexOf(c) >= 0) {
        open.add(i);
      } else if (")}]".indexOf(c) >= 0 && !open.isEmpty()) {
        open.removeLast();
      }
      return i;
    }

    private char innermost() {
      return open.isEmpty() ? ' ' : text.charAt(open.getLast());
    }

    private boolean isBracket() {
      return innermost() == '[';
    }

    private int opened() {
      return open.getLast();
    }
  }
}
