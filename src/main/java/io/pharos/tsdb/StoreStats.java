package io.pharos.tsdb;

import static java.util.Comparator.comparing;
import static java.util.Comparator.comparingLong;

import io.pharos.model.Labels;
import io.pharos.storage.SampleWindow;
import io.pharos.tsdb.StoredData.Series;
import io.pharos.tsdb.StoredData.Window;
import io.pharos.tsdb.block.Block;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.function.IntFunction;

/// Statistics of a store's content, such as the labels with the most series. Memory holds each
/// label with a count, and one series of each block.
public final class StoreStats {
  /// A name with a count, such as a metric with the number of its series.
  public record Count(String name, long count) {}

  /// A block, or the samples of a window in the log.
  ///
  /// @param name file name of the block, or `log`
  /// @param isBlock whether this is a block
  /// @param oldest Unix milliseconds of the window's start
  /// @param newest Unix milliseconds of the window's end, exclusive
  /// @param series number of series
  /// @param samples number of samples
  /// @param bytes size of the file in bytes; 0 for the log
  public record Part(
      String name,
      boolean isBlock,
      long oldest,
      long newest,
      long series,
      long samples,
      long bytes) {}

  private final List<Part> parts = new ArrayList<>();
  private final Map<String, Long> values = new HashMap<>();
  private final Map<String, Long> pairs = new HashMap<>();
  private final Map<String, Long> metrics = new HashMap<>();
  private long series;

  private StoreStats() {}

  /// The blocks and windows of a store, oldest first.
  public static List<Part> parts(StoredData data) {
    var parts = new ArrayList<Part>();
    for (Block block : data.blocks()) {
      parts.add(
          new Part(
              String.valueOf(block.file().getFileName()),
              true,
              block.windowStart(),
              block.windowEnd(),
              block.seriesCount(),
              block.sampleCount(),
              block.sizeBytes()));
    }
    for (Window window : logged(data)) {
      var samples = new SampleWindow(512);
      long count = 0;
      for (Series one : window.series()) {
        samples.clear();
        one.read(window.start(), window.end() - 1, samples);
        count += samples.size();
      }
      parts.add(
          new Part("log", false, window.start(), window.end(), window.series().size(), count, 0));
    }
    parts.sort(comparingLong(Part::oldest));
    return parts;
  }

  /* The samples that are in no block: late samples of windows that have a block, and windows
   * without a block. */
  private static List<Window> logged(StoredData data) {
    var windows = new ArrayList<Window>();
    data.lateBlocks().forEach(start -> windows.add(data.late(start, List.of())));
    data.openWindows().forEach(start -> windows.add(data.window(start, List.of())));
    return windows;
  }

  /// Computes the statistics of a store.
  public static StoreStats of(StoredData data, StoredData.Progress progress) {
    var stats = new StoreStats();
    stats.parts.addAll(parts(data));
    var queue = new PriorityQueue<Cursor>(comparing(Cursor::labels));
    for (Block block : data.blocks()) {
      IntFunction<Labels> labels = block.labelsReader();
      addNext(queue, 0, block.seriesCount(), labels);
    }
    for (Window window : logged(data)) {
      List<Series> found = window.series();
      addNext(queue, 0, found.size(), id -> found.get(id).labels());
    }
    long total = stats.parts.stream().mapToLong(Part::series).sum();
    long done = 0;
    Labels last = null;
    while (!queue.isEmpty()) {
      progress.at("counting series", done++, total);
      Cursor cursor = queue.remove();
      if (!cursor.labels().equals(last)) {
        last = cursor.labels();
        stats.count(last);
      }
      addNext(queue, cursor.next(), cursor.size(), cursor.reader());
    }
    return stats;
  }

  private static void addNext(
      PriorityQueue<Cursor> queue, int index, int size, IntFunction<Labels> reader) {
    if (index < size) {
      queue.add(new Cursor(reader.apply(index), index + 1, size, reader));
    }
  }

  private void count(Labels labels) {
    series++;
    metrics.merge(labels.metricName(), 1L, Long::sum);
    labels.forEach(
        (name, value) -> {
          if (pairs.merge(name + "=" + value, 1L, Long::sum) == 1) {
            values.merge(name, 1L, Long::sum);
          }
        });
  }

  /// The blocks and windows, oldest first.
  public List<Part> parts() {
    return List.copyOf(parts);
  }

  /// Number of distinct series.
  public long series() {
    return series;
  }

  /// The label names with the most values, in descending order.
  public List<Count> labelNames(int limit) {
    return top(values, limit);
  }

  /// The labels with the most series, as `name=value`, in descending order.
  public List<Count> labelPairs(int limit) {
    return top(pairs, limit);
  }

  /// The metric names with the most series, in descending order.
  public List<Count> metricNames(int limit) {
    return top(metrics, limit);
  }

  private static List<Count> top(Map<String, Long> counts, int limit) {
    return counts.entrySet().stream()
        .map(entry -> new Count(entry.getKey(), entry.getValue()))
        .sorted(Comparator.comparingLong(Count::count).reversed().thenComparing(Count::name))
        .limit(limit)
        .toList();
  }

  /// A position in a list of `size` series that is sorted by labels.
  private record Cursor(Labels labels, int next, int size, IntFunction<Labels> reader) {}
}
