package io.pharos.tsdb.block;

import io.pharos.bytes.ByteSink;
import io.pharos.bytes.ByteSource;
import io.pharos.bytes.CorruptDataException;
import io.pharos.limits.work.Cancellation;
import io.pharos.model.LabelMatcher;
import io.pharos.model.Labels;
import io.pharos.tsdb.chunk.TimeColumn;
import io.pharos.tsdb.index.MatcherPlan;
import io.pharos.tsdb.start.StartRuns;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntConsumer;
import java.util.function.IntFunction;
import java.util.function.IntPredicate;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// The index of a block, read from the mapped file. Series are identified by their ranks in label
/// order.
final class BlockIndex {
  private final MemorySegment symbols;
  private final MemorySegment series;
  private final MemorySegment postings;
  private final int symbolCount;

  /// Number of series.
  final int seriesCount;

  private final int entryCount;

  /// @param index the whole index
  /// @param seriesStart offset of the series table in it
  /// @param postingsStart offset of the postings table in it
  BlockIndex(MemorySegment index, long seriesStart, long postingsStart) {
    symbols = index.asSlice(0, seriesStart);
    series = index.asSlice(seriesStart, postingsStart - seriesStart);
    postings = index.asSlice(postingsStart);
    symbolCount = ByteSource.u32(symbols, 0);
    seriesCount = ByteSource.u32(series, 0);
    entryCount = ByteSource.u32(postings, 0);
  }

  /// Returns a source that is positioned at the chunk list of a series.
  ByteSource chunks(int id) {
    ByteSource source = entryOf(id);
    int labels = source.count(2);
    for (int i = 0; i < 2 * labels; i++) {
      source.uvarint();
    }
    return source;
  }

  /* Returns a source that is positioned at the entry of a series. */
  private ByteSource entryOf(int id) {
    var source = new ByteSource(series);
    source.position(4 + 4L * seriesCount + ByteSource.u32(series, 4 + 4L * id));
    return source;
  }

  private String symbol(int id) {
    var source = new ByteSource(symbols);
    source.position(4 + 4L * symbolCount + ByteSource.u32(symbols, 4 + 4L * id));
    return source.string();
  }

  /* Returns the rank of a string among the symbols, or -1. */
  private int symbolId(String text) {
    return rank(symbolCount, id -> symbol(id).compareTo(text));
  }

  /* Binary search in `count` elements; `order` compares the element at an index with the wanted
   * one. Returns the index of the wanted element, or -1. */
  static int rank(int count, IntUnaryOperator order) {
    int low = 0;
    int high = count - 1;
    while (low <= high) {
      int middle = (low + high) >>> 1;
      int compared = order.applyAsInt(middle);
      if (compared == 0) {
        return middle;
      }
      if (compared < 0) {
        low = middle + 1;
      } else {
        high = middle - 1;
      }
    }
    return -1;
  }

  /// Decodes labels and caches their strings.
  final class LabelsReader {
    private final Map<Integer, String> cached = new HashMap<>();

    Labels labels(int id) {
      ByteSource source = entryOf(id);
      int count = source.count(2);
      var pairs = new String[2 * count];
      for (int i = 0; i < pairs.length; i++) {
        pairs[i] = cached.computeIfAbsent((int) source.uvarint(), BlockIndex.this::symbol);
      }
      return Labels.of(pairs);
    }
  }

  /// The rank of the series with these labels, or -1.
  int find(Labels labels) {
    var wanted = new int[2 * labels.size()];
    for (int i = 0; i < labels.size(); i++) {
      wanted[2 * i] = symbolId(labels.name(i));
      wanted[2 * i + 1] = symbolId(labels.value(i));
      if (wanted[2 * i] < 0 || wanted[2 * i + 1] < 0) {
        return -1;
      }
    }
    return rank(seriesCount, id -> Arrays.compare(symbolIds(id), wanted));
  }

