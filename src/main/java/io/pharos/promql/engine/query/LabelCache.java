package io.pharos.promql.engine.query;

import io.pharos.model.Labels;
import io.pharos.promql.ast.Expr;
import java.util.IdentityHashMap;
import java.util.function.Supplier;

/// Caches values that are derived from the labels of a node's operand. A value is used again while
/// the operand has the same label array object. The cache is for queries of rules: their expression
/// trees exist as long as the rule.
public final class LabelCache {
  private record Entry(Labels[] labels, Object derived) {}

  private final IdentityHashMap<Expr, Entry> entries = new IdentityHashMap<>();

  /* Compares the arrays by identity, because comparing the labels would take as long as computing
   * the value. */
  @SuppressWarnings("ReferenceEquality")
  <T> T of(Expr node, Columns operand, Class<T> type, Supplier<T> compute) {
    Labels[] labels = operand.identity();
    Entry cached = entries.get(node);
    if (cached != null && cached.labels == labels) {
      return type.cast(cached.derived);
    }
    T derived = compute.get();
    entries.put(node, new Entry(labels, derived));
    return derived;
  }
}
