package io.pharos.tsdb;

import io.pharos.model.LabelMatcher;
import io.pharos.model.Labels;
import io.pharos.storage.SampleWindow;
import io.pharos.tsdb.StoredData.Series;
import io.pharos.tsdb.StoredData.Window;
import io.pharos.tsdb.block.Block;
import io.pharos.tsdb.prometheus.BlockMeta;
import io.pharos.tsdb.prometheus.PrometheusBlock;
import io.pharos.tsdb.prometheus.PrometheusBlockWriter;
import io.pharos.tsdb.start.StartRuns;
import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.random.RandomGenerator;

/// Writes the samples of a store as Prometheus blocks, one for each window of two hours. Prometheus
/// merges them into larger blocks. The blocks get their final names after all of them were written.
/// Memory holds the labels of one window at a time.
///
/// @param fromMillis Unix milliseconds of the first sample to export
/// @param toMillis Unix milliseconds of the last sample to export
/// @param nowMillis Unix milliseconds from which the names of the blocks are computed
public record PrometheusExport(
    StoredData data,
    List<LabelMatcher> matchers,
    long fromMillis,
    long toMillis,
    long nowMillis,
    RandomGenerator random,
    StoredData.Progress progress,
    StartListener starts) {
  /* promtool's dump refuses a folder without this subfolder. */
  private static final String EMPTY_LOG = "wal";

  /// Result of an export.
  ///
  /// @param blocks the written blocks, oldest first
  /// @param samples number of samples
  /// @param bytes total size of the blocks' files
  public record Report(List<BlockMeta> blocks, long samples, long bytes) {
    public Report {
      blocks = List.copyOf(blocks);
    }
  }

  /// Receives the start timestamps of the written samples, which Prometheus blocks lack.
  public interface StartListener {
    /// Called once per window for each series that has start timestamps in it.
    ///
    /// @param series labels of the series
    /// @param runs its start timestamps in the window, not empty
    /// @param endMillis Unix milliseconds of the window's end
    void starts(Labels series, StartRuns runs, long endMillis) throws IOException;
  }

  public PrometheusExport {
    matchers = List.copyOf(matchers);
  }

  /// Writes the blocks to a folder without blocks, which is created if missing. On failure, the
  /// written files are deleted.
  ///
  /// @throws DirectoryNotEmptyException when the folder already contains blocks
  /// @throws java.io.UncheckedIOException when a chunk of the store is damaged
  public Report run(Path target) throws IOException {
    Files.createDirectories(target);
    if (!PrometheusBlock.folders(target).isEmpty()) {
      throw new DirectoryNotEmptyException(target.toString());
    }
    var written = new ArrayList<BlockMeta>();
    try {
      List<Block> blocks = data.blocks();
      List<Long> open = data.openWindows();
      long total = (long) blocks.size() + open.size();
      long done = 0;
      for (Block block : blocks) {
        progress.at("exporting windows", done++, total);
        if (block.windowEnd() > fromMillis && block.windowStart() <= toMillis) {
          write(target, data.window(block, matchers), true, written);
        }
      }
      for (long start : open) {
        progress.at("exporting windows", done++, total);
        if (start + Tsdb.WINDOW_MILLIS > fromMillis && start <= toMillis) {
          write(target, data.window(start, matchers), false, written);
        }
      }
      if (!written.isEmpty()) {
        Files.createDirectories(target.resolve(EMPTY_LOG));
      }
      for (BlockMeta block : written) {
        PrometheusBlockWriter.publish(target, block);
      }
    } catch (IOException | RuntimeException | Error e) {
      for (BlockMeta block : written) {
        PrometheusBlockWriter.delete(target, block);
      }
      throw e;
    }
    long bytes = 0;
    for (BlockMeta block : written) {
      bytes += size(target.resolve(block.ulid()));
    }
    return new Report(written, written.stream().mapToLong(BlockMeta::samples).sum(), bytes);
  }

  /* Prometheus refuses samples before the end of its last block. So the block of an unfinished
   * window ends directly after its last sample. */
  private void write(Path target, Window window, boolean finished, List<BlockMeta> written)
      throws IOException {
    Set<String> strings = new HashSet<>();
    for (Series series : window.series()) {
      series
          .labels()
          .forEach(
              (name, value) -> {
                strings.add(name);
                strings.add(value);
              });
    }
    long from = Math.max(fromMillis, window.start());
    long to = Math.min(toMillis, window.end() - 1);
    long newest = window.start();
    var samples = new SampleWindow(512);
    try (var writer = PrometheusBlockWriter.begin(target, nowMillis, random, strings)) {
      for (Series series : inOrder(window.series())) {
        samples.clear();
        series.read(from, to, samples);
        if (samples.size() > 0) {
          writer.series(series.labels(), samples);
          reportStarts(series.labels(), samples, window.end());
          newest = Math.max(newest, samples.timestamp(samples.size() - 1));
        }
      }
      if (writer.samples() > 0) {
        written.add(writer.finish(window.start(), finished ? window.end() : newest + 1));
      }
    }
  }

  private void reportStarts(Labels series, SampleWindow samples, long endMillis)
      throws IOException {
    if (samples.starts() == null) {
      return;
    }
    var runs = StartRuns.NONE;
    for (int i = 0; i < samples.size(); i++) {
      runs = runs.with(samples.timestamp(i), samples.start(i));
    }
    if (!runs.isEmpty()) {
      starts.starts(series, runs, endMillis);
    }
  }

  /* Prometheus' order differs from this program's order only for characters above U+FFFF. */
  private static List<Series> inOrder(List<Series> series) {
    for (int i = 1; i < series.size(); i++) {
      if (PrometheusBlockWriter.ORDER.compare(series.get(i - 1).labels(), series.get(i).labels())
          > 0) {
        return series.stream()
            .sorted(Comparator.comparing(Series::labels, PrometheusBlockWriter.ORDER))
            .toList();
      }
    }
    return series;
  }

  private static long size(Path folder) throws IOException {
    long bytes = 0;
    try (var files = Files.walk(folder)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        bytes += Files.size(file);
      }
    }
    return bytes;
  }
}
