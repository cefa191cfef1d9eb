package io.pharos.tsdb;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.model.Labels;
import io.pharos.model.histogram.Histogram;
import io.pharos.storage.AppendOutcome;
import io.pharos.storage.Appender;
import io.pharos.storage.SampleWindow;
import io.pharos.tsdb.block.Block;
import io.pharos.tsdb.block.BlockFiles;
import io.pharos.tsdb.block.BlockWriter;
import io.pharos.tsdb.chunk.Chunk;
import io.pharos.tsdb.prometheus.BlockMeta;
import io.pharos.tsdb.prometheus.PrometheusBlock;
import io.pharos.tsdb.start.StartRuns;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;

/// Imports Prometheus blocks into a store that no process has open.
///
/// All blocks are read completely before the store changes. While they are read, memory holds the
/// symbols of the source blocks and one series; afterwards one window of two hours. Temporary files
/// below the store contain a copy of the imported samples.
public final class PrometheusImport {
  /* Finished windows become blocks, merged with the store's samples of those windows. All blocks
   * are written before the first gets its final name, and the oldest is named first. So after a
   * crash, a replay never skips a window's samples in the log before the window's block exists.
   * Samples of unfinished windows are written to the log like scraped samples, because a block
   * would close its window to further samples. */

  private static final Duration MAX_SAMPLE_AGE = Duration.ofDays(365);
  private static final int BATCH_SAMPLES = 20_000;

  /// Result of an import.
  ///
  /// @param read number of samples in the blocks, without deleted samples and samples outside the
  ///   time range
  /// @param series number of series in all blocks
  /// @param duplicates number of samples for which another block or the store has a sample of the
  ///   same series and time
  /// @param blocks number of windows that were written as blocks
  /// @param logged number of samples of unfinished windows that were written to the log
  /// @param late number of samples of unfinished windows that the store refused, because it has
  ///   newer samples of the same series and its limit on late samples was reached
  /// @param lateFrom Unix milliseconds of the first window with refused samples; 0 without any
  public record Report(
      long read, long series, long duplicates, int blocks, long logged, long late, long lateFrom) {}

  /// Thrown when samples to import are older than the retention: the store would delete them at
  /// once.
  public static final class RetentionException extends IOException {
    private final Instant oldest;

    private RetentionException(Path block, Instant oldest) {
      super(block + ": the oldest sample, of " + oldest + ", is older than the retention");
      this.oldest = oldest;
    }

    /// Time of the oldest sample.
    public Instant oldest() {
      return oldest;
    }
  }

  private final List<Path> folders;
  private final List<BlockMeta> metas = new ArrayList<>();

  /* Source blocks that were opened to look up labels, by their index in the list. Blocks that end
   * before the current window are removed. */
  private final Map<Integer, PrometheusBlock> open = new HashMap<>();
  private final Path directory;
  private final Tsdb store;
  private final ImportSpill spill;
  private final long nowMillis;
  private final StoredData.Progress progress;
  private final Map<Labels, StartRuns> starts;
  private long read;
  private long series;
  private long duplicates;
  private long late;
  private long lateFrom;
  private long logged;

  private PrometheusImport(
      List<Path> folders,
      Path directory,
      Tsdb store,
      ImportSpill spill,
      long nowMillis,
      StoredData.Progress progress,
      Map<Labels, StartRuns> starts)
      throws IOException {
    this.folders = List.copyOf(folders);
    for (Path folder : folders) {
      metas.add(BlockMeta.read(folder));
    }
    this.directory = directory;
    this.store = store;
    this.spill = spill;
    this.nowMillis = nowMillis;
    this.progress = progress;
    this.starts = starts;
  }

