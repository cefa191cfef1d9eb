package io.pharos.promql.parser;

import io.pharos.model.Quoted;
import io.pharos.promql.ast.BinaryOp;
import io.pharos.promql.ast.Expr;
import io.pharos.promql.ast.ValueType;
import io.pharos.promql.ast.VectorMatching;
import io.pharos.promql.ast.VectorMatching.Cardinality;
import io.pharos.promql.parser.Token.Kind;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Parses the modifiers between a binary operator and its right operand (`bool`, `on`, `ignoring`,
/// `group_left`, `group_right`, `fill`), and records modifiers that do not fit the operands.
final class MatchingParser {
  /// The modifiers as written.
  ///
  /// @param labels labels of `on` or `ignoring`, or null if neither is present
  record Modifiers(
      boolean returnBool,
      boolean on,
      @Nullable List<String> labels,
      Cardinality cardinality,
      List<String> include,
      @Nullable Double fillLeft,
      @Nullable Double fillRight) {}

  private final TokenReader reader;
  private final ParserOptions options;
  private final IdentityHashMap<Expr, ParseException> problems = new IdentityHashMap<>();

  MatchingParser(TokenReader reader, ParserOptions options) {
    this.reader = reader;
    this.options = options;
  }

  Modifiers modifiers() {
    boolean returnBool = reader.acceptWord("bool");
    boolean on = false;
    List<String> labels = null;
    var cardinality = Cardinality.ONE_TO_ONE;
    List<String> include = List.of();
    Token word = reader.peek();
    if (word.isWord("on") || word.isWord("ignoring")) {
      on = word.isWord("on");
      reader.next();
      labels = reader.labelList("grouping opts");
      Token group = reader.peek();
      if (group.isWord("group_left") || group.isWord("group_right")) {
        reader.next();
        cardinality =
            group.isWord("group_left") ? Cardinality.MANY_TO_ONE : Cardinality.ONE_TO_MANY;
        if (reader.peek().is(Kind.LEFT_PAREN)) {
          include = reader.labelList("grouping opts");
        }
      }
    }
    return fill(new Modifiers(returnBool, on, labels, cardinality, include, null, null));
  }

  private Modifiers fill(Modifiers withoutFill) {
    Modifiers modifiers = withoutFill;
    while (isFill(reader.peek()) && isFollowedByParen()) {
      Token word = reader.next();
      if (!options.fillModifiers()) {
        throw reader.error(
            word.span(),
            word.text() + " is not enabled, expected --enable-feature=promql-binop-fill-modifiers");
      }
      reader.expect(Kind.LEFT_PAREN, word.text());
      Double value = Numbers.signed(reader, word.text(), "a number");
      reader.expect(Kind.RIGHT_PAREN, word.text());
      boolean left = !word.isWord("fill_right");
      boolean right = !word.isWord("fill_left");
      if ((left && modifiers.fillLeft() != null) || (right && modifiers.fillRight() != null)) {
        throw reader.error(word.span(), word.text() + " may not be set multiple times");
      }
      modifiers =
          new Modifiers(
              modifiers.returnBool(),
              modifiers.on(),
              modifiers.labels(),
              modifiers.cardinality(),
              modifiers.include(),
              left ? value : modifiers.fillLeft(),
              right ? value : modifiers.fillRight());
    }
    return modifiers;
  }

  private static boolean isFill(Token token) {
    return token.isWord("fill") || token.isWord("fill_left") || token.isWord("fill_right");
  }

  private boolean isFollowedByParen() {
    return reader.peekSecond().is(Kind.LEFT_PAREN);
  }

  /// Creates the operator's node. Records its errors instead of throwing them, because syntax
  /// errors take precedence.
  Expr combine(BinaryOp op, Token token, Modifiers modifiers, Expr left, Expr right) {
    boolean vectors = left.type() == ValueType.VECTOR && right.type() == ValueType.VECTOR;
    var node =
        new Expr.Binary(
            op,
            left,
            right,
            modifiers.returnBool(),
            vectors ? matching(op, modifiers) : null,
            left.span().to(right.span()));
    ParseException problem = problem(node, token, modifiers);
    if (problem != null) {
      problems.put(node, problem);
    }
    return node;
  }

  /// Returns the recorded errors of operators by node.
  Map<Expr, ParseException> problems() {
    return problems;
  }

  private @Nullable ParseException problem(Expr.Binary node, Token token, Modifiers modifiers) {
    BinaryOp op = node.op();
    ValueType left = node.left().type();
    ValueType right = node.right().type();
    if (modifiers.returnBool() && !op.isComparison()) {
      return reader.error(token.span(), "bool modifier can only be used on comparison operators");
    }
    if (op.isComparison()
        && !modifiers.returnBool()
        && left == ValueType.SCALAR
        && right == ValueType.SCALAR) {
      return reader.error(token.span(), "comparisons between scalars must use BOOL modifier");
    }
    List<String> labels = modifiers.labels() == null ? List.of() : modifiers.labels();
    for (String label : modifiers.include()) {
      if (modifiers.on() && labels.contains(label)) {
        return reader.error(
            token.span(),
            "label " + Quoted.of(label) + " must not occur in ON and GROUP clause at once");
      }
    }
    for (Expr side : node.children()) {
      if (side.type() != ValueType.SCALAR && side.type() != ValueType.VECTOR) {
        return reader.error(
            side.span(),
            "binary expression must contain only scalar and instant vector types, got "
                + side.type().documented());
      }
    }
    boolean fills = modifiers.fillLeft() != null || modifiers.fillRight() != null;
    boolean vectors = left == ValueType.VECTOR && right == ValueType.VECTOR;
    if (!vectors && !labels.isEmpty()) {
      return reader.error(node.span(), "vector matching only allowed between instant vectors");
    }
    if (!vectors && fills) {
      return reader.error(
          node.span(), "filling in missing series only allowed between instant vectors");
    }
    if (op.isSet() && vectors && modifiers.cardinality() != Cardinality.ONE_TO_ONE) {
      return reader.error(
          node.span(), "no grouping allowed for " + Quoted.of(op.symbol()) + " operation");
    }
    if (op.isSet() && vectors && fills) {
      return reader.error(node.span(), "filling in missing series not allowed for set operators");
    }
    if (op.isSet() && !vectors) {
      return reader.error(
          node.span(),
          "set operator " + Quoted.of(op.symbol()) + " not allowed in binary scalar expression");
    }
    return null;
  }

  private static VectorMatching matching(BinaryOp op, Modifiers modifiers) {
    List<String> labels = modifiers.labels();
    return new VectorMatching(
        op.isSet() ? Cardinality.MANY_TO_MANY : modifiers.cardinality(),
        modifiers.on(),
        labels == null ? List.of() : labels,
        modifiers.include(),
        modifiers.fillLeft(),
        modifiers.fillRight());
  }
}
