package io.pharos.tsdb;

import static java.util.Comparator.comparingLong;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.model.Labels;
import io.pharos.storage.AppendOutcome;
import io.pharos.storage.SampleWindow;
import io.pharos.tsdb.block.Block;
import io.pharos.tsdb.block.BlockWriter;
import io.pharos.tsdb.chunk.Chunk;
import io.pharos.tsdb.start.StartRuns;
import java.util.AbstractList;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/// Builds the content of a window's block from the current block and added samples. Call the `add`
/// methods, then [#join]; after that, this list contains all series, sorted by labels. Only changed
/// series are in memory; an unchanged series is read from the current block each time it is
/// accessed.
final class WindowContent extends AbstractList<BlockWriter.Series> {
  /// The samples added to one series.
  private static final class Addition {
    private final List<List<Chunk>> runs = new ArrayList<>(1);
    private StartRuns starts = StartRuns.NONE;
  }

  private final long start;
  private final @Nullable Block block;
  private final IntFunction<Labels> blockLabels;
  private final TreeMap<Labels, Addition> additions = new TreeMap<>();
  private final List<BlockWriter.Series> joined = new ArrayList<>();

  /// Number of added samples.
  long added;

  /* For each series: its rank in the current block if no samples were added to it, otherwise -1
   * minus its index in `joined`. */
  private int[] order = {};

  /// @param start Unix milliseconds of the window's start
  /// @param block current block of the window, or null if there is none
  WindowContent(long start, @Nullable Block block) {
    this.start = start;
    this.block = block;
    this.blockLabels = block == null ? rank -> Labels.empty() : block.labelsReader();
  }

  /// Adds the samples that a series has in memory for this window.
  void add(HeadSeries series) {
    List<Chunk> chunks = series.chunksOf(start);
    if (!chunks.isEmpty()) {
      Addition one = addition(series.labels());
      one.runs.add(chunks);
      added += count(chunks);
      one.starts = series.startsWithin(start, start + Tsdb.WINDOW_MILLIS);
    }
  }

  /// Adds chunks of the window, which do not overlap each other. If samples have the same time, the
  /// block's sample is kept; if the block has none, the sample that was added first.
  void add(Labels labels, List<Chunk> chunks) {
    if (!chunks.isEmpty()) {
      addition(labels).runs.add(chunks);
      added += count(chunks);
    }
  }

  /// Adds samples in time order. For samples at the same time, the rules of [#add(Labels, List)]
  /// apply.
  void add(Labels labels, SampleWindow samples) {
    if (samples.size() > 0) {
      add(labels, new RechunkedSeries(labels, List.of(samples)).chunks());
    }
  }

  private Addition addition(Labels labels) {
    return additions.computeIfAbsent(labels, _ -> new Addition());
  }

  /// Sets the start timestamps of added series that have none yet.
  void starts(Map<Labels, StartRuns> startsBySeries) {
    additions.forEach(
        (labels, one) -> {
          if (one.starts.isEmpty()) {
            one.starts =
                startsBySeries
                    .getOrDefault(labels, StartRuns.NONE)
                    .within(start, start + Tsdb.WINDOW_MILLIS);
          }
        });
  }

  /// Merges the additions with the current block.
  ///
  /// @return number of samples that were dropped because their series has another sample at the
  ///   same time
  /// @throws java.io.UncheckedIOException when a chunk of the block is damaged
  long join() {
    int inBlock = block == null ? 0 : block.seriesCount();
    order = new int[inBlock + additions.size()];
    int size = 0;
    long duplicates = 0;
    int rank = 0;
    for (var entry = additions.pollFirstEntry();
        entry != null;
        entry = additions.pollFirstEntry()) {
      Labels labels = entry.getKey();
      List<List<Chunk>> runs = entry.getValue().runs;
      StartRuns starts = entry.getValue().starts;
      int compared = -1;
      while (rank < inBlock && (compared = blockLabels.apply(rank).compareTo(labels)) < 0) {
        order[size++] = rank++;
      }
      if (block != null && rank < inBlock && compared == 0) {
        runs.addFirst(block.chunksOf(rank));
        StartRuns inFile = block.starts(rank++);
        starts = inFile.isEmpty() ? starts : inFile;
      }
      order[size++] = -1 - joined.size();
      List<Chunk> chunks = merged(labels, runs);
      duplicates += count(runs.stream().flatMap(List::stream).toList()) - count(chunks);
      joined.add(new BlockWriter.Series(labels, chunks, starts));
    }
    while (rank < inBlock) {
      order[size++] = rank++;
    }
    order = Arrays.copyOf(order, size);
    return duplicates;
  }

