package io.pharos.probe.expression;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.DecimalNode;
import com.fasterxml.jackson.databind.node.LongNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.TextNode;
import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import io.pharos.model.Quoted;
import io.pharos.model.Re2;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// Parses expressions by recursive descent, and checks their types while parsing.
final class ConditionParser {
  private static final int MAX_CHARACTERS = 2000;
  private static final int MAX_LEVELS = 40;
  private static final int MAX_DIGITS = 30;

  /// Length of each unit in seconds.
  private static final Map<String, BigDecimal> UNITS =
      Map.of(
          "ms", new BigDecimal("0.001"),
          "s", BigDecimal.ONE,
          "m", BigDecimal.valueOf(60),
          "h", BigDecimal.valueOf(3600),
          "d", BigDecimal.valueOf(86400));

  /// A term with its type, and the index at which it starts.
  private record Typed(Term term, Type type, int start) {}

  private final String text;
  private final Map<String, Type> variables;
  private int next; // index of the next character
  private int depth;

  ConditionParser(String text, Map<String, Type> variables) {
    this.text = text;
    this.variables = variables;
  }

  /// Parses the whole text as a condition.
  Term condition() throws ExpressionException {
    checkLength();
    Typed result = binary(1);
    skipSpace();
    if (next < text.length()) {
      throw found("an operator or the end");
    }
    condition(result, "the expression");
    return result.term();
  }

  /// Parses the whole text as a path.
  Term.FactPath path() throws ExpressionException {
    checkLength();
    skipSpace();
    int start = next;
    Typed result = factPath(name(), start);
    skipSpace();
    if (next < text.length()) {
      throw found("the end of the path");
    }
    return (Term.FactPath) result.term();
  }

  private void checkLength() throws ExpressionException {
    if (text.length() > MAX_CHARACTERS) {
      throw new ExpressionException(
          MAX_CHARACTERS, "expected at most " + MAX_CHARACTERS + " characters");
    }
  }

  private void enterLevel() throws ExpressionException {
    if (++depth > MAX_LEVELS * 6) {
      throw new ExpressionException(next, "expected at most " + MAX_LEVELS + " levels of brackets");
    }
  }

  /// Returns a term with its source text, which begins at `from`.
  private Typed withSource(Term term, Type type, int from) {
    return new Typed(new Term.WithSource(term, text.substring(from, next).strip()), type, from);
  }

  private Typed binary(int precedence) throws ExpressionException {
    enterLevel();
    Typed left = precedence > 5 ? unary() : binary(precedence + 1);
    boolean compared = false;
    while (true) {
      skipSpace();
      int start = next;
      if (precedence == 3 && word("matches")) {
        left = matches(left);
      } else {
        Term.Operator operator = operator(precedence);
        if (operator == null) {
          depth--;
          return left;
        }
        if (compared) {
          throw new ExpressionException(start, "expected && between two comparisons");
        }
        Typed right = binary(precedence + 1);
        String source = text.substring(left.start(), next).strip();
        left =
            new Typed(
                new Term.Binary(operator, left.term(), right.term(), source),
                type(operator, left, right, start),
                left.start());
      }
      compared = precedence == 3;
    }
  }

  private Term.@Nullable Operator operator(int precedence) {
    for (Term.Operator operator : Term.Operator.values()) {
      if (operator.precedence == precedence
          && (Character.isLetter(operator.symbol.charAt(0))
              ? word(operator.symbol)
              : symbol(operator.symbol))) {
        return operator;
      }
    }
    return null;
  }

  private Type type(Term.Operator operator, Typed left, Typed right, int start)
      throws ExpressionException {
    switch (operator) {
      case OR, AND -> {
        condition(left, "the left side of " + operator.symbol);
        condition(right, "the right side of " + operator.symbol);
      }
      case EQUAL, NOT_EQUAL -> {
        boolean anyType = left.type() == Type.Plain.ANY || right.type() == Type.Plain.ANY;
        if (!anyType && !(left.type() instanceof Type.Plain && left.type().equals(right.type()))) {
          throw new ExpressionException(
              start,
              "expected two values that can be equal, found %s and %s"
                  .formatted(left.type(), right.type()));
        }
      }
      case LESS, LESS_OR_EQUAL, GREATER, GREATER_OR_EQUAL -> numbers(operator, left, right);
      case CONTAINS -> {
        if (left.type() == Type.Plain.STRING) {
          expect(right, Type.Plain.STRING, "the right side of contains");
        } else if (left.type() != Type.Plain.ANY && !(left.type() instanceof Type.ListOf)) {
          throw new ExpressionException(
              left.start(), "expected a string or a list before contains, found " + left.type());
        }
      }
      case IN -> {
        if (right.type() != Type.Plain.ANY && !(right.type() instanceof Type.ListOf)) {
          throw new ExpressionException(
              right.start(), "expected a list such as [200, 204] after in, found " + right.type());
        }
      }
      case PLUS, MINUS, TIMES, DIVIDE -> {
        numbers(operator, left, right);
        return Type.Plain.NUMBER;
      }
    }
    return Type.Plain.BOOL;
  }

