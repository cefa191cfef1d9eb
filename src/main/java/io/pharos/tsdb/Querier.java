package io.pharos.tsdb;

import io.pharos.model.LabelMatcher;
import io.pharos.model.Labels;
import io.pharos.storage.Queryable;
import io.pharos.storage.SeriesSet;
import io.pharos.tsdb.block.Block;
import io.pharos.tsdb.block.BlockSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Selects series from the head and the blocks of a store. Thread-safe.
final class Querier implements Queryable {
  private final Head head;
  private final LateIntake late;
  private final Supplier<BlockSet> currentBlocks;
  private final Generations generations = new Generations();
  private final JoinCache joins = new JoinCache();

  Querier(Head head, LateIntake late, Supplier<BlockSet> currentBlocks) {
    this.head = head;
    this.late = late;
    this.currentBlocks = currentBlocks;
  }

  /// Drops cached selections that were not used since the last call.
  void removeUnused() {
    joins.removeUnused();
  }

  @Override
  public SeriesSet select(List<LabelMatcher> matchers, long fromMillis, long toMillis) {
    boolean withHead = toMillis >= Math.min(currentBlocks.get().end(), late.oldest());
    Head.Selected recent = withHead ? head.select(matchers) : new Head.Selected(-1, List.of());
    /* The blocks are read after the head, for the reason given in Selection.read. */
    List<Block> older = currentBlocks.get().overlapping(fromMillis, toMillis);
    long revision = late.revision();
    JoinCache.Joined cached = older.isEmpty() ? null : joins.last(matchers, older.size());
    if (cached != null && cached.isOf(recent, older)) {
      return new Selection(cached.rows(), currentBlocks, cached.generation(), revision);
    }
    long generation =
        withHead && recent.generation() < 0
            ? generations.fresh()
            : generations.of(
                recent.generation(),
                older.stream()
                    .flatMap(one -> Stream.of(one.windowStart(), one.sampleCount()))
                    .toList());
    Function<Block, int[]> select = block -> block.select(matchers);
    Selection.Rows rows = null;
    if (cached != null && cached.recent().series().equals(recent.series())) {
      rows = Selection.extend(cached.rows(), older, select);
    }
    if (rows == null) {
      rows = Selection.join(recent.series(), older, select, cached == null ? null : cached.rows());
    }
    if (!older.isEmpty() && recent.generation() >= 0) {
      joins.put(matchers, new JoinCache.Joined(recent, rows, generation));
    }
    return new Selection(rows, currentBlocks, generation, revision);
  }

  @Override
  public List<String> labelNames(List<LabelMatcher> matchers, long fromMillis, long toMillis) {
    Stream<String> names =
        isWholeHead(matchers, fromMillis, toMillis)
            ? head.index.names().stream()
            : labels(matchers, fromMillis, toMillis).flatMap(one -> one.names().stream());
    return names.distinct().sorted().toList();
  }

  @Override
  public List<String> labelValues(
      String name, List<LabelMatcher> matchers, long fromMillis, long toMillis) {
    Stream<String> values =
        isWholeHead(matchers, fromMillis, toMillis)
            ? head.index.values(name).stream()
            : labels(matchers, fromMillis, toMillis)
                .filter(one -> one.has(name))
                .map(one -> one.get(name));
    return values.distinct().sorted().toList();
  }

  private Stream<Labels> labels(List<LabelMatcher> matchers, long fromMillis, long toMillis) {
    SeriesSet series = select(matchers, fromMillis, toMillis);
    return IntStream.range(0, series.size()).mapToObj(series::labels);
  }

  /* Whether a selection contains all series of the head, and no series of a block. */
  private boolean isWholeHead(List<LabelMatcher> matchers, long fromMillis, long toMillis) {
    return matchers.isEmpty() && currentBlocks.get().overlapping(fromMillis, toMillis).isEmpty();
  }

  /// Assigns numbers to the states from which selections were computed. If two states have equal
  /// numbers, equal matchers select equal series. Thread-safe.
  private static final class Generations {
    private static final int MAX_ENTRIES = 256;

    private record Source(long headGeneration, List<Long> blocks) {}

    private final LinkedHashMap<Source, Long> numbers = new LinkedHashMap<>(64, 0.75f, true);
    private long next = 1;

    /// Returns the number of a state. For a head without blocks, it is the head's generation, an
    /// even number, so that this common case needs no table. All other numbers are odd.
    ///
    /// @param headGeneration generation of the head, or -1 if the head is not part of the selection
    /// @param blocks numbers that identify the blocks
    long of(long headGeneration, List<Long> blocks) {
      if (blocks.isEmpty() && headGeneration >= 0) {
        return headGeneration;
      }
      synchronized (this) {
        var source = new Source(headGeneration, List.copyOf(blocks));
        Long existing = numbers.get(source);
        if (existing != null) {
          return existing;
        }
        long number = fresh();
        numbers.put(source, number);
        if (numbers.size() > MAX_ENTRIES) {
          numbers.pollFirstEntry();
        }
        return number;
      }
    }

    /// Returns a number that was not used before.
    synchronized long fresh() {
      next += 2;
      return next;
    }
  }

  /// Caches selections over blocks, so that a rule over days does not read the labels of a block
  /// again. Limited by the number of cached ranks; removes the least recently used selections.
  /// Thread-safe.
  static final class JoinCache {
    private static final int MAX_WEIGHT = 4_000_000;
    private static final int MAX_ENTRIES = 1_024;

    /// `blocks` is the number of blocks. All selections end at the newest block, so the number
    /// identifies the blocks.
    private record Key(List<LabelMatcher> matchers, int blocks) {}

    /// A selection over blocks. `recent` is its part in the head, `generation` the number of its
    /// state.
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
    private long totalWeight;

    /// Returns the last selection with these matchers whose number of blocks differs by at most
    /// one, or null. The returned selection contains the ranks for most of the requested blocks.
    synchronized @Nullable Joined last(List<LabelMatcher> matchers, int blocks) {
      for (int difference : new int[] {0, 1, -1}) {
        Entry entry = entries.get(new Key(matchers, blocks + difference));
        if (entry != null) {
          entry.used = true;
          return entry.joined;
        }
      }
      return null;
    }

    /// Caches a selection unless it is too large.
    synchronized void put(List<LabelMatcher> matchers, Joined joined) {
      if (joined.weight() > MAX_WEIGHT / 4) {
        return;
      }
      var key = new Key(List.copyOf(matchers), joined.rows.blocks().size());
      Entry before = entries.put(key, new Entry(joined));
      totalWeight += joined.weight() - (before == null ? 0 : before.joined.weight());
      while (totalWeight > MAX_WEIGHT || entries.size() > MAX_ENTRIES) {
        totalWeight -= entries.pollFirstEntry().getValue().joined.weight();
      }
    }

    /// Removes entries that were not used since the last call, so that they do not keep deleted
    /// blocks and series in memory.
    synchronized void removeUnused() {
      entries
          .values()
          .removeIf(
              entry -> {
                if (!entry.used) {
                  totalWeight -= entry.joined.weight();
                }
                return !entry.used;
              });
      entries.values().forEach(entry -> entry.used = false);
    }
  }
}