  private static long count(List<Chunk> chunks) {
    return chunks.stream().mapToLong(Chunk::count).sum();
  }

  private static List<Chunk> merged(Labels labels, List<List<Chunk>> runs) {
    List<Chunk> chunks =
        runs.stream().flatMap(List::stream).sorted(comparingLong(Chunk::minTime)).toList();
    boolean overlap = false;
    for (int i = 1; i < chunks.size(); i++) {
      overlap |= chunks.get(i).minTime() <= chunks.get(i - 1).maxTime();
    }
    if (!overlap) {
      return chunks;
    }
    var windows = new ArrayList<SampleWindow>();
    for (List<Chunk> run : runs) {
      var window = new SampleWindow(256);
      run.forEach(chunk -> chunk.read(Long.MIN_VALUE, Long.MAX_VALUE, window));
      windows.add(window);
    }
    return new RechunkedSeries(labels, windows).chunks();
  }

  @Override
  public int size() {
    return order.length;
  }

  @Override
  public BlockWriter.Series get(int i) {
    int location = order[i];
    if (location < 0 || block == null) {
      return joined.get(-1 - location);
    }
    return new BlockWriter.Series(
        blockLabels.apply(location), block.chunksOf(location), block.starts(location));
  }

  /// Encodes the samples of one series as chunks of the store.
  static final class RechunkedSeries {
    private static final TsdbMetrics UNCOUNTED = new TsdbMetrics(new SimpleMeterRegistry());

    private final HeadSeries chunks;

    /// Number of samples without duplicates.
    int size;

    /// @param parts samples in any order; if samples have the same time, the one in the first part
    ///   is kept
    RechunkedSeries(Labels labels, List<SampleWindow> parts) {
      chunks = new HeadSeries(labels);
      if (parts.size() == 1 && isRising(parts.getFirst())) {
        SampleWindow only = parts.getFirst();
        for (int i = 0; i < only.size(); i++) {
          add(only, i);
        }
        return;
      }
      record Location(SampleWindow part, int index) {}
      var locations = new ArrayList<Location>();
      for (SampleWindow part : parts) {
        for (int i = 0; i < part.size(); i++) {
          locations.add(new Location(part, i));
        }
      }
      locations.sort(comparingLong(it -> it.part.timestamp(it.index)));
      locations.forEach(it -> add(it.part, it.index));
    }

    private static boolean isRising(SampleWindow samples) {
      for (int i = 1; i < samples.size(); i++) {
        if (samples.timestamp(i) <= samples.timestamp(i - 1)) {
          return false;
        }
      }
      return true;
    }

    private void add(SampleWindow samples, int i) {
      AppendOutcome outcome =
          chunks.append(samples.timestamp(i), samples.value(i), samples.histogram(i), UNCOUNTED);
      size += outcome == AppendOutcome.APPENDED ? 1 : 0;
    }

    /// Returns the chunks; all samples must lie in one window.
    List<Chunk> chunks() {
      return windows().firstEntry().getValue();
    }

    /// Returns the chunks of each window, by the window's start.
    NavigableMap<Long, List<Chunk>> windows() {
      /* Only finished chunks are returned below; this call finishes the growing chunk. */
      List<Chunk> _ = chunks.chunksOf(Tsdb.windowOf(chunks.lastTime()));
      SeriesSnapshot snapshot = chunks.snapshot();
      var windows = new TreeMap<Long, List<Chunk>>();
      for (int i = 0; i < snapshot.finishedCount(); i++) {
        Chunk chunk = snapshot.finished()[i];
        windows.computeIfAbsent(Tsdb.windowOf(chunk.minTime()), _ -> new ArrayList<>()).add(chunk);
      }
      return windows;
    }
  }
}
