package io.pharos.promql.engine;

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

/// The parts that several expressions have in common, which are asked of one time: each has one
/// value then, as long as nothing is written that it looks at. Equal are parts with the same
/// canonical form, modifiers included.
///
/// A part is an instant vector that looks at the store. What is evaluated at the steps of a
/// subquery is none, nor is what `info` is in: it looks at series that the expression does not
/// name. Of a part that is common only as a part of a larger one nothing is said.
public final class SharedParts {
  /// A part that occurs more than once.
  ///
  /// @param text its canonical form
  /// @param selectors what it looks at
  record Part(String text, List<List<LabelMatcher>> selectors) {
    /// Whether it may look at series of a metric.
    boolean mayRead(String metric) {
      return selectors.stream().anyMatch(matchers -> mayMatch(matchers, metric));
    }

    private static boolean mayMatch(List<LabelMatcher> matchers, String metric) {
      return matchers.stream()
          .filter(one -> one.name().equals(Labels.METRIC_NAME))
          .allMatch(one -> one.matches(metric));
    }
  }

  /// A place of a part in an expression.
  private record Place(Expr node, String text, @Nullable String around) {}

  private final IdentityHashMap<Expr, Part> parts = new IdentityHashMap<>();

  private SharedParts() {}

  /// Those of expressions that are asked together.
  public static SharedParts of(List<Expr> expressions) {
    var places = new ArrayList<Place>();
    expressions.forEach(one -> walk(one, null, places));
    Map<String, Integer> counts = new HashMap<>();
    places.forEach(place -> counts.merge(place.text, 1, Integer::sum));
    Map<String, Part> shared = new HashMap<>();
    for (Place place : places) {
      int count = counts.getOrDefault(place.text, 0);
      if (count > 1 && (place.around == null || counts.getOrDefault(place.around, 0) < count)) {
        shared.computeIfAbsent(place.text, text -> new Part(text, selectors(place.node).toList()));
      }
    }
    var all = new SharedParts();
    for (Place place : places) {
      Part part = shared.get(place.text);
      if (part != null) {
        all.parts.put(place.node, part);
      }
    }
    return all;
  }

  private static void walk(Expr expr, @Nullable String around, List<Place> places) {
    if (expr instanceof Expr.Subquery || expr instanceof Expr.MatrixSelector) {
      return;
    }
    String within = around;
    if (isPart(expr)) {
      within = Printer.print(expr);
      places.add(new Place(expr, within, around));
    }
    for (Expr child : expr.children()) {
      walk(child, within, places);
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

  /// The part that a node of one of the expressions is; null where it is none.
  @Nullable Part of(Expr node) {
    return parts.get(node);
  }

  /// The canonical forms of the parts that an expression has, in the order of the text.
  public List<String> in(Expr expression) {
    Set<String> found = new LinkedHashSet<>();
    find(expression, found);
    return List.copyOf(found);
  }

  /* Within one that is common nothing is looked for. */
  private void find(Expr expr, Set<String> found) {
    Part part = parts.get(expr);
    if (part != null) {
      found.add(part.text);
      return;
    }
    expr.children().forEach(child -> find(child, found));
  }
}