  private int[] symbolIds(int id) {
    ByteSource source = entryOf(id);
    var ids = new int[2 * source.count(2)];
    for (int i = 0; i < ids.length; i++) {
      ids[i] = (int) source.uvarint();
    }
    return ids;
  }

  /// Returns the ranks of the series that satisfy all matchers, in ascending order. Throws
  /// CancelledException when the query was cancelled.
  int[] select(List<LabelMatcher> matchers) {
    MatcherPlan plan = MatcherPlan.of(matchers, this::cost);
    int[] candidates =
        plan.start().map(this::collect).orElseGet(() -> IntStream.range(0, seriesCount).toArray());
    for (LabelMatcher filter : plan.filters()) {
      candidates = IntStream.of(candidates).filter(accepts(filter)).toArray();
    }
    return candidates;
  }

  private IntPredicate accepts(LabelMatcher matcher) {
    int name = symbolId(matcher.name());
    boolean matchesWithoutLabel = matcher.matches("");
    var resultByValue = new HashMap<Integer, Boolean>();
    var cancellation = Cancellation.current();
    int[] turns = {0};
    return id -> {
      cancellation.check(turns[0]++);
      int[] pairs = name < 0 ? new int[0] : symbolIds(id);
      for (int i = 0; i < pairs.length; i += 2) {
        if (pairs[i] == name) {
          return resultByValue.computeIfAbsent(
              pairs[i + 1], value -> matcher.matches(symbol(value)));
        }
      }
      return matchesWithoutLabel;
    };
  }

  private long cost(LabelMatcher matcher) {
    int name = symbolId(matcher.name());
    if (name < 0) {
      return 0;
    }
    if (matcher.type() != LabelMatcher.Type.EQUAL) {
      return (long) firstEntry(name + 1, 0) - firstEntry(name, 0);
    }
    int entry = entry(name, symbolId(matcher.value()));
    return entry < 0 ? 0 : entryInt(entry, 12);
  }

  private int[] collect(LabelMatcher matcher) {
    var ids = IntStream.builder();
    int name = symbolId(matcher.name());
    if (name < 0) {
      return new int[0];
    }
    if (matcher.type() == LabelMatcher.Type.EQUAL) {
      int entry = entry(name, symbolId(matcher.value()));
      if (entry >= 0) {
        addSeries(entry, ids);
      }
      return ids.build().toArray();
    }
    int end = firstEntry(name + 1, 0);
    var cancellation = Cancellation.current();
    for (int entry = firstEntry(name, 0); entry < end; entry++) {
      cancellation.check(entry);
      if (matcher.matches(symbol(entryInt(entry, 4)))) {
        addSeries(entry, ids);
      }
    }
    return ids.build().sorted().toArray();
  }

  private void addSeries(int entry, IntConsumer ids) {
    long lists = 4 + (long) BlockFormat.POSTINGS_ENTRY * entryCount;
    long first = entryInt(entry, 8);
    int count = entryInt(entry, 12);
    for (int i = 0; i < count; i++) {
      ids.accept(ByteSource.u32(postings, lists + 4 * (first + i)));
    }
  }

  private int entryInt(int entry, int field) {
    return ByteSource.u32(postings, 4 + (long) BlockFormat.POSTINGS_ENTRY * entry + field);
  }

  private int entry(int name, int value) {
    int entry = value < 0 ? entryCount : firstEntry(name, value);
    boolean found = entry < entryCount && entryInt(entry, 0) == name && entryInt(entry, 4) == value;
    return found ? entry : -1;
  }

