package io.pharos.promql.engine.cache;

import io.pharos.model.LabelMatcher;
import io.pharos.model.Labels;
import io.pharos.promql.ast.Expr;
import io.pharos.promql.ast.Function;
import io.pharos.promql.ast.Printer;
import io.pharos.promql.ast.ValueType;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Common subexpressions of expressions that are evaluated at the same time. Such a subexpression
/// is evaluated only once, unless a series that it reads is written meanwhile. Subexpressions are
/// the same if their canonical forms, including modifiers, are equal.
///
/// Only subexpressions that are instant vectors and read the store are shared. Expressions inside a
/// subquery are not shared. Expressions that contain `info` are not shared either, because `info`
/// reads series that are not named in the expression. A subexpression that occurs only inside a
/// larger common subexpression is not listed.
public final class SharedParts {
  /// A common subexpression.
  ///
  /// @param text canonical form
  /// @param selectors matchers of each of its selectors
  record Part(String text, List<List<LabelMatcher>> selectors) {
    /// Returns whether its selectors may select series of a metric.
    boolean mayRead(String metric) {
      return selectors.stream().anyMatch(matchers -> mayMatch(matchers, metric));
    }

    private static boolean mayMatch(List<LabelMatcher> matchers, String metric) {
      return matchers.stream()
          .filter(one -> one.name().equals(Labels.METRIC_NAME))
          .allMatch(one -> one.matches(metric));
    }
  }

  /// An occurrence of a subexpression that can be shared.
  ///
  /// @param enclosing canonical form of the smallest such subexpression that contains this one, or
  ///   null
  private record Place(Expr node, String text, @Nullable String enclosing) {}

  private final IdentityHashMap<Expr, Part> parts = new IdentityHashMap<>();

  private SharedParts() {}

  /// Finds the common subexpressions of these expressions.
  public static SharedParts of(List<Expr> expressions) {
    var places = new ArrayList<Place>();
    expressions.forEach(one -> walk(one, null, places));
    Map<String, Integer> counts = new HashMap<>();
    places.forEach(place -> counts.merge(place.text, 1, Integer::sum));
    Map<String, Part> shared = new HashMap<>();
    for (Place place : places) {
      int count = counts.getOrDefault(place.text, 0);
      if (count > 1
          && (place.enclosing == null || counts.getOrDefault(place.enclosing, 0) < count)) {
        shared.computeIfAbsent(place.text, text -> new Part(text, selectors(place.node).toList()));
      }
    }
    var result = new SharedParts();
    for (Place place : places) {
      Part part = shared.get(place.text);
      if (part != null) {
        result.parts.put(place.node, part);
      }
    }
    return result;
  }

  private static void walk(Expr expr, @Nullable String enclosing, List<Place> places) {
    if (expr instanceof Expr.Subquery || expr instanceof Expr.MatrixSelector) {
      return;
    }
    String innermost = enclosing;
    if (isPart(expr)) {
      innermost = Printer.print(expr);
      places.add(new Place(expr, innermost, enclosing));
    }
    for (Expr child : expr.children()) {
      walk(child, innermost, places);
    }
  }

  private static boolean isPart(Expr expr) {
    return expr.type() == ValueType.VECTOR
        && !(expr instanceof Expr.Paren)
        && expr.selectors().findAny().isPresent()
        && !callsInfo(expr);
  }

  private static boolean callsInfo(Expr expr) {
    return (expr instanceof Expr.Call call && call.function() == Function.INFO)
        || expr.children().stream().anyMatch(SharedParts::callsInfo);
  }

  private static Stream<List<LabelMatcher>> selectors(Expr expr) {
    return expr.selectors().map(Expr.VectorSelector::matchers);
  }

  /// Returns the common subexpression whose root is this node, or null if there is none.
  @Nullable Part of(Expr node) {
    return parts.get(node);
  }

  /// Returns the canonical forms of an expression's common subexpressions, in source order.
  public List<String> in(Expr expression) {
    Set<String> found = new LinkedHashSet<>();
    find(expression, found);
    return List.copyOf(found);
  }

  /* Does not search inside a common subexpression. */
  private void find(Expr expr, Set<String> found) {
    Part part = parts.get(expr);
    if (part != null) {
      found.add(part.text);
      return;
    }
    expr.children().forEach(child -> find(child, found));
  }
}
