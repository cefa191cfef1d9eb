package io.pharos.promql.engine.query;

import io.pharos.model.Labels;
import io.pharos.promql.ast.Expr;
import java.util.IdentityHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Caches values derived from the labels of a node's operands, as long as the label arrays are
/// identical. Used for rules, whose trees live as long as the rule.
public final class LabelCache {
  private record Entry(Labels[] first, Labels @Nullable [] second, Object derived) {}

  private final IdentityHashMap<Expr, Entry> entries = new IdentityHashMap<>();

  /// Returns the value derived from the labels of an operand.
  <T> T of(Expr node, Columns operand, Class<T> type, Supplier<T> compute) {
    return of(node, operand.identity(), null, type, compute);
  }

  /// Returns the value derived from the labels of two operands.
  <T> T of(Expr node, Columns left, Columns right, Class<T> type, Supplier<T> compute) {
    return of(node, left.identity(), right.identity(), type, compute);
  }

  /* Compares identity: comparing contents costs what the cache saves. */
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
