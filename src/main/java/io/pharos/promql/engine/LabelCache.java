package io.pharos.promql.engine;

import io.pharos.model.Labels;
import io.pharos.promql.ast.Expr;
import java.util.IdentityHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// What was last computed of the labels of a node's operands: it holds as long as those are the
/// very same arrays. For the expressions of rules, whose trees live as long as they do.
final class LabelCache {
  private record Entry(Labels[] first, Labels @Nullable [] second, Object derived) {}

  private final IdentityHashMap<Expr, Entry> entries = new IdentityHashMap<>();

  /// What the labels of an operand give.
  <T> T of(Expr node, Columns operand, Class<T> type, Supplier<T> compute) {
    return of(node, operand.identity(), null, type, compute);
  }

  /// What the labels of two operands give.
  <T> T of(Expr node, Columns left, Columns right, Class<T> type, Supplier<T> compute) {
    return of(node, left.identity(), right.identity(), type, compute);
  }

  /* The very same arrays: to compare what is in them costs what is to be saved. */
  @SuppressWarnings("ReferenceEquality")
  private <T> T of(
      Expr node, Labels[] first, Labels @Nullable [] second, Class<T> type, Supplier<T> compute) {
    Entry known = entries.get(node);
    if (known != null && known.first == first && known.second == second) {
      return type.cast(known.derived);
    }
    T derived = compute.get();
    entries.put(node, new Entry(first, second, derived));
    return derived;
  }
}
