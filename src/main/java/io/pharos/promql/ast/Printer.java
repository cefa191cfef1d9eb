package io.pharos.promql.ast;

import io.pharos.model.GoFloat;
import io.pharos.model.LabelMatcher;
import io.pharos.model.LabelName;
import io.pharos.model.Labels;
import io.pharos.model.PromDuration;
import io.pharos.model.Quoted;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Prints an expression on one line. The parser turns this text into the same tree.
///
/// A tree that the parser did not create may need parentheses; the printer adds them.
public final class Printer {
  /// The precedence of expressions that never need parentheses.
  private static final int ATOM = 8;

  private static final Set<String> RESERVED =
      Set.of("inf", "nan", "on", "ignoring", "group_left", "group_right", "bool", "atan2");
  private static final long MINUS_ZERO = Double.doubleToRawLongBits(-0.0);

  private Printer() {}

  /// Prints an expression.
  public static String print(Expr expr) {
    var out = new StringBuilder();
    write(expr, 0, out);
    return out.toString();
  }

  /// Prints a duration as written between brackets.
  public static String print(DurationExpr duration) {
    var out = new StringBuilder();
    write(duration, 0, out);
    return out.toString();
  }

  private static void write(Expr expr, int minPrecedence, StringBuilder out) {
    if (expr instanceof Expr.NumberLiteral number
        && number.value() == Double.POSITIVE_INFINITY
        && minPrecedence > BinaryOp.UNARY_PRECEDENCE + 1) {
      out.append("Inf"); // the parser would read the sign of "+Inf" as an operator
      return;
    }
    if (precedence(expr) < minPrecedence) {
      out.append('(');
      write(expr, 0, out);
      out.append(')');
      return;
    }
    switch (expr) {
      case Expr.NumberLiteral number -> out.append(number(number.value(), number.duration()));
      case Expr.StringLiteral string -> out.append(Quoted.of(string.value()));
      case Expr.VectorSelector selector -> {
        writeSelector(selector, out);
        writeEdges(selector.edges(), out);
        writeShift(selector.shift(), out);
      }
      case Expr.MatrixSelector matrix -> {
        writeSelector(matrix.selector(), out);
        out.append('[');
        write(matrix.range(), 0, out);
        out.append(']');
        writeEdges(matrix.selector().edges(), out);
        writeShift(matrix.selector().shift(), out);
      }
      case Expr.Subquery subquery -> {
        write(subquery.inner(), ATOM, out);
        writeWindow(subquery, out);
      }
      case Expr.Paren paren -> {
        out.append('(');
        write(paren.inner(), 0, out);
        out.append(')');
      }
      case Expr.Unary unary -> {
        out.append(unary.sign() == Expr.Unary.Sign.MINUS ? '-' : '+');
        boolean isNumber = unary.operand() instanceof Expr.NumberLiteral;
        write(unary.operand(), isNumber ? ATOM + 1 : BinaryOp.UNARY_PRECEDENCE + 1, out);
      }
      case Expr.Binary binary -> writeBinary(binary, out);
      case Expr.Aggregate aggregate -> writeAggregate(aggregate, out);
      case Expr.Call call -> {
        out.append(call.function().symbol()).append('(');
        writeAll(call.arguments(), out);
        out.append(')');
      }
    }
  }

  /// Prints the range and step of a subquery.
  static void writeWindow(Expr.Subquery subquery, StringBuilder out) {
    out.append('[');
    write(subquery.range(), 0, out);
    out.append(':');
    DurationExpr step = subquery.step();
    if (step != null) {
      write(step, 0, out);
    }
    out.append(']');
    writeShift(subquery.shift(), out);
  }

  private static int precedence(Expr expr) {
    return switch (expr) {
      case Expr.Binary binary -> binary.op().precedence();
      case Expr.Unary _ -> BinaryOp.UNARY_PRECEDENCE + 1;
      case Expr.NumberLiteral number ->
          number.value() < 0 || isMinusZero(number.value()) ? BinaryOp.UNARY_PRECEDENCE + 1 : ATOM;
      case Expr.StringLiteral _,
          Expr.VectorSelector _,
          Expr.MatrixSelector _,
          Expr.Subquery _,
          Expr.Paren _,
          Expr.Aggregate _,
          Expr.Call _ ->
          ATOM;
    };
  }