  /* Returns the index of the first entry that is not before this name and value. */
  private int firstEntry(int name, int value) {
    int low = 0;
    int high = entryCount;
    while (low < high) {
      int middle = (low + high) >>> 1;
      int order = Integer.compare(entryInt(middle, 0), name);
      if (order == 0) {
        order = Integer.compare(entryInt(middle, 4), value);
      }
      if (order < 0) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  /// The start timestamps in a block's index, read from the mapped file.
  static final class Starts {
    private final MemorySegment section;
    private final long windowStart;
    private final int count;

    Starts(MemorySegment section, long windowStart) {
      this.section = section;
      this.windowStart = windowStart;
      this.count = ByteSource.u32(section, 0);
    }

    /// The start timestamps of a series. `id` is the rank of the series.
    StartRuns of(int id) {
      int index = rank(count, i -> Integer.compare(ByteSource.u32(section, 4 + 8L * i), id));
      if (index < 0) {
        return StartRuns.NONE;
      }
      var source = new ByteSource(section);
      source.position(4 + 8L * count + ByteSource.u32(section, 8 + 8L * index));
      return StartRuns.read(source, windowStart);
    }

    /// Appends the section of the start timestamps to an index.
    static void write(ByteSink index, List<BlockWriter.Series> series, long windowStart) {
      var data = new ByteSink(1024);
      int count = 0;
      int from = index.size();
      index.u32(0);
      for (int id = 0; id < series.size(); id++) {
        if (!series.get(id).starts().isEmpty()) {
          index.u32(id);
          index.u32(data.size());
          series.get(id).starts().write(data, windowStart);
          count++;
        }
      }
      index.setU32(from, count);
      index.bytes(data.array(), 0, data.size());
    }
  }

  /// Locations of the time columns of a block, read from the mapped file. Columns are identified by
  /// numbers.
  static final class Times {
    /* Number of cached columns. Neighbouring series often belong to one target and use the same
     * few columns alternately. */
    private static final int CACHE_SIZE = 64;

    private record CachedColumn(int number, TimeColumn column) {}

    /* Threads see each element either completely or not at all, because records have only final
     * fields. A thread may still see an old element, which is valid too. */
    private final @Nullable CachedColumn[] cache = new CachedColumn[CACHE_SIZE];
    private final MemorySegment table;
    private final int count;

    /// @param table the bytes from the start of the table to the end of the index
    Times(MemorySegment table) {
      this.table = table;
      count = ByteSource.u32(table, 0);
      if (count < 0 || 4 + (long) count * BlockFormat.COLUMN_ENTRY > table.byteSize()) {
        throw new CorruptDataException("the table is too short for " + count + " time columns");
      }
    }

    /* Returns the offset of a column's entry in the table. */
    private long entryOffset(int number) {
      if (number < 0 || number >= count) {
        throw new CorruptDataException(
            "found time column number %d, expected less than %d".formatted(number, count));
      }
      return 4 + (long) number * BlockFormat.COLUMN_ENTRY;
    }

    /// Returns the column from the cache; reads it by `reader` if it is not cached.
    TimeColumn column(int number, IntFunction<byte[]> reader) {
      int slot = number & (CACHE_SIZE - 1);
      CachedColumn cached = cache[slot];
      if (cached != null && cached.number == number) {
        return cached.column;
      }
      var column =
          new TimeColumn(minTime(number), maxTime(number), samples(number), reader.apply(number));
      cache[slot] = new CachedColumn(number, column);
      return column;
    }

    /// Offset of the column in the file.
    long offset(int number) {
      return ByteSource.i64(table, entryOffset(number));
    }

    /// Length of the column's data in bytes.
    int length(int number) {
      return ByteSource.u32(table, entryOffset(number) + 8);
    }

    /// Number of samples of a chunk with this column.
    int samples(int number) {
      return ByteSource.u32(table, entryOffset(number) + 12);
    }

    /// Unix milliseconds of the first sample.
    long minTime(int number) {
      return ByteSource.i64(table, entryOffset(number) + 16);
    }

    /// Unix milliseconds of the last sample.
    long maxTime(int number) {
      return ByteSource.i64(table, entryOffset(number) + 24);
    }
  }
}
