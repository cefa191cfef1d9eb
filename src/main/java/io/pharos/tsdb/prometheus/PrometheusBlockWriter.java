package io.pharos.tsdb.prometheus;

import io.pharos.bytes.BitSink;
import io.pharos.bytes.ByteSink;
import io.pharos.bytes.Durability;
import io.pharos.model.Labels;
import io.pharos.storage.SampleWindow;
import java.io.BufferedOutputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/// Writes a Prometheus block, series by series. Until the block is complete and on disk, the name
/// of its folder ends in `.tmp-for-creation`; Prometheus deletes such folders when it starts.
///
/// Memory holds the symbols and four bytes for each label of each series. Not thread-safe.
public final class PrometheusBlockWriter implements AutoCloseable {
  /// The order in which series must be written.
  public static final Comparator<Labels> ORDER = PrometheusBlockWriter::compare;

  private static final String UNFINISHED = ".tmp-for-creation";

  private final String ulid;
  private final Path temporary;
  private final IndexWriter index;
  private final ChunkWriter chunks;
  private final ChunkEncoder encoder = new ChunkEncoder();
  private long samples;
  private @Nullable Labels last;
  private boolean finished;

  private PrometheusBlockWriter(
      String ulid, Path temporary, IndexWriter index, ChunkWriter chunks) {
    this.ulid = ulid;
    this.temporary = temporary;
    this.index = index;
    this.chunks = chunks;
  }

  /// Starts a block in a folder.
  ///
  /// @param nowMillis Unix milliseconds; names of blocks are ordered by it
  /// @param strings all label names and values of the series
  public static PrometheusBlockWriter begin(
      Path folder, long nowMillis, RandomGenerator random, Collection<String> strings)
      throws IOException {
    String ulid = PrometheusBlock.Ulid.of(nowMillis, random);
    Path temporary = folder.resolve(ulid + UNFINISHED);
    Path chunkFolder = temporary.resolve(ChunkFiles.FOLDER);
    Files.createDirectories(chunkFolder);
    var index = IndexWriter.begin(temporary.resolve(IndexReader.FILE), strings);
    return new PrometheusBlockWriter(ulid, temporary, index, new ChunkWriter(chunkFolder));
  }

  private static int compare(Labels a, Labels b) {
    List<IndexWriter.Pair> one = IndexWriter.pairs(a);
    List<IndexWriter.Pair> other = IndexWriter.pairs(b);
    int common = Math.min(one.size(), other.size());
    for (int i = 0; i < common; i++) {
      int order = PrometheusFormat.BY_BYTES.compare(one.get(i).name(), other.get(i).name());
      if (order == 0) {
        order = PrometheusFormat.BY_BYTES.compare(one.get(i).value(), other.get(i).value());
      }
      if (order != 0) {
        return order;
      }
    }
    return Integer.compare(one.size(), other.size());
  }

  /// Writes a series, which must follow the last one in [#ORDER].
  ///
  /// @param window its samples, at least one, with rising times
  public void series(Labels labels, SampleWindow window) throws IOException {
    if (last != null && ORDER.compare(last, labels) >= 0) {
      throw new IllegalArgumentException(
          "found series " + labels + " after " + last + ", expected ascending series");
    }
    last = labels;
    var places =
        new ArrayList<IndexReader.ChunkPlace>(window.size() / ChunkEncoder.MAX_SAMPLES + 1);
    int from = 0;
    while (from < window.size()) {
      int to = encoder.encode(window, from);
      long ref = chunks.write(encoder.encoding(), encoder.data);
      places.add(new IndexReader.ChunkPlace(window.timestamp(from), window.timestamp(to - 1), ref));
      from = to;
    }
    index.series(labels, places);
    samples += window.size();
  }

  /// Number of samples written so far.
  public long samples() {
    return samples;
  }

