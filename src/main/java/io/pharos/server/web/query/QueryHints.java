package io.pharos.server.web.query;

import io.pharos.promql.ast.Expr;
import io.pharos.promql.ast.Function;
import io.pharos.promql.ast.Printer;
import io.pharos.promql.parser.ParseException;
import io.pharos.promql.parser.ParserOptions;
import io.pharos.promql.parser.PromqlParser;
import io.pharos.server.web.design.PageLinks;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/// What to do better in an expression, by the types of its metrics.
record QueryHints(SeriesIndex index) {
  private static final Set<Function> OF_COUNTERS =
      Set.of(Function.RATE, Function.IRATE, Function.INCREASE, Function.RESETS);

  /// A hint.
  ///
  /// @param text a sentence
  /// @param expression the better expression
  record Hint(String text, String expression) {
    /// Returns the query page with the better expression.
    public String address() {
      return PageLinks.query(expression);
    }
  }

  /// Returns the hints for an expression; none if it is no PromQL.
  List<Hint> of(String expression) {
    try {
      return of(PromqlParser.parse(expression, ParserOptions.all()).unwrapped());
    } catch (ParseException _) {
      return List.of();
    }
  }

  private List<Hint> of(Expr expr) {
    var hints = new ArrayList<Hint>();
    if (expr instanceof Expr.VectorSelector selector) {
      ofSelector(selector, hints);
    }
    expr.all(Expr.Call.class)
        .filter(call -> OF_COUNTERS.contains(call.function()))
        .forEach(call -> ofRate(call, hints));
    return hints;
  }

  /// The whole expression is a selector.
  private void ofSelector(Expr.VectorSelector selector, List<Hint> hints) {
    String name = selector.name();
    String type = index.metadata(name).type();
    String text = Printer.print(selector);
    if (name.endsWith("_bucket") && (type.isEmpty() || type.equals("histogram"))) {
      hints.add(
          new Hint(
              "These are the buckets of a histogram. This is its 95th percentile:",
              "histogram_quantile(0.95, sum by (le) (rate(" + text + "[5m])))"));
    } else if (type.equals("counter") || name.endsWith("_total")) {
      hints.add(
          new Hint(
              name + " is a counter, which only grows. This is its increase per second:",
              "rate(" + text + "[5m])"));
    } else if (type.equals("histogram") && !name.endsWith("_sum") && !name.endsWith("_count")) {
      hints.add(
          new Hint(
              name + " is a histogram. This is its 95th percentile:",
              "histogram_quantile(0.95, sum(rate(" + text + "[5m])))"));
    }
  }

  private void ofRate(Expr.Call call, List<Hint> hints) {
    for (Expr argument : call.arguments()) {
      if (argument instanceof Expr.MatrixSelector matrix
          && index.metadata(matrix.selector().name()).type().equals("gauge")) {
        hints.add(
            new Hint(
                "%s is a gauge, and %s() takes each decrease for a restart. This is its change:"
                    .formatted(matrix.selector().name(), call.function().symbol()),
                "delta(" + Printer.print(matrix) + ")"));
      }
    }
  }
}
