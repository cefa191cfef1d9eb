package io.pharos.rules.gap;

import io.pharos.model.LabelMatcher;
import io.pharos.model.Labels;
import io.pharos.promql.ast.AggregateOp;
import io.pharos.promql.ast.BinaryOp;
import io.pharos.promql.ast.Expr;
import io.pharos.promql.ast.Function;
import io.pharos.promql.ast.Shift;
import io.pharos.promql.ast.VectorMatching;
import io.pharos.promql.value.Query;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Restricts expressions to the series on which some of their elements depend, so that these
/// elements are computed without the others.
public final class Narrowing {
  /// Maximum number of elements to which an expression is restricted. It bounds the regular
  /// expressions, which are compiled anew each time.
  private static final int MAX_ELEMENTS = 64;

  private Narrowing() {}

  /// Returns a query whose result has the wanted elements and maybe others, each as in the result
  /// of the query. It reads fewer series; it is the query itself if that is not possible.
  ///
  /// @param wanted labels of elements
  /// @param overridden labels of the wanted elements that do not come from the expression
  public static Query narrowed(Query query, Set<Labels> wanted, Set<String> overridden) {
    if (query.tree().isEmpty() || wanted.isEmpty() || wanted.size() > MAX_ELEMENTS) {
      return query;
    }
    Expr tree = query.tree().get();
    var names = new HashSet<>(wanted.iterator().next().names());
    names.removeAll(overridden);
    names.removeIf(name -> !wanted.stream().allMatch(it -> it.has(name)));
    names.removeIf(name -> !separates(tree, name));
    List<LabelMatcher> restriction =
        names.stream()
            .sorted()
            .map(
                name ->
                    LabelMatcher.anyOf(
                        name, wanted.stream().map(it -> it.get(name)).collect(Collectors.toSet())))
            .toList();
    return restriction.isEmpty()
        ? query
        : new Query(
            query.text(), Optional.of(narrowed(tree, restriction)), query.span(), query.bounds());
  }

  /// Returns the expression whose selectors also have these matchers.
  public static Expr narrowed(Expr expression, List<LabelMatcher> restriction) {
    if (expression instanceof Expr.VectorSelector selector) {
      var matchers = new ArrayList<>(selector.matchers());
      matchers.addAll(restriction);
      return new Expr.VectorSelector(
          selector.name(), matchers, selector.shift(), selector.edges(), selector.span());
    }
    return expression.mapChildren(child -> narrowed(child, restriction));
  }

  /// Returns whether the elements with one value of a label depend only on series with that value.
  ///
  /// This is the case if every operation keeps the label and combines only elements with the same
  /// value of it. In addition, no result may depend on the absence of series, so that later series
  /// can only add elements.
  public static boolean separates(Expr expression, String label) {
    return switch (expression) {
      case Expr.NumberLiteral _, Expr.StringLiteral _ -> true;
      // A shift may make the selector read samples from after the slot.
      case Expr.VectorSelector selector ->
          selector.shift().equals(Shift.NONE) && selector.edges() != Expr.Edges.SMOOTHED;
      case Expr.MatrixSelector matrix -> separates(matrix.selector(), label);
      case Expr.Subquery subquery ->
          subquery.shift().equals(Shift.NONE) && separates(subquery.inner(), label);
      case Expr.Paren paren -> separates(paren.inner(), label);
      case Expr.Unary unary -> separates(unary.operand(), label);
      case Expr.Binary binary ->
          separates(binary.left(), label)
              && separates(binary.right(), label)
              && combinesSame(binary.op(), binary.matching(), label);
      case Expr.Aggregate aggregate ->
          aggregate.op() != AggregateOp.COUNT_VALUES
              && (aggregate.parameter() == null || separates(aggregate.parameter(), label))
              && aggregate.grouping().contains(label) != aggregate.without()
              && separates(aggregate.operand(), label);
      case Expr.Call call ->
          (call.function().isOfEachSeries() || call.function() == Function.TIME)
              && call.arguments().stream().allMatch(argument -> separates(argument, label));
    };
  }

  /* Returns whether an operator combines only elements with the same value of the label, and
   * whether its result does not depend on the absence of elements. */
  private static boolean combinesSame(
      BinaryOp op, @Nullable VectorMatching matching, String label) {
    return matching == null
        || (op != BinaryOp.UNLESS
            && matching.labels().contains(label) == matching.on()
            && matching.fillLeft() == null
            && matching.fillRight() == null);
  }
}
