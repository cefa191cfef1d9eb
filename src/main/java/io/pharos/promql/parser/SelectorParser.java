package io.pharos.promql.parser;

import io.pharos.model.LabelMatcher;
import io.pharos.model.LabelName;
import io.pharos.model.Labels;
import io.pharos.model.Quoted;
import io.pharos.promql.ast.Expr;
import io.pharos.promql.ast.Shift;
import io.pharos.promql.ast.Span;
import io.pharos.promql.parser.Token.Kind;
import java.util.ArrayList;
import java.util.List;

/// Parses `name{label="value", …}` and its UTF-8 form `{"name", "label"="value", …}`.
final class SelectorParser {
  private static final String CONTEXT = "label matching";

  private final TokenReader reader;

  SelectorParser(TokenReader reader) {
    this.reader = reader;
  }

  /// Parses a selector without modifiers.
  Expr.VectorSelector selector() {
    Token first = reader.peek();
    var matchers = new ArrayList<LabelMatcher>();
    String name = "";
    if (first.is(Kind.IDENTIFIER)) {
      name = reader.next().text();
      matchers.add(LabelMatcher.equal(Labels.METRIC_NAME, name));
    } else if (!first.is(Kind.LEFT_BRACE)) {
      throw reader.unexpected("selector", "a metric name or \"{\"");
    }
    if (reader.accept(Kind.LEFT_BRACE)) {
      name = braces(first, name, matchers);
    }
    Span span = first.span().to(reader.previous().span());
    return new Expr.VectorSelector(name, matchers, Shift.NONE, Expr.Edges.PLAIN, span);
  }

  private String braces(Token first, String nameBefore, List<LabelMatcher> matchers) {
    String name = nameBefore;
    while (!reader.peek().is(Kind.RIGHT_BRACE)) {
      Token label = reader.peek();
      if (label.is(Kind.STRING) && isNameAlone(reader.peekSecond())) {
        if (!name.isEmpty()) {
          throw setTwice(first, name, label.text());
        }
        name = reader.next().text();
        if (!TokenReader.isValidText(name)) {
          throw reader.error(label.span(), "invalid metric name " + Quoted.of(name));
        }
        matchers.addFirst(LabelMatcher.equal(Labels.METRIC_NAME, name));
      } else {
        matchers.add(matcher());
      }
      if (!reader.accept(Kind.COMMA)) {
        break;
      }
    }
    reader.expect(Kind.RIGHT_BRACE, CONTEXT, "\",\" or \"}\"");
    if (!name.isEmpty()) {
      for (LabelMatcher other : matchers.subList(1, matchers.size())) {
        if (other.name().equals(Labels.METRIC_NAME)) {
          throw setTwice(first, name, other.value());
        }
      }
    }
    return name;
  }

  private ParseException setTwice(Token token, String name, String other) {
    return reader.error(
        token.span(),
        "metric name must not be set twice: " + Quoted.of(name) + " or " + Quoted.of(other));
  }

  private static boolean isNameAlone(Token second) {
    return second.is(Kind.COMMA) || second.is(Kind.RIGHT_BRACE);
  }

  private LabelMatcher matcher() {
    Token label = reader.peek();
    boolean quoted = label.is(Kind.STRING);
    if (!quoted && !(label.is(Kind.IDENTIFIER) && LabelName.isLegacy(label.text()))) {
      throw reader.unexpected(CONTEXT, "identifier or \"}\"");
    }
    if (quoted && (label.text().isEmpty() || !TokenReader.isValidText(label.text()))) {
      throw reader.error(label.span(), "invalid label name " + Quoted.of(label.text()));
    }
    reader.next();
    LabelMatcher.Type type = matcherType();
    Token value = reader.expect(Kind.STRING, CONTEXT, "string");
    try {
      return LabelMatcher.of(type, label.text(), value.text(), true, reader.regexes());
    } catch (IllegalArgumentException e) {
      throw reader.error(label.span(), String.valueOf(e.getMessage()));
    }
  }

  private LabelMatcher.Type matcherType() {
    for (LabelMatcher.Type type : LabelMatcher.Type.values()) {
      if (reader.peek().kind().expected().equals('"' + type.symbol() + '"')) {
        reader.next();
        return type;
      }
    }
    throw reader.unexpected(CONTEXT, "a label matching operator: \"=\", \"!=\", \"=~\" or \"!~\"");
  }
}