  private static boolean isMinusZero(double value) {
    return Double.doubleToRawLongBits(value) == MINUS_ZERO;
  }

  private static void writeAll(List<Expr> expressions, StringBuilder out) {
    for (int i = 0; i < expressions.size(); i++) {
      if (i > 0) {
        out.append(", ");
      }
      write(expressions.get(i), 0, out);
    }
  }

  private static String number(double value, boolean duration) {
    if (duration) {
      String text = durationText(value);
      if (text != null) {
        return text;
      }
    }
    return GoFloat.plain(value);
  }

  /// Returns a number of seconds as a duration, such as `1h30m`; null if no duration has exactly
  /// this value.
  private static @Nullable String durationText(double seconds) {
    double millis = Math.rint(seconds * 1000);
    if (Math.abs(millis) > 9e12 || millis / 1000 != seconds) {
      return null;
    }
    return (isMinusZero(seconds) ? "-" : "") + PromDuration.format((long) millis);
  }

  private static void writeBinary(Expr.Binary binary, StringBuilder out) {
    int precedence = binary.op().precedence();
    boolean isRightAssociative = binary.op().isRightAssociative();
    write(binary.left(), isRightAssociative ? precedence + 1 : precedence, out);
    out.append(' ');
    writeOperator(binary, out);
    out.append(' ');
    write(binary.right(), isRightAssociative ? precedence : precedence + 1, out);
  }

  /// Prints the operator with its modifiers.
  static void writeOperator(Expr.Binary binary, StringBuilder out) {
    out.append(binary.op().symbol());
    if (binary.returnBool()) {
      out.append(" bool");
    }
    VectorMatching matching = binary.matching();
    if (matching != null) {
      writeMatching(matching, out);
    }
  }

  private static void writeMatching(VectorMatching matching, StringBuilder out) {
    if (matching.on() || !matching.labels().isEmpty()) {
      out.append(matching.on() ? " on (" : " ignoring (").append(names(matching.labels()));
      out.append(')');
    } else if (isGrouped(matching)) {
      out.append(" ignoring ()");
    }
    switch (matching.cardinality()) {
      case MANY_TO_ONE -> out.append(" group_left (").append(names(matching.include())).append(')');
      case ONE_TO_MANY ->
          out.append(" group_right (").append(names(matching.include())).append(')');
      case ONE_TO_ONE, MANY_TO_MANY -> {}
    }
    writeFill(matching, out);
  }

  private static boolean isGrouped(VectorMatching matching) {
    return matching.cardinality() == VectorMatching.Cardinality.MANY_TO_ONE
        || matching.cardinality() == VectorMatching.Cardinality.ONE_TO_MANY;
  }

  private static void writeFill(VectorMatching matching, StringBuilder out) {
    Double left = matching.fillLeft();
    Double right = matching.fillRight();
    if (left != null && left.equals(right)) {
      out.append(" fill (").append(GoFloat.plain(left)).append(')');
      return;
    }
    if (left != null) {
      out.append(" fill_left (").append(GoFloat.plain(left)).append(')');
    }
    if (right != null) {
      out.append(" fill_right (").append(GoFloat.plain(right)).append(')');
    }
  }

  private static void writeAggregate(Expr.Aggregate aggregate, StringBuilder out) {
    writeAggregation(aggregate, out);
    out.append('(');
    writeAll(aggregate.children(), out);
    out.append(')');
  }

  /// Prints the name of an aggregation with its grouping.
  static void writeAggregation(Expr.Aggregate aggregate, StringBuilder out) {
    out.append(aggregate.op().symbol());
    if (aggregate.without()) {
      out.append(" without (").append(names(aggregate.grouping())).append(") ");
    } else if (!aggregate.grouping().isEmpty()) {
      out.append(" by (").append(names(aggregate.grouping())).append(") ");
    }
  }

  private static String names(List<String> names) {
    return names.stream()
        .map(name -> LabelName.isLegacy(name) ? name : Quoted.of(name))
        .collect(Collectors.joining(", "));
  }

