package io.pharos.tsdb.prometheus;

import io.pharos.bytes.CorruptDataException;
import io.pharos.model.Labels;
import io.pharos.storage.SampleWindow;
import io.pharos.tsdb.prometheus.IndexReader.ChunkPlace;
import io.pharos.tsdb.prometheus.IndexReader.Series;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// A block of Prometheus' that is read from its first series to its last. Its files are mapped
/// until it is closed. Not thread-safe.
public final class PrometheusBlock {
  /// Takes series.
  public interface Reader {
    /// Takes the samples of a part of a series. All parts of a series follow each other; times rise
    /// within each of them, and parts may overlap.
    ///
    /// @param ref what [#labels] is asked by
    /// @param window valid until this returns
    void samples(long ref, SampleWindow window) throws IOException;
  }

  private final Path folder;
  private final BlockMeta meta;
  private final IndexReader index;
  private final ChunkFiles chunks;
  private final Tombstones tombstones;

  private PrometheusBlock(
      Path folder, BlockMeta meta, IndexReader index, ChunkFiles chunks, Tombstones tombstones) {
    this.folder = folder;
    this.meta = meta;
    this.index = index;
    this.chunks = chunks;
    this.tombstones = tombstones;
  }

  /// The folders of blocks below a folder, or itself where it is one, by name. Blocks that are half
  /// written or half deleted, and those whose samples another of them says to hold, are left out.
  ///
  /// @throws CorruptDataException when the `meta.json` of one can't be read
  public static List<Path> folders(Path directory) throws IOException {
    if (Files.isRegularFile(directory.resolve(BlockMeta.FILE))) {
      return List.of(directory);
    }
    List<Path> found;
    try (var files = Files.list(directory)) {
      found =
          files
              .filter(it -> Ulid.is(it.getFileName().toString()) && Files.isDirectory(it))
              .sorted()
              .toList();
    }
    Set<String> superseded = new HashSet<>();
    for (Path block : found) {
      superseded.addAll(BlockMeta.read(block).parents());
    }
    return found.stream().filter(it -> !superseded.contains(it.getFileName().toString())).toList();
  }

  /// Opens a block. Checksums of its table of contents, symbols and tombstones are checked here,
  /// those of series and chunks where they are read.
  ///
  /// @throws CorruptDataException when a file is not what it can be; the message says file, offset
  ///   and what was expected
  public static PrometheusBlock open(Path folder) throws IOException {
    return new PrometheusBlock(
        folder,
        BlockMeta.read(folder),
        IndexReader.open(folder),
        ChunkFiles.open(folder),
        Tombstones.read(folder));
  }

  /// What the `meta.json` of a block says.
  ///
  /// @throws CorruptDataException when it is not what such a file can be
  public static BlockMeta meta(Path folder) throws IOException {
    return BlockMeta.read(folder);
  }

  public Path folder() {
    return folder;
  }

  public BlockMeta meta() {
    return meta;
  }

  public int seriesCount() {
    return index.seriesCount();
  }

  /// The labels of a series.
  ///
  /// @param ref as [Reader#samples] was given it
  public Labels labels(long ref) {
    return index.labels(ref);
  }

  /// Reads the i-th series, from 0 on, in the order of the index; what is deleted is left out.
  ///
  /// @param fromMillis Unix milliseconds of the first sample that is wanted
  /// @param toMillis Unix milliseconds of the last sample that is wanted
  /// @throws CorruptDataException when the series or a chunk of it is damaged
  public void read(int i, long fromMillis, long toMillis, Reader reader) throws IOException {
    Series series = index.series(i);
    var window = new SampleWindow(128);
    for (ChunkPlace place : series.chunks()) {
      if (place.maxTime() >= fromMillis && place.minTime() <= toMillis) {
        window.clear();
        chunks.read(place, window);
        SampleWindow wanted = wanted(series.ref(), window, fromMillis, toMillis);
        if (wanted.size() > 0) {
          reader.samples(series.ref(), wanted);
        }
      }
    }
  }

  private SampleWindow wanted(long ref, SampleWindow window, long fromMillis, long toMillis) {
    boolean whole =
        window.size() == 0
            || (window.timestamp(0) >= fromMillis
                && window.timestamp(window.size() - 1) <= toMillis);
    if (whole && tombstones.isFree(ref)) {
      return window;
    }
    var kept = new SampleWindow(window.size());
    for (int s = 0; s < window.size(); s++) {
      long time = window.timestamp(s);
      if (time >= fromMillis && time <= toMillis && !tombstones.covers(ref, time)) {
        kept.add(window, s);
      }
    }
    return kept;
  }
}
