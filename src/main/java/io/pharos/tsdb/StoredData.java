package io.pharos.tsdb;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.bytes.CorruptDataException;
import io.pharos.model.LabelMatcher;
import io.pharos.model.Labels;
import io.pharos.storage.SampleWindow;
import io.pharos.tsdb.block.Block;
import io.pharos.tsdb.block.BlockFiles;
import io.pharos.tsdb.block.BlockSet;
import io.pharos.tsdb.late.LateSamples;
import io.pharos.tsdb.wal.WalReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/// A read-only view of a store's directory at one moment. It takes no lock and changes nothing, so
/// a process that has the store open is not affected. Memory holds the samples that are in no
/// block.
///
/// @param set the blocks
/// @param segments the segments of the log, oldest first
/// @param damages file, offset and reason of each damage
public record StoredData(
    Head head, BlockSet set, List<WalReader.Segment> segments, List<String> damages) {
  /* The log is read before the blocks. A sample that moves to a block in between is then found
   * in the log, in the block, or in both; if in both, the block's sample is used. */

  /// Samples of one window.
  ///
  /// @param start Unix milliseconds of the window's start
  /// @param end Unix milliseconds of the window's end, exclusive
  /// @param series sorted by labels
  public record Window(long start, long end, List<Series> series) {}

  /// One series in a window.
  public interface Series {
    /// Labels with the metric name.
    Labels labels();

    /// Appends the samples of the closed interval to `window`. Throws UncheckedIOException when a
    /// chunk is damaged.
    void read(long fromMillis, long toMillis, SampleWindow window);
  }

  public StoredData {
    segments = List.copyOf(segments);
    damages = List.copyOf(damages);
  }

  /// Reads the log and opens the blocks of a store.
  ///
  /// @param directory directory of the store, `tsdb` below Pharos' storage path
  /// @throws NoSuchFileException when the directory contains no store
  public static StoredData open(Path directory) throws IOException {
    Path blockFolder = directory.resolve("blocks");
    if (!Files.isDirectory(blockFolder)) {
      throw new NoSuchFileException(
          directory.toString(), null, "no store of samples: the folder 'blocks' is missing");
    }
    var metrics = new TsdbMetrics(new SimpleMeterRegistry());
    var head = new Head(metrics);
    long from = Long.MIN_VALUE;
    for (Path file : BlockFiles.named(blockFolder)) {
      from = Math.max(from, BlockFiles.end(file));
    }
    List<WalReader.Segment> segments =
        WalReader.read(directory.resolve("wal"), new WalReplay(head, metrics, from, () -> {}));
    var damages = new ArrayList<String>();
    for (WalReader.Segment segment : segments) {
      if (!segment.damage().isEmpty()) {
        damages.add(segment.file() + ": " + segment.damage());
      }
    }
    var blocks = new ArrayList<Block>();
    for (Path file : BlockFiles.named(blockFolder)) {
      try {
        blocks.add(Block.open(file));
      } catch (NoSuchFileException _) {
        // The retention deleted it in the meantime.
      } catch (CorruptDataException e) {
        damages.add(String.valueOf(e.getMessage()));
      }
    }
    return new StoredData(head, BlockSet.of(blocks), segments, damages);
  }

  /// The blocks, oldest first.
  public List<Block> blocks() {
    return set.blocks();
  }

  /// The windows with samples but without a block, oldest first.
  public List<Long> openWindows() {
    var starts = new TreeSet<Long>();
    head.all().forEach(series -> series.addWindowsBefore(Long.MAX_VALUE, starts));
    starts.removeIf(start -> start < set.end());
    starts.addAll(lateWindows());
    starts.removeIf(start -> set.of(start) != null);
    return List.copyOf(starts);
  }

  /// The start times of the windows with both a block and late samples that are not merged into the
  /// block yet, oldest first.
  public List<Long> lateBlocks() {
    return lateWindows().stream().filter(start -> set.of(start) != null).toList();
  }

  private NavigableSet<Long> lateWindows() {
    var starts = new TreeSet<Long>();
    head.all()
        .forEach(one -> one.late.addWindowsBefore(Long.MAX_VALUE, Tsdb.WINDOW_MILLIS, starts));
    return starts;
  }

  /// The series of a block that satisfy all matchers, with the late samples of its window.
  public Window window(Block block, List<LabelMatcher> matchers) {
    Map<Labels, LateSamples> late = lateSamples(block.windowStart(), matchers);
    var series = new TreeMap<Labels, Series>();
    late.forEach((labels, samples) -> series.put(labels, new InBlock(null, 0, labels, samples)));
    IntFunction<Labels> reader = block.labelsReader();
    for (int rank : block.select(matchers)) {
      Labels labels = reader.apply(rank);
      LateSamples lateOfSeries = late.getOrDefault(labels, LateSamples.NONE);
      series.put(labels, new InBlock(block, rank, labels, lateOfSeries));
    }
    return new Window(block.windowStart(), block.windowEnd(), List.copyOf(series.values()));
  }

  /// The late samples of a window that are in no block, for the series that satisfy all matchers.
  public Window late(long start, List<LabelMatcher> matchers) {
    var series = new ArrayList<Series>();
    lateSamples(start, matchers)
        .forEach((labels, samples) -> series.add(new InBlock(null, 0, labels, samples)));
    return new Window(start, start + Tsdb.WINDOW_MILLIS, series);
  }

  private Map<Labels, LateSamples> lateSamples(long start, List<LabelMatcher> matchers) {
    var late = new TreeMap<Labels, LateSamples>();
    for (HeadSeries one : head.select(matchers).series()) {
      if (one.late.within(start, start + Tsdb.WINDOW_MILLIS - 1).size() > 0) {
        late.put(one.labels(), one.late);
      }
    }
    return late;
  }

  /// The series that satisfy all matchers and have samples in a window without a block.
  public Window window(long start, List<LabelMatcher> matchers) {
    var series = new ArrayList<Series>();
    long end = start + Tsdb.WINDOW_MILLIS;
    for (HeadSeries one : head.select(matchers).series()) {
      var windows = new TreeSet<Long>();
      one.addWindowsBefore(end, windows);
      one.late.addWindowsBefore(end, Tsdb.WINDOW_MILLIS, windows);
      if (windows.contains(start)) {
        series.add(new InHead(one));
      }
    }
    return new Window(start, end, series);
  }

  /// A series of a block with the late samples of the block's window. `block` is null if the series
  /// has only late samples in the window.
  private record InBlock(@Nullable Block block, int rank, Labels labels, LateSamples late)
      implements Series {
    @Override
    public void read(long fromMillis, long toMillis, SampleWindow window) {
      int before = window.size();
      if (block != null) {
        block.read(rank, fromMillis, toMillis, window);
      }
      late.mergeInto(window, before, fromMillis, toMillis);
    }
  }

  private record InHead(HeadSeries series) implements Series {
    @Override
    public Labels labels() {
      return series.labels();
    }

    @Override
    public void read(long fromMillis, long toMillis, SampleWindow window) {
      int before = window.size();
      series.snapshot().read(fromMillis, toMillis, window);
      series.late.mergeInto(window, before, fromMillis, toMillis);
    }
  }

  /// Receives the progress of a long run, many times per second.
  @FunctionalInterface
  public interface Progress {
    /// Reports progress.
    ///
    /// @param step name of the current step in a few words
    /// @param done number of items done so far
    /// @param total total number of items
    void at(String step, long done, long total);
  }

  /// Result of a check.
  ///
  /// @param damages file, offset and reason of each damage
  /// @param blocks number of blocks
  /// @param series sum of the blocks' numbers of series
  /// @param samples number of readable samples in all blocks
  public record CheckReport(List<String> damages, int blocks, long series, long samples) {
    public CheckReport {
      damages = List.copyOf(damages);
    }
  }

  /// Reads each chunk of each block and reports the damages found, including those that [#open]
  /// found in the log.
  public CheckReport check(Progress progress) {
    // Several chunks can share a damaged time column, which is reported once.
    var found = new LinkedHashSet<>(damages);
    long series = 0;
    long samples = 0;
    int done = 0;
    for (Block block : blocks()) {
      progress.at("checking blocks", done++, blocks().size());
      series += block.seriesCount();
      samples += samples(block, found);
    }
    return new CheckReport(List.copyOf(found), blocks().size(), series, samples);
  }

  private static long samples(Block block, Set<String> damages) {
    long samples = 0;
    boolean allReadable = true;
    var window = new SampleWindow(512);
    for (int rank = 0; rank < block.seriesCount(); rank++) {
      window.clear();
      try {
        block.read(rank, Long.MIN_VALUE, Long.MAX_VALUE, window);
      } catch (UncheckedIOException e) {
        damages.add(reason(e));
        allReadable = false;
        continue;
      } catch (CorruptDataException e) {
        damages.add(block.file() + ": " + e.getMessage());
        allReadable = false;
        continue;
      }
      samples += window.size();
      if (!isInOrder(block, window)) {
        damages.add(
            "%s: the times of series %d are not increasing, or not in the window from %d to before %d"
                .formatted(block.file(), rank, block.windowStart(), block.windowEnd()));
      }
    }
    if (allReadable && samples != block.sampleCount()) {
      damages.add(
          "%s: found %d samples, expected %d as in the footer"
              .formatted(block.file(), samples, block.sampleCount()));
    }
    return samples;
  }

  private static String reason(UncheckedIOException e) {
    IOException cause = e.getCause();
    return String.valueOf(cause == null ? e.getMessage() : cause.getMessage());
  }

  private static boolean isInOrder(Block block, SampleWindow window) {
    long before = block.windowStart() - 1;
    for (int i = 0; i < window.size(); i++) {
      if (window.timestamp(i) <= before) {
        return false;
      }
      before = window.timestamp(i);
    }
    return before < block.windowEnd();
  }
}