  /// Imports blocks.
  ///
  /// @param folders folders of the blocks, from [PrometheusBlock#folders]
  /// @param directory directory of the store, `tsdb` below Pharos' storage path; created if missing
  /// @param fromMillis Unix milliseconds of the first sample to import
  /// @param toMillis Unix milliseconds of the last sample to import
  /// @param retention how long the store will keep samples; older ones cannot be imported
  /// @param starts known start timestamps by series
  /// @throws Tsdb.InUseException when a process has the store open
  /// @throws RetentionException when some samples exceed the retention; nothing is imported then
  /// @throws io.pharos.bytes.CorruptDataException when a block is damaged; nothing is imported then
  public static Report run(
      List<Path> folders,
      Path directory,
      long fromMillis,
      long toMillis,
      Duration retention,
      Instant now,
      StoredData.Progress progress,
      Map<Labels, StartRuns> starts)
      throws IOException {
    var options =
        TsdbOptions.defaults()
            .with(
                draft -> {
                  draft.maxSeries = Integer.MAX_VALUE;
                  draft.maxSampleAge = MAX_SAMPLE_AGE;
                  draft.maxExemplars = Integer.MAX_VALUE;
                  draft.maxLateBytes = Runtime.getRuntime().maxMemory() / 4;
                  draft.keepStarts = true;
                });
    try (var store = Tsdb.open(directory, options, () -> now, new SimpleMeterRegistry());
        var spill = new ImportSpill(directory.resolve(ImportSpill.FOLDER))) {
      store.outOfOrderWindow(MAX_SAMPLE_AGE);
      var run =
          new PrometheusImport(
              folders, directory, store, spill, now.toEpochMilli(), progress, starts);
      run.checkAge(fromMillis, toMillis, retention);
      run.readAll(fromMillis, toMillis);
      return run.write();
    }
  }

  private void checkAge(long fromMillis, long toMillis, Duration retention)
      throws RetentionException {
    for (int b = 0; b < metas.size(); b++) {
      long oldest = Math.max(fromMillis, metas.get(b).minTime());
      if (oldest <= Math.min(toMillis, metas.get(b).maxTime() - 1)
          && Tsdb.windowOf(oldest) + Tsdb.WINDOW_MILLIS <= nowMillis - retention.toMillis()) {
        throw new RetentionException(folders.get(b), Instant.ofEpochMilli(oldest));
      }
    }
  }

  private void readAll(long fromMillis, long toMillis) throws IOException {
    for (int b = 0; b < folders.size(); b++) {
      PrometheusBlock source = PrometheusBlock.open(folders.get(b));
      String step = "reading block %d of %d".formatted(b + 1, folders.size());
      for (int i = 0; i < source.seriesCount(); i++) {
        progress.at(step, i, source.seriesCount());
        var one = new SourceSeries(b, source);
        source.read(i, fromMillis, toMillis, one);
        one.spill();
      }
      spill.pause();
    }
  }

  /// All samples of a series in one source block.
  private final class SourceSeries implements PrometheusBlock.Reader {
    private final int block;
    private final PrometheusBlock source;
    private final SampleWindow samples = new SampleWindow(256);
    private long ref = -1;

    SourceSeries(int block, PrometheusBlock source) {
      this.block = block;
      this.source = source;
    }

    @Override
    public void samples(long series, SampleWindow window) {
      ref = series;
      for (int i = 0; i < window.size(); i++) {
        samples.add(window, i);
      }
    }

    void spill() throws IOException {
      if (samples.size() == 0) {
        return;
      }
      read += samples.size();
      series++;
      var rebuilt = new WindowContent.RechunkedSeries(source.labels(ref), List.of(samples));
      duplicates += samples.size() - rebuilt.size;
      for (var one : rebuilt.windows().entrySet()) {
        spill.write(one.getKey(), new ImportSpill.Run(block, ref, one.getValue()));
      }
    }
  }

  private Report write() throws IOException {
    /* Start of the first window that still accepts samples. */
    long age = TsdbOptions.defaults().maxSampleAge().toMillis();
    long horizon = Math.max(Tsdb.windowOf(nowMillis - age), store.blocks.end());
    var closed = new TreeSet<>(spill.windows());
    closed.removeIf(window -> window >= horizon);
    if (!closed.isEmpty()) {
      /* Samples before the end of the last block are read only from blocks, so the head's samples
       * of these windows are written to blocks too. */
      long end = closed.last() + Tsdb.WINDOW_MILLIS;
      store.head.all().forEach(one -> one.addWindowsBefore(end, closed));
      writeBlocks(closed, end);
    }
    for (long window : spill.windows().stream().filter(it -> it >= horizon).toList()) {
      log(window);
    }
    return new Report(read, series, duplicates, closed.size(), logged, late, lateFrom);
  }