  private static void numbers(Term.Operator operator, Typed left, Typed right)
      throws ExpressionException {
    expect(left, Type.Plain.NUMBER, "the left side of " + operator.symbol);
    expect(right, Type.Plain.NUMBER, "the right side of " + operator.symbol);
  }

  private static void condition(Typed typed, String subject) throws ExpressionException {
    expect(typed, Type.Plain.BOOL, subject);
  }

  private static void expect(Typed typed, Type.Plain expected, String subject)
      throws ExpressionException {
    if (typed.type() != expected && typed.type() != Type.Plain.ANY) {
      throw new ExpressionException(
          typed.start(), "expected %s as %s, found %s".formatted(expected, subject, typed.type()));
    }
  }

  private Typed matches(Typed left) throws ExpressionException {
    expect(left, Type.Plain.STRING, "the left side of matches");
    skipSpace();
    int literal = next;
    if (next >= text.length() || (text.charAt(next) != '"' && text.charAt(next) != '\'')) {
      throw found("a regular expression (RE2) in quotes after matches");
    }
    String regex = string();
    try {
      Pattern pattern = Re2.compile(regex, Pattern.DOTALL);
      return withSource(new Term.Matches(left.term(), pattern), Type.Plain.BOOL, left.start());
    } catch (PatternSyntaxException e) {
      throw new ExpressionException(
          literal, "expected a regular expression (RE2): " + e.getDescription());
    }
  }

  private Typed unary() throws ExpressionException {
    enterLevel();
    try {
      skipSpace();
      int start = next;
      if (next + 1 < text.length() && text.charAt(next) == '!' && text.charAt(next + 1) != '=') {
        next++;
        Typed operand = unary();
        condition(operand, "the operand of !");
        return withSource(new Term.Not(operand.term()), Type.Plain.BOOL, start);
      }
      if (symbol("-")) {
        Typed operand = unary();
        expect(operand, Type.Plain.NUMBER, "the operand of -");
        return withSource(new Term.Negative(operand.term()), Type.Plain.NUMBER, start);
      }
      return primary(start);
    } finally {
      depth--;
    }
  }

  private Typed primary(int start) throws ExpressionException {
    if (next >= text.length()) {
      throw found("a value");
    }
    char c = text.charAt(next);
    if (c == '(') {
      next++;
      Typed inner = binary(1);
      expectSymbol(")");
      return new Typed(inner.term(), inner.type(), start);
    }
    if (c == '[') {
      return list(start);
    }
    if (c == '"' || c == '\'') {
      return new Typed(new Term.Constant(TextNode.valueOf(string())), Type.Plain.STRING, start);
    }
    if (c >= '0' && c <= '9') {
      return new Typed(new Term.Constant(number()), Type.Plain.NUMBER, start);
    }
    if (isLetter(c)) {
      return named(start);
    }
    throw found("a value");
  }

  private Typed list(int start) throws ExpressionException {
    next++;
    var items = new ArrayList<Term>();
    while (!symbol("]")) {
      if (!items.isEmpty()) {
        expectSymbol(",");
      }
      items.add(binary(4).term());
      skipSpace();
      if (next >= text.length()) {
        throw found("]");
      }
    }
    return new Typed(new Term.Items(items), new Type.ListOf(Type.Plain.ANY), start);
  }

  private Typed named(int start) throws ExpressionException {
    String name = name();
    return switch (name) {
      case "true" -> new Typed(new Term.Constant(BooleanNode.TRUE), Type.Plain.BOOL, start);
      case "false" -> new Typed(new Term.Constant(BooleanNode.FALSE), Type.Plain.BOOL, start);
      case "null" -> new Typed(new Term.Constant(NullNode.instance), Type.Plain.ANY, start);
      default -> {
        if (next < text.length() && text.charAt(next) == '(') {
          next++;
          yield call(name, start);
        }
        yield factPath(name, start);
      }
    };
  }

  private Typed call(String name, int start) throws ExpressionException {
    skipSpace();
    int argument = next;
    Typed operand = binary(4);
    expectSymbol(")");
    return switch (name) {
      case "has" -> {
        if (operand.term() instanceof Term.FactPath path) {
          yield withSource(new Term.Has(path), Type.Plain.BOOL, start);
        }
        throw new ExpressionException(
            argument, "expected a path into the facts, such as has(body.data)");
      }
      case "size" -> {
        boolean hasSize =
            operand.type() == Type.Plain.STRING
                || operand.type() == Type.Plain.ANY
                || operand.type() instanceof Type.ListOf;
        if (!hasSize) {
          throw new ExpressionException(
              argument, "expected a string or a list in size(), found " + operand.type());
        }
        yield withSource(new Term.Size(operand.term()), Type.Plain.NUMBER, start);
      }
      default ->
          throw new ExpressionException(
              start, "found the function " + Quoted.of(name) + ", expected has or size");
    };
  }

