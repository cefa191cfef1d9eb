package io.pharos.promql.engine.query;

import io.pharos.model.Labels;
import io.pharos.promql.ast.Expr;
import java.util.IdentityHashMap;
import java.util.function.Supplier;

/// Caches values derived from the labels of a node's operand, as long as the label arrays are
/// identical. Used for rules, whose trees live as long as the rule.
public final class LabelCache {
  private record Entry(Labels[] labels, Object derived) {}

  private final IdentityHashMap<Expr, Entry> entries = new IdentityHashMap<>();

  /* Compares identity: comparing contents costs what the cache saves. */
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
