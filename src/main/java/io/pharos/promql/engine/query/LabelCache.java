package io.pharos.promql.engine.query;

import io.pharos.model.Labels;
import io.pharos.promql.ast.Expr;
import java.util.IdentityHashMap;
import java.util.function.Supplier;

/// Caches values that are derived from the labels of a node's operand. A value is used again while
/// the label arrays of the operand are the same objects. Used for rules, whose expression trees
/// exist as long as the rule.
public final class LabelCache {
  private record Entry(Labels[] labels, Object derived) {}

  private final IdentityHashMap<Expr, Entry> entries = new IdentityHashMap<>();

  /* Compares the arrays by identity: comparing labels would cost as much as the cache saves. */
  @SuppressWarnings("ReferenceEquality")
  <T> T of(Expr node, Columns operand, Class<T> type, Supplier<T> compute) {
    Labels[] labels = operand.identity();
    Entry known = entries.get(node);
    if (known != null && known.labels == labels) {
      return type.cast(known.derived);
    }
    T derived = compute.get();
    entries.put(node, new Entry(labels, derived));
    return derived;
  }
}