  /// Completes the block; [#publish] then gives it its final name.
  ///
  /// @param minTime Unix milliseconds of the time range's start
  /// @param maxTime Unix milliseconds of the time range's end, exclusive
  /// @return the content of its `meta.json`
  public BlockMeta finish(long minTime, long maxTime) throws IOException {
    index.finish();
    chunks.finish();
    var meta =
        new BlockMeta(
            ulid, minTime, maxTime, samples, index.seriesCount(), chunks.count, 1, List.of());
    write(PrometheusBlock.Tombstones.FILE, PrometheusBlock.Tombstones.none());
    write(BlockMeta.FILE, meta.text().getBytes(StandardCharsets.UTF_8));
    Durability.syncDirectory(temporary.resolve(ChunkFiles.FOLDER));
    Durability.syncDirectory(temporary);
    finished = true;
    return meta;
  }

  /// Renames a completed block to its final name.
  public static void publish(Path folder, BlockMeta block) throws IOException {
    Durability.publish(folder.resolve(block.ulid() + UNFINISHED), folder.resolve(block.ulid()));
  }

  /// Deletes a completed block, whether published or not.
  public static void delete(Path folder, BlockMeta block) throws IOException {
    Durability.deleteTree(folder.resolve(block.ulid() + UNFINISHED));
    Durability.deleteTree(folder.resolve(block.ulid()));
  }

  private void write(String name, byte[] bytes) throws IOException {
    try (var out = new FileOutputStream(temporary.resolve(name).toFile())) {
      out.write(bytes);
      out.getFD().sync();
    }
  }

  /// Deletes the block if it was not completed.
  @Override
  public void close() throws IOException {
    index.close();
    chunks.close();
    if (!finished) {
      Durability.deleteTree(temporary);
    }
  }

  /// Writes the files in `chunks/` of a block sequentially.
  static final class ChunkWriter implements AutoCloseable {
    /* Maximum size of a file in bytes, as in Prometheus. */
    private static final long FILE_BYTES = 512L << 20;

    private final Path folder;
    private final ByteSink head = new ByteSink(16);
    private @Nullable FileOutputStream file;
    private @Nullable BufferedOutputStream out;
    private int number;
    private long offset;

    /// Number of chunks.
    long count;

    ChunkWriter(Path folder) {
      this.folder = folder;
    }

    /// Writes a chunk and returns its reference.
    long write(int encoding, BitSink data) throws IOException {
      int length = data.sizeBytes();
      BufferedOutputStream target = out;
      if (target == null || offset + length + 16 > FILE_BYTES) {
        target = nextFile();
      }
      long ref = (long) (number - 1) << 32 | offset;
      var crc = new CRC32C();
      crc.update(encoding);
      crc.update(data.array(), 0, length);
      head.clear();
      head.uvarint(length);
      head.u8(encoding);
      target.write(head.array(), 0, head.size());
      target.write(data.array(), 0, length);
      offset += head.size() + length + 4L;
      head.clear();
      head.u32((int) crc.getValue());
      target.write(head.array(), 0, head.size());
      count++;
      return ref;
    }

    private BufferedOutputStream nextFile() throws IOException {
      finish();
      number++;
      var raw = new FileOutputStream(folder.resolve("%06d".formatted(number)).toFile());
      var target = new BufferedOutputStream(raw, 256 << 10);
      file = raw;
      out = target;
      head.clear();
      head.u32(PrometheusFormat.CHUNKS_MAGIC);
      head.u8(PrometheusFormat.CHUNKS_VERSION);
      head.u8(0);
      head.u8(0);
      head.u8(0);
      target.write(head.array(), 0, head.size());
      offset = head.size();
      return target;
    }

    /// Forces the files to disk.
    void finish() throws IOException {
      if (out != null && file != null) {
        out.flush();
        file.getFD().sync();
        out.close();
        out = null;
      }
    }

    @Override
    public void close() throws IOException {
      if (file != null) {
        file.close();
      }
    }
  }
}
