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
  private static final int LONGEST = 2000;
  private static final int DEEPEST = 40;
  private static final int MAX_DIGITS = 30;

  /// Length of each unit in seconds.
  private static final Map<String, BigDecimal> UNITS =
      Map.of(
          "ms", new BigDecimal("0.001"),
          "s", BigDecimal.ONE,
          "m", BigDecimal.valueOf(60),
          "h", BigDecimal.valueOf(3600),
          "d", BigDecimal.valueOf(86400));

  /// A term with its type and start position.
  private record Typed(Term term, Type type, int at) {}

  private final String text;
  private final Map<String, Type> variables;
  private int at;
  private int depth;

  ConditionParser(String text, Map<String, Type> variables) {
    this.text = text;
    this.variables = variables;
  }

  /// Parses the whole text as a condition.
  Term condition() throws ExpressionException {
    checkLength();
    Typed whole = binary(1);
    space();
    if (at < text.length()) {
      throw found("an operator or the end");
    }
    condition(whole, "the expression");
    return whole.term();
  }

  /// Parses the whole text as a path.
  Term.Seen path() throws ExpressionException {
    checkLength();
    space();
    int place = at;
    Typed whole = seen(name(), place);
    space();
    if (at < text.length()) {
      throw found("the end of the path");
    }
    return (Term.Seen) whole.term();
  }

  private void checkLength() throws ExpressionException {
    if (text.length() > LONGEST) {
      throw new ExpressionException(LONGEST, "expected at most " + LONGEST + " characters");
    }
  }

  private void deepen() throws ExpressionException {
    if (++depth > DEEPEST * 6) {
      throw new ExpressionException(at, "expected at most " + DEEPEST + " levels of brackets");
    }
  }

  /// Returns a term with its source text, which begins at `from`.
  private Typed written(Term term, Type type, int from) {
    return new Typed(new Term.Written(term, text.substring(from, at).strip()), type, from);
  }

  private Typed binary(int binding) throws ExpressionException {
    deepen();
    Typed left = binding > 5 ? unary() : binary(binding + 1);
    boolean compared = false;
    while (true) {
      space();
      int place = at;
      if (binding == 3 && word("matches")) {
        left = matches(left);
      } else {
        Term.Operator operator = operator(binding);
        if (operator == null) {
          depth--;
          return left;
        }
        if (compared) {
          throw new ExpressionException(place, "expected && between two comparisons");
        }
        Typed right = binary(binding + 1);
        String written = text.substring(left.at(), at).strip();
        left =
            new Typed(
                new Term.Both(operator, left.term(), right.term(), written),
                type(operator, left, right, place),
                left.at());
      }
      compared = binding == 3;
    }
  }

  private Term.@Nullable Operator operator(int binding) {
    for (Term.Operator operator : Term.Operator.values()) {
      if (operator.binding == binding
          && (Character.isLetter(operator.symbol.charAt(0))
              ? word(operator.symbol)
              : symbol(operator.symbol))) {
        return operator;
      }
    }
    return null;
  }

  private Type type(Term.Operator operator, Typed left, Typed right, int place)
      throws ExpressionException {
    switch (operator) {
      case OR, AND -> {
        condition(left, "the left side of " + operator.symbol);
        condition(right, "the right side of " + operator.symbol);
      }
      case EQUAL, NOT_EQUAL -> {
        boolean open = left.type() == Type.Plain.ANY || right.type() == Type.Plain.ANY;
        if (!open && !(left.type() instanceof Type.Plain && left.type().equals(right.type()))) {
          throw new ExpressionException(
              place,
              "expected two values that can be equal, found %s and %s"
                  .formatted(left.type(), right.type()));
        }
      }
      case LESS, LESS_OR_EQUAL, GREATER, GREATER_OR_EQUAL -> numbers(operator, left, right);
      case CONTAINS -> {
        if (left.type() == Type.Plain.STRING) {
          expect(right, Type.Plain.STRING, "the right side of contains");
        } else if (left.type() != Type.Plain.ANY && !(left.type() instanceof Type.Each)) {
          throw new ExpressionException(
              left.at(), "expected a string or a list before contains, found " + left.type());
        }
      }
      case IN -> {
        if (right.type() != Type.Plain.ANY && !(right.type() instanceof Type.Each)) {
          throw new ExpressionException(
              right.at(), "expected a list such as [200, 204] after in, found " + right.type());
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

  private static void condition(Typed typed, String what) throws ExpressionException {
    expect(typed, Type.Plain.BOOL, what);
  }

  private static void expect(Typed typed, Type.Plain wanted, String what)
      throws ExpressionException {
    if (typed.type() != wanted && typed.type() != Type.Plain.ANY) {
      throw new ExpressionException(
          typed.at(), "expected %s as %s, found %s".formatted(wanted, what, typed.type()));
    }
  }

  private Typed matches(Typed left) throws ExpressionException {
    expect(left, Type.Plain.STRING, "what matches");
    space();
    int literal = at;
    if (at >= text.length() || (text.charAt(at) != '"' && text.charAt(at) != '\'')) {
      throw found("a regular expression (RE2) in quotes after matches");
    }
    String regex = string();
    try {
      Pattern pattern = Re2.compile(regex, Pattern.DOTALL);
      return written(new Term.Matches(left.term(), pattern), Type.Plain.BOOL, left.at());
    } catch (PatternSyntaxException e) {
      throw new ExpressionException(
          literal, "expected a regular expression (RE2): " + e.getDescription());
    }
  }

  private Typed unary() throws ExpressionException {
    deepen();
    try {
      space();
      int place = at;
      if (at + 1 < text.length() && text.charAt(at) == '!' && text.charAt(at + 1) != '=') {
        at++;
        Typed of = unary();
        condition(of, "what ! negates");
        return written(new Term.Not(of.term()), Type.Plain.BOOL, place);
      }
      if (symbol("-")) {
        Typed of = unary();
        expect(of, Type.Plain.NUMBER, "what - negates");
        return written(new Term.Negative(of.term()), Type.Plain.NUMBER, place);
      }
      return primary(place);
    } finally {
      depth--;
    }
  }

  private Typed primary(int place) throws ExpressionException {
    if (at >= text.length()) {
      throw found("a value");
    }
    char c = text.charAt(at);
    if (c == '(') {
      at++;
      Typed inner = binary(1);
      close(")");
      return new Typed(inner.term(), inner.type(), place);
    }
    if (c == '[') {
      return list(place);
    }
    if (c == '"' || c == '\'') {
      return new Typed(new Term.Constant(TextNode.valueOf(string())), Type.Plain.STRING, place);
    }
    if (c >= '0' && c <= '9') {
      return new Typed(new Term.Constant(number()), Type.Plain.NUMBER, place);
    }
    if (isLetter(c)) {
      return named(place);
    }
    throw found("a value");
  }

  private Typed list(int place) throws ExpressionException {
    at++;
    var items = new ArrayList<Term>();
    while (!symbol("]")) {
      if (!items.isEmpty()) {
        close(",");
      }
      items.add(binary(4).term());
      space();
      if (at >= text.length()) {
        throw found("]");
      }
    }
    return new Typed(new Term.Items(items), new Type.Each(Type.Plain.ANY), place);
  }

  private Typed named(int place) throws ExpressionException {
    String name = name();
    return switch (name) {
      case "true" -> new Typed(new Term.Constant(BooleanNode.TRUE), Type.Plain.BOOL, place);
      case "false" -> new Typed(new Term.Constant(BooleanNode.FALSE), Type.Plain.BOOL, place);
      case "null" -> new Typed(new Term.Constant(NullNode.instance), Type.Plain.ANY, place);
      default -> {
        if (at < text.length() && text.charAt(at) == '(') {
          at++;
          yield call(name, place);
        }
        yield seen(name, place);
      }
    };
  }

  private Typed call(String name, int place) throws ExpressionException {
    space();
    int argument = at;
    Typed of = binary(4);
    close(")");
    return switch (name) {
      case "has" -> {
        if (of.term() instanceof Term.Seen path) {
          yield written(new Term.Has(path), Type.Plain.BOOL, place);
        }
        throw new ExpressionException(
            argument, "expected a path into the facts, such as has(body.data)");
      }
      case "size" -> {
        boolean sized =
            of.type() == Type.Plain.STRING
                || of.type() == Type.Plain.ANY
                || of.type() instanceof Type.Each;
        if (!sized) {
          throw new ExpressionException(
              argument, "expected a string or a list in size(), found " + of.type());
        }
        yield written(new Term.Size(of.term()), Type.Plain.NUMBER, place);
      }
      default ->
          throw new ExpressionException(
              place, "found the function " + Quoted.of(name) + ", expected has or size");
    };
  }

  private Typed seen(String name, int place) throws ExpressionException {
    Type type = variables.get(name);
    if (type == null) {
      throw unknown(name, variables, place, "one of ");
    }
    var way = new ArrayList<Object>();
    while (at < text.length() && (text.charAt(at) == '.' || text.charAt(at) == '[')) {
      int step = at;
      Object key = text.charAt(at++) == '.' ? name() : bracket();
      type =
          switch (type) {
            case Type.Fields fields -> {
              Type field = fields.types().get(key.toString());
              if (field == null) {
                throw unknown(key.toString(), fields.types(), step + 1, "one of ");
              }
              yield field;
            }
            case Type.Each each -> each.of();
            case Type.Plain plain -> {
              if (plain != Type.Plain.ANY) {
                throw new ExpressionException(
                    step, text.substring(place, step) + " is " + plain + " and has no parts");
              }
              yield plain;
            }
          };
      way.add(key);
    }
    return new Typed(new Term.Seen(text.substring(place, at), name, way), type, place);
  }

  private static ExpressionException unknown(
      String name, Map<String, Type> known, int place, String expected) {
    return new ExpressionException(
        place,
        "found %s, expected %s%s"
            .formatted(
                Quoted.of(name), expected, String.join(", ", new TreeSet<>(known.keySet()))));
  }

  private Object bracket() throws ExpressionException {
    space();
    Object key;
    if (at < text.length() && (text.charAt(at) == '"' || text.charAt(at) == '\'')) {
      key = string();
    } else {
      int place = at;
      while (at < text.length() && text.charAt(at) >= '0' && text.charAt(at) <= '9') {
        at++;
      }
      if (at == place || at - place > 6) {
        throw found("a name in quotes or an index such as 0 in brackets");
      }
      key = Integer.valueOf(text.substring(place, at));
    }
    close("]");
    return key;
  }

  private String name() throws ExpressionException {
    int start = at;
    while (at < text.length() && (isLetter(text.charAt(at)) || isDigit(text.charAt(at)))) {
      at++;
    }
    if (start == at) {
      throw found("a name");
    }
    return text.substring(start, at);
  }

  private static boolean isLetter(char c) {
    return c == '_' || Character.isLetter(c);
  }

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }

  private String string() throws ExpressionException {
    int start = at;
    char quote = text.charAt(at++);
    var string = new StringBuilder();
    while (at < text.length() && text.charAt(at) != quote) {
      char c = text.charAt(at++);
      if (c == '\\') {
        char escaped = at < text.length() ? text.charAt(at++) : 0;
        switch (escaped) {
          case 'n' -> string.append('\n');
          case 't' -> string.append('\t');
          case 'r' -> string.append('\r');
          case '\\', '"', '\'' -> string.append(escaped);
          // the backslash stays, so that regular expressions need no double escaping
          default -> string.append(c).append(escaped);
        }
      } else {
        string.append(c);
      }
    }
    if (at >= text.length()) {
      throw new ExpressionException(start, "found a string that does not end, expected " + quote);
    }
    at++;
    return string.toString();
  }

  private JsonNode number() throws ExpressionException {
    int start = at;
    while (at < text.length() && (isDigit(text.charAt(at)) || text.charAt(at) == '.')) {
      at++;
    }
    int end = at;
    while (at < text.length() && isLetter(text.charAt(at))) {
      at++;
    }
    String unit = text.substring(end, at);
    BigDecimal seconds = unit.isEmpty() ? BigDecimal.ONE : UNITS.get(unit);
    try {
      if (seconds != null && end - start <= MAX_DIGITS) {
        BigDecimal value = new BigDecimal(text.substring(start, end)).multiply(seconds);
        return value.stripTrailingZeros().scale() <= 0 && value.precision() <= 18
            ? LongNode.valueOf(value.longValueExact())
            : DecimalNode.valueOf(value);
      }
    } catch (NumberFormatException _) {
      // reported below, together with an index that is too long
    }
    throw new ExpressionException(
        start,
        "expected a number such as 200, 0.5, 200ms or 14d, found "
            + Quoted.of(text.substring(start, at)));
  }

  private void space() {
    while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
      at++;
    }
  }

  private boolean symbol(String symbol) {
    space();
    if (text.startsWith(symbol, at)) {
      at += symbol.length();
      return true;
    }
    return false;
  }

  private boolean word(String word) {
    int end = at + word.length();
    if (text.startsWith(word, at)
        && (end == text.length() || !(isLetter(text.charAt(end)) || isDigit(text.charAt(end))))) {
      at = end;
      return true;
    }
    return false;
  }

  private void close(String symbol) throws ExpressionException {
    if (!symbol(symbol)) {
      throw found(symbol);
    }
  }

  private ExpressionException found(String expected) {
    String there = at >= text.length() ? "the end" : Quoted.of(text.substring(at, at + 1));
    return new ExpressionException(at, "found " + there + ", expected " + expected);
  }
}
