package io.pharos.tsdb;

import io.pharos.model.LabelMatcher;
import io.pharos.tsdb.block.Block;
import java.util.LinkedHashMap;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The last selections over blocks, so that a rule over days pays for reading labels from blocks
/// only when there is another block or other series. Bounded by the ranks that it holds, least
/// recently used first. Safe for use by many threads.
final class JoinCache {
  private static final int MAX_HELD = 4_000_000;
  private static final int MAX_ENTRIES = 1_024;

  private record Entry(Head.Selected recent, Selection.Rows rows, long weight) {}

  private final LinkedHashMap<List<LabelMatcher>, Entry> entries =
      new LinkedHashMap<>(64, 0.75f, true);
  private long held;

  /// What was joined of the very same selection of the head with these blocks; null if it was not.
  synchronized Selection.@Nullable Rows get(
      List<LabelMatcher> matchers, Head.Selected recent, List<Block> blocks) {
    Entry entry = entries.get(matchers);
    return entry == null || !entry.recent.equals(recent) || !entry.rows.blocks().equals(blocks)
        ? null
        : entry.rows;
  }

  synchronized void put(List<LabelMatcher> matchers, Head.Selected recent, Selection.Rows rows) {
    long weight = 8 + rows.size() * (rows.blocks().size() + 4L);
    if (weight > MAX_HELD / 4) {
      return;
    }
    Entry before = entries.put(List.copyOf(matchers), new Entry(recent, rows, weight));
    held += weight - (before == null ? 0 : before.weight);
    while (held > MAX_HELD || entries.size() > MAX_ENTRIES) {
      held -= entries.pollFirstEntry().getValue().weight;
    }
  }

  /// Forgets everything, so that series and blocks that are gone are not held by it.
  synchronized void clear() {
    entries.clear();
    held = 0;
  }
}
