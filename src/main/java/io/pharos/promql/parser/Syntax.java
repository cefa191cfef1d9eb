package io.pharos.promql.parser;

import io.pharos.promql.ast.AggregateOp;
import io.pharos.promql.ast.BinaryOp;
import io.pharos.promql.ast.Function;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// A part of a text in PromQL with its kind, for coloured texts.
public record Syntax(Kind kind, String text) {
  /// What a part is.
  public enum Kind {
    FUNCTION,
    KEYWORD,
    METRIC,
    LABEL,
    STRING,
    NUMBER,
    /// Space, comments, operators of one or two characters, brackets, and what is no PromQL.
    PLAIN
  }

  private static final Set<String> AGGREGATES =
      Stream.of(AggregateOp.values()).map(AggregateOp::symbol).collect(Collectors.toSet());

  /// The words that a list of labels in parentheses follows.
  public static final Set<String> BEFORE_LABELS =
      Set.of("by", "without", "on", "ignoring", "group_left", "group_right");

  /// The words that name no function, aggregation, metric or label.
  public static final Set<String> KEYWORDS =
      Stream.concat(
              Stream.of("bool", "offset", "atan2"),
              Stream.concat(
                  BEFORE_LABELS.stream(),
                  Stream.of(BinaryOp.AND, BinaryOp.OR, BinaryOp.UNLESS).map(BinaryOp::symbol)))
          .collect(Collectors.toUnmodifiableSet());

  /// Returns the parts of a text in order; together they are the text.
  public static List<Syntax> parts(String text) {
    var parts = new ArrayList<Syntax>();
    List<Token> tokens = Lexer.tokens(text);
    int at = 0;
    boolean inBraces = false;
    boolean inLabels = false;
    for (int i = 0; i < tokens.size() - 1; i++) {
      Token token = tokens.get(i);
      switch (token.kind()) {
        case LEFT_BRACE -> inBraces = true;
        case RIGHT_BRACE -> inBraces = false;
        case LEFT_PAREN -> inLabels = i > 0 && isWord(tokens.get(i - 1), BEFORE_LABELS);
        case RIGHT_PAREN -> inLabels = false;
        default -> {
          // the other tokens do not change what a name means
        }
      }
      Kind kind = kind(token, tokens.get(i + 1), inBraces || inLabels);
      if (kind != Kind.PLAIN) {
        add(parts, Kind.PLAIN, text.substring(at, token.span().start()));
        add(parts, kind, text.substring(token.span().start(), token.span().end()));
        at = token.span().end();
      }
    }
    add(parts, Kind.PLAIN, text.substring(at));
    return parts;
  }

  private static void add(List<Syntax> parts, Kind kind, String text) {
    if (!text.isEmpty()) {
      parts.add(new Syntax(kind, text));
    }
  }

  private static Kind kind(Token token, Token next, boolean isLabel) {
    return switch (token.kind()) {
      case STRING -> Kind.STRING;
      case NUMBER, DURATION -> Kind.NUMBER;
      case IDENTIFIER -> isLabel ? Kind.LABEL : name(token, next);
      default -> Kind.PLAIN;
    };
  }

  private static Kind name(Token token, Token next) {
    if (isWord(token, KEYWORDS)) {
      return Kind.KEYWORD;
    }
    boolean isCalled = next.is(Token.Kind.LEFT_PAREN);
    boolean isFunction = isCalled && Function.named(token.text()) != null;
    boolean isAggregate = isWord(token, AGGREGATES) && (isCalled || isWord(next, BEFORE_LABELS));
    return isFunction || isAggregate ? Kind.FUNCTION : Kind.METRIC;
  }

  private static boolean isWord(Token token, Set<String> words) {
    return token.is(Token.Kind.IDENTIFIER) && words.contains(token.text().toLowerCase(Locale.ROOT));
  }

  /// Returns the class in the style sheet; empty for a plain part.
  public String style() {
    return kind == Kind.PLAIN ? "" : "s-" + kind.name().toLowerCase(Locale.ROOT);
  }
}