  private Typed factPath(String name, int start) throws ExpressionException {
    Type type = variables.get(name);
    if (type == null) {
      throw unknown(name, variables, start, "one of ");
    }
    var keys = new ArrayList<Object>();
    while (next < text.length() && (text.charAt(next) == '.' || text.charAt(next) == '[')) {
      int step = next;
      Object key = text.charAt(next++) == '.' ? name() : bracket();
      type =
          switch (type) {
            case Type.Fields fields -> {
              Type field = fields.types().get(key.toString());
              if (field == null) {
                throw unknown(key.toString(), fields.types(), step + 1, "one of ");
              }
              yield field;
            }
            case Type.ListOf list -> list.element();
            case Type.Plain plain -> {
              if (plain != Type.Plain.ANY) {
                throw new ExpressionException(
                    step, text.substring(start, step) + " is " + plain + " and has no parts");
              }
              yield plain;
            }
          };
      keys.add(key);
    }
    return new Typed(new Term.FactPath(text.substring(start, next), name, keys), type, start);
  }

  private static ExpressionException unknown(
      String name, Map<String, Type> available, int start, String expected) {
    return new ExpressionException(
        start,
        "found %s, expected %s%s"
            .formatted(
                Quoted.of(name), expected, String.join(", ", new TreeSet<>(available.keySet()))));
  }

  private Object bracket() throws ExpressionException {
    skipSpace();
    Object key;
    if (next < text.length() && (text.charAt(next) == '"' || text.charAt(next) == '\'')) {
      key = string();
    } else {
      int start = next;
      while (next < text.length() && text.charAt(next) >= '0' && text.charAt(next) <= '9') {
        next++;
      }
      if (next == start || next - start > 6) {
        throw found("a name in quotes or an index such as 0 in brackets");
      }
      key = Integer.valueOf(text.substring(start, next));
    }
    expectSymbol("]");
    return key;
  }

  private String name() throws ExpressionException {
    int start = next;
    while (next < text.length() && (isLetter(text.charAt(next)) || isDigit(text.charAt(next)))) {
      next++;
    }
    if (start == next) {
      throw found("a name");
    }
    return text.substring(start, next);
  }

  private static boolean isLetter(char c) {
    return c == '_' || Character.isLetter(c);
  }

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }

  private String string() throws ExpressionException {
    int start = next;
    char quote = text.charAt(next++);
    var string = new StringBuilder();
    while (next < text.length() && text.charAt(next) != quote) {
      char c = text.charAt(next++);
      if (c == '\\') {
        char escaped = next < text.length() ? text.charAt(next++) : 0;
        switch (escaped) {
          case 'n' -> string.append('\n');
          case 't' -> string.append('\t');
          case 'r' -> string.append('\r');
          case '\\', '"', '\'' -> string.append(escaped);
          // the backslash is retained, so that regular expressions need no double escaping
          default -> string.append(c).append(escaped);
        }
      } else {
        string.append(c);
      }
    }
    if (next >= text.length()) {
      throw new ExpressionException(start, "found a string that does not end, expected " + quote);
    }
    next++;
    return string.toString();
  }

  private JsonNode number() throws ExpressionException {
    int start = next;
    while (next < text.length() && (isDigit(text.charAt(next)) || text.charAt(next) == '.')) {
      next++;
    }
    int end = next;
    while (next < text.length() && isLetter(text.charAt(next))) {
      next++;
    }
    String unit = text.substring(end, next);
    BigDecimal seconds = unit.isEmpty() ? BigDecimal.ONE : UNITS.get(unit);
    try {
      if (seconds != null && end - start <= MAX_DIGITS) {
        BigDecimal value = new BigDecimal(text.substring(start, end)).multiply(seconds);
        return value.stripTrailingZeros().scale() <= 0 && value.precision() <= 18
            ? LongNode.valueOf(value.longValueExact())
            : DecimalNode.valueOf(value);
      }
    } catch (NumberFormatException _) {
      // reported below, like a number with too many digits
    }
    throw new ExpressionException(
        start,
        "expected a number such as 200, 0.5, 200ms or 14d, found "
            + Quoted.of(text.substring(start, next)));
  }

  private void skipSpace() {
    while (next < text.length() && Character.isWhitespace(text.charAt(next))) {
      next++;
    }
  }

  private boolean symbol(String symbol) {
    skipSpace();
    if (text.startsWith(symbol, next)) {
      next += symbol.length();
      return true;
    }
    return false;
  }

  private boolean word(String word) {
    int end = next + word.length();
    if (text.startsWith(word, next)
        && (end == text.length() || !(isLetter(text.charAt(end)) || isDigit(text.charAt(end))))) {
      next = end;
      return true;
    }
    return false;
  }

  private void expectSymbol(String symbol) throws ExpressionException {
    if (!symbol(symbol)) {
      throw found(symbol);
    }
  }

  private ExpressionException found(String expected) {
    String actual = next >= text.length() ? "the end" : Quoted.of(text.substring(next, next + 1));
    return new ExpressionException(next, "found " + actual + ", expected " + expected);
  }
}
