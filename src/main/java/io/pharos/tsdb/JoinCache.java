package io.pharos.tsdb;

import io.pharos.model.LabelMatcher;
import io.pharos.tsdb.block.Block;
import java.util.LinkedHashMap;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Caches selections over blocks, so that a rule over days reads the labels of a block once.
/// Bounded by the number of ranks, least recently used first. Thread-safe.
final class JoinCache {
  private static final int MAX_HELD = 4_000_000;
  private static final int MAX_ENTRIES = 1_024;

  /// Selections of different lengths end at the newest block.
  private record Key(List<LabelMatcher> matchers, int blocks) {}

  /// A selection over blocks.
  ///
  /// @param recent its part in the head
  record Joined(Head.Selected recent, Selection.Rows rows, long generation) {
    boolean isOf(Head.Selected head, List<Block> blocks) {
      return recent.equals(head) && rows.blocks().equals(blocks);
    }

    private long weight() {
      return 8 + rows.size() * (rows.blocks().size() + 4L);
    }
  }

  private static final class Entry {
    private final Joined joined;
    private boolean used = true;

    private Entry(Joined joined) {
      this.joined = joined;
    }
  }

  private final LinkedHashMap<Key, Entry> entries = new LinkedHashMap<>(64, 0.75f, true);
  private long held;

  /// The last selection with these matchers over about as many blocks, or null. It has the ranks
  /// for most of these blocks.
  synchronized @Nullable Joined last(List<LabelMatcher> matchers, int blocks) {
    for (int more : new int[] {0, 1, -1}) {
      Entry entry = entries.get(new Key(matchers, blocks + more));
      if (entry != null) {
        entry.used = true;
        return entry.joined;
      }
    }
    return null;
  }

  /// Caches a selection unless it is too large.
  synchronized void put(List<LabelMatcher> matchers, Joined joined) {
    if (joined.weight() > MAX_HELD / 4) {
      return;
    }
    var key = new Key(List.copyOf(matchers), joined.rows.blocks().size());
    Entry before = entries.put(key, new Entry(joined));
    held += joined.weight() - (before == null ? 0 : before.joined.weight());
    while (held > MAX_HELD || entries.size() > MAX_ENTRIES) {
      held -= entries.pollFirstEntry().getValue().joined.weight();
    }
  }

  /// Removes entries that were not used since the last call, so that they do not retain deleted
  /// blocks and series.
  synchronized void age() {
    entries
        .values()
        .removeIf(
            entry -> {
              if (!entry.used) {
                held -= entry.joined.weight();
              }
              return !entry.used;
            });
    entries.values().forEach(entry -> entry.used = false);
  }
}