  private static void writeSelector(Expr.VectorSelector selector, StringBuilder out) {
    boolean isUnquoted = LabelName.isLegacyMetric(selector.name()) && !isReserved(selector.name());
    List<LabelMatcher> matchers = selector.matchers();
    if (isUnquoted) {
      out.append(selector.name());
    }
    if (!selector.name().isEmpty()) {
      matchers = withoutName(matchers, selector.name());
    }
    if (isUnquoted && matchers.isEmpty()) {
      return;
    }
    out.append('{');
    if (!isUnquoted && !selector.name().isEmpty()) {
      out.append(Quoted.of(selector.name()));
      if (!matchers.isEmpty()) {
        out.append(',');
      }
    }
    for (int i = 0; i < matchers.size(); i++) {
      if (i > 0) {
        out.append(',');
      }
      out.append(matchers.get(i));
    }
    out.append('}');
  }

  /// Returns whether a metric name needs quotes because the parser reads it as a number or keyword.
  private static boolean isReserved(String name) {
    return RESERVED.contains(name.toLowerCase(Locale.ROOT));
  }

  private static List<LabelMatcher> withoutName(List<LabelMatcher> matchers, String name) {
    int index = matchers.indexOf(LabelMatcher.equal(Labels.METRIC_NAME, name));
    if (index < 0) {
      return matchers;
    }
    var rest = new ArrayList<>(matchers);
    rest.remove(index);
    return rest;
  }

  private static void writeEdges(Expr.Edges edges, StringBuilder out) {
    switch (edges) {
      case PLAIN -> {}
      case ANCHORED -> out.append(" anchored");
      case SMOOTHED -> out.append(" smoothed");
    }
  }

  private static void writeShift(Shift shift, StringBuilder out) {
    switch (shift.at()) {
      case null -> {}
      case AtModifier.Timestamp(long millis) ->
          out.append(" @ ").append(BigDecimal.valueOf(millis, 3).toPlainString());
      case AtModifier.Start _ -> out.append(" @ start()");
      case AtModifier.End _ -> out.append(" @ end()");
    }
    DurationExpr offset = shift.offset();
    if (offset != null) {
      out.append(" offset ");
      write(offset, 4, out);
    }
  }

  private static void write(DurationExpr duration, int minPrecedence, StringBuilder out) {
    if (precedence(duration) < minPrecedence) {
      out.append('(');
      write(duration, 0, out);
      out.append(')');
      return;
    }
    switch (duration) {
      case DurationExpr.Literal literal ->
          out.append(number(literal.seconds(), literal.withUnit()));
      case DurationExpr.Step _ -> out.append("step()");
      case DurationExpr.Range _ -> out.append("range()");
      case DurationExpr.Negated negated -> {
        out.append('-');
        write(negated.operand(), minPrecedence == 4 ? 5 : 3, out);
      }
      case DurationExpr.Paren paren -> {
        out.append('(');
        write(paren.inner(), 0, out);
        out.append(')');
      }
      case DurationExpr.Extreme extreme -> {
        out.append(extreme.max() ? "max_of(" : "min_of(");
        write(extreme.left(), 0, out);
        out.append(", ");
        write(extreme.right(), 0, out);
        out.append(')');
      }
      case DurationExpr.Binary binary -> {
        int precedence = binary.op().precedence();
        boolean isRightAssociative = binary.op() == DurationExpr.Op.POWER;
        write(binary.left(), isRightAssociative ? precedence + 1 : precedence, out);
        out.append(' ').append(binary.op().symbol()).append(' ');
        write(binary.right(), isRightAssociative ? precedence : precedence + 1, out);
      }
    }
  }

  /// Returns the precedence of a duration. A negative literal has the precedence of a sign, which
  /// applies after a power.
  private static int precedence(DurationExpr duration) {
    return switch (duration) {
      case DurationExpr.Binary binary -> binary.op().precedence();
      case DurationExpr.Negated _ -> 4;
      case DurationExpr.Literal literal ->
          literal.seconds() < 0 || isMinusZero(literal.seconds()) ? 4 : 5;
      case DurationExpr.Step _,
          DurationExpr.Range _,
          DurationExpr.Paren _,
          DurationExpr.Extreme _ ->
          5;
    };
  }
}
