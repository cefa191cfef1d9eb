package io.pharos.promql.ast;

import io.pharos.model.LabelMatcher;
import java.util.Comparator;

/// Formats expressions like `promtool promql format`: writes a part of an expression on one line if
/// it has at most 100 characters, and otherwise splits it into indented lines. Sorts the matchers
/// of a selector.
public final class PrettyPrinter {
  private static final int MAX_LINE = 100;

  private final StringBuilder out = new StringBuilder();

  private PrettyPrinter() {}

  /// Formats an expression.
  public static String print(Expr expr) {
    var printer = new PrettyPrinter();
    printer.write(sorted(expr), 0);
    return printer.out.toString();
  }

  private static Expr sorted(Expr expr) {
    if (expr instanceof Expr.VectorSelector selector) {
      return new Expr.VectorSelector(
          selector.name(),
          selector.matchers().stream()
              .sorted(Comparator.comparing(LabelMatcher::toString))
              .toList(),
          selector.shift(),
          selector.edges(),
          selector.span());
    }
    return expr.mapChildren(PrettyPrinter::sorted);
  }

  private void write(Expr expr, int level) {
    indent(level);
    writeInPlace(expr, level);
  }

  /* Prints an expression on a line whose indentation is already written. */
  private void writeInPlace(Expr expr, int level) {
    String line = Printer.print(expr);
    if (line.length() <= MAX_LINE) {
      out.append(line);
      return;
    }
    switch (expr) {
      case Expr.NumberLiteral _,
          Expr.StringLiteral _,
          Expr.VectorSelector _,
          Expr.MatrixSelector _ ->
          out.append(line);
      case Expr.Paren paren -> {
        out.append("(\n");
        write(paren.inner(), level + 1);
        close(level);
      }
      case Expr.Unary unary -> {
        out.append(unary.sign() == Expr.Unary.Sign.MINUS ? '-' : '+');
        writeInPlace(unary.operand(), level);
      }
      case Expr.Binary binary -> {
        // The operands are indented by one more level than the operator.
        out.append("  ");
        writeInPlace(binary.left(), level + 1);
        out.append('\n');
        indent(level);
        Printer.writeOperator(binary, out);
        out.append('\n');
        write(binary.right(), level + 1);
      }
      case Expr.Aggregate aggregate -> {
        Printer.writeAggregation(aggregate, out);
        writeArguments(aggregate.children(), level);
      }
      case Expr.Call call -> {
        out.append(call.function().symbol());
        writeArguments(call.arguments(), level);
      }
      case Expr.Subquery subquery -> {
        writeInPlace(subquery.inner(), level);
        Printer.writeWindow(subquery, out);
      }
    }
  }

  private void writeArguments(Iterable<Expr> arguments, int level) {
    out.append('(');
    String separator = "\n";
    for (Expr argument : arguments) {
      out.append(separator);
      write(argument, level + 1);
      separator = ",\n";
    }
    close(level);
  }

  private void close(int level) {
    out.append('\n');
    indent(level);
    out.append(')');
  }

  private void indent(int level) {
    out.append("  ".repeat(level));
  }
}
