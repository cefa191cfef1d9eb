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
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/// A read-only view of a store's directory at one moment. It takes no lock and changes nothing, so
/// a process that has the store open is not affected. Memory holds the samples that are in no
/// block.
public final class StoredData {
  /* The log is read before the blocks. Samples that move to a block in between are then found in
   * the log, in the block, or in both, and the block wins. */

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

    /// Appends the samples of the closed interval to `window`.
    ///
    /// @throws java.io.UncheckedIOException when a chunk is damaged
    void read(long fromMillis, long toMillis, SampleWindow window);
  }

  private final Head head;
  private final BlockSet blocks;
  private final List<WalReader.Segment> segments;
  private final List<String> damages;

  private StoredData(
      Head head, BlockSet blocks, List<WalReader.Segment> segments, List<String> damages) {
    this.head = head;
    this.blocks = blocks;
    this.segments = List.copyOf(segments);
    this.damages = List.copyOf(damages);
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
        WalReader.read(directory.resolve("wal"), new WalReplay(head, metrics, from));
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
    return blocks.blocks();
  }

  /// The segments of the log, oldest first.
  public List<WalReader.Segment> segments() {
    return segments;
  }

  /// The damages found: file, offset and reason.
  public List<String> damages() {
    return damages;
  }

  /// The windows with samples but without a block, oldest first.
  public List<Long> openWindows() {
    var starts = new TreeSet<Long>();
    head.all().forEach(series -> series.addWindowsBefore(Long.MAX_VALUE, starts));
    starts.removeIf(start -> start < blocks.end());
    starts.addAll(lateWindows());
    starts.removeIf(start -> blocks.of(start) != null);
    return List.copyOf(starts);
  }

  /// The windows with late samples that their block lacks, oldest first.
  public List<Long> lateBlocks() {
    return lateWindows().stream().filter(start -> blocks.of(start) != null).toList();
  }

  private NavigableSet<Long> lateWindows() {
    var starts = new TreeSet<Long>();
    head.all()
        .forEach(one -> one.late().addWindowsBefore(Long.MAX_VALUE, Tsdb.WINDOW_MILLIS, starts));
    return starts;
  }

  /// The series of a block that satisfy all matchers, with late samples of its window.
  public Window window(Block block, List<LabelMatcher> matchers) {
    Map<Labels, LateSamples> late = lateSamples(block.windowStart(), matchers);
    var series = new TreeMap<Labels, Series>();
    late.forEach((labels, samples) -> series.put(labels, new InBlock(null, 0, labels, samples)));
    IntFunction<Labels> reader = block.labelsReader();
    for (int id : block.select(matchers)) {
      Labels labels = reader.apply(id);
      LateSamples besides = late.getOrDefault(labels, LateSamples.NONE);
      series.put(labels, new InBlock(block, id, labels, besides));
    }
    return new Window(block.windowStart(), block.windowEnd(), List.copyOf(series.values()));
  }

  /// The late samples of a window that are in no block, of the series that satisfy all matchers.
  public Window late(long start, List<LabelMatcher> matchers) {
    var series = new ArrayList<Series>();
    lateSamples(start, matchers)
        .forEach((labels, samples) -> series.add(new InBlock(null, 0, labels, samples)));
    return new Window(start, start + Tsdb.WINDOW_MILLIS, series);
  }

  private Map<Labels, LateSamples> lateSamples(long start, List<LabelMatcher> matchers) {
    var late = new TreeMap<Labels, LateSamples>();
    for (HeadSeries one : head.select(matchers).series()) {
      if (one.late().within(start, start + Tsdb.WINDOW_MILLIS - 1).size() > 0) {
        late.put(one.labels(), one.late());
      }
    }
    return late;
  }

  /// The series with samples in a window without a block that satisfy all matchers.
  public Window window(long start, List<LabelMatcher> matchers) {
    var series = new ArrayList<Series>();
    long end = start + Tsdb.WINDOW_MILLIS;
    for (HeadSeries one : head.select(matchers).series()) {
      var windows = new TreeSet<Long>();
      one.addWindowsBefore(end, windows);
      one.late().addWindowsBefore(end, Tsdb.WINDOW_MILLIS, windows);
      if (windows.contains(start)) {
        series.add(new InHead(one));
      }
    }
    return new Window(start, end, series);
  }

  /// A series of a block with its late samples.
  ///
  /// @param block null if the series has only late samples
  private record InBlock(@Nullable Block block, int id, Labels labels, LateSamples late)
      implements Series {
    @Override
    public void read(long fromMillis, long toMillis, SampleWindow window) {
      int before = window.size();
      if (block != null) {
        block.read(id, fromMillis, toMillis, window);
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
      series.late().mergeInto(window, before, fromMillis, toMillis);
    }
  }

  /// Receives the progress of a long run, many times per second.
  @FunctionalInterface
  public interface Progress {
    /// Reports progress.
    ///
    /// @param step name of the current step in a few words
    /// @param done number of items done, out of `all`
    void at(String step, long done, long all);
  }
}