  private void writeBlocks(SortedSet<Long> windows, long end) throws IOException {
    Path folder = directory.resolve("blocks");
    var staged = new ArrayList<Path>();
    try {
      for (long window : windows) {
        progress.at("writing windows", staged.size(), windows.size());
        long windowEnd = window + Tsdb.WINDOW_MILLIS;
        open.keySet().removeIf(block -> metas.get(block).maxTime() <= window);
        staged.add(BlockFiles.stage(folder, window, windowEnd, content(window)));
      }
    } catch (IOException | RuntimeException | Error e) {
      for (Path file : staged) {
        Files.deleteIfExists(file);
      }
      throw e;
    }
    store.refuseBefore(end);
    for (Path file : staged) {
      Block block = BlockFiles.publish(file);
      store.publish(store.blocks.replacing(block));
      for (HeadSeries one : store.head.all()) {
        one.dropBefore(block.windowEnd(), store.metrics);
      }
    }
  }

  /* The store's samples are added first, so they are kept if an imported sample has the same
   * time. */
  private WindowContent content(long window) throws IOException {
    var content = new WindowContent(window, store.blocks.of(window));
    if (window >= store.blocks.end()) {
      store.head.all().forEach(content::add);
    }
    addSpilled(content, window);
    content.starts(starts);
    duplicates += content.join();
    return content;
  }

  private void addSpilled(WindowContent content, long window) throws IOException {
    for (ImportSpill.Run run : spill.read(window)) {
      content.add(labels(run), run.chunks());
    }
  }

  private Labels labels(ImportSpill.Run run) throws IOException {
    PrometheusBlock block = open.get(run.block());
    if (block == null) {
      block = PrometheusBlock.open(folders.get(run.block()));
      open.put(run.block(), block);
    }
    return block.labels(run.series());
  }

  /* Appends the samples series by series, in time order as the log requires. */
  private void log(long window) throws IOException {
    var content = new WindowContent(window, null);
    addSpilled(content, window);
    duplicates += content.join();
    long done = 0;
    try (Appender batch = store.appender()) {
      int pending = 0;
      for (BlockWriter.Series one : content) {
        progress.at("logging series of the last hours", done++, content.size());
        var samples = new SampleWindow(256);
        for (Chunk chunk : one.chunks()) {
          chunk.read(Long.MIN_VALUE, Long.MAX_VALUE, samples);
        }
        starts.getOrDefault(one.labels(), StartRuns.NONE).applyTo(samples, 0);
        append(batch, one.labels(), samples, window);
        pending += samples.size();
        if (pending > BATCH_SAMPLES) {
          batch.commit();
          pending = 0;
        }
      }
      batch.commit();
    }
  }

  private void append(Appender batch, Labels labels, SampleWindow samples, long window) {
    var stored = new SampleWindow(256);
    HeadSeries series = store.head.find(labels);
    if (series != null) {
      series.snapshot().read(window, window + Tsdb.WINDOW_MILLIS - 1, stored);
    }
    for (int i = 0; i < samples.size(); i++) {
      long time = samples.timestamp(i);
      Histogram histogram = samples.histogram(i);
      AppendOutcome outcome =
          histogram == null
              ? batch.append(labels, time, samples.value(i), samples.start(i))
              : batch.append(labels, time, histogram, samples.start(i));
      switch (outcome) {
        case APPENDED -> logged++;
        case DUPLICATE, DUPLICATE_TIMESTAMP -> duplicates++;
        case OUT_OF_ORDER, TOO_OLD, LATE_LIMIT, SERIES_LIMIT -> {
          if (Arrays.binarySearch(stored.timestamps(), 0, stored.size(), time) >= 0) {
            duplicates++;
          } else {
            lateFrom = late == 0 ? window : Math.min(lateFrom, window);
            late++;
          }
        }
      }
    }
  }
}
