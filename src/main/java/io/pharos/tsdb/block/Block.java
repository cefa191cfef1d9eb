package io.pharos.tsdb.block;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.util.Objects.requireNonNull;

import io.pharos.bytes.ByteSource;
import io.pharos.bytes.CorruptDataException;
import io.pharos.model.LabelMatcher;
import io.pharos.model.Labels;
import io.pharos.storage.SampleWindow;
import io.pharos.tsdb.chunk.Chunk;
import io.pharos.tsdb.chunk.TimeColumn;
import io.pharos.tsdb.start.StartRuns;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import java.util.function.Predicate;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/// An open block file. Immutable and thread-safe.
///
/// The file stays mapped as long as the object is reachable. So a reader can still use the block
/// after the retention has deleted the file.
public final class Block {
  private final Path file;
  private final MemorySegment bytes;
  private final BlockIndex index;
  private final BlockIndex.@Nullable Starts starts;
  private final BlockIndex.@Nullable Times times;
  private final boolean mixed;
  private final long windowStart;
  private final long windowEnd;
  private final long samples;

  private Block(
      Path file,
      MemorySegment bytes,
      BlockIndex index,
      BlockIndex.@Nullable Starts starts,
      BlockIndex.@Nullable Times times,
      boolean mixed,
      long windowStart,
      long windowEnd,
      long samples) {
    this.file = file;
    this.bytes = bytes;
    this.index = index;
    this.starts = starts;
    this.times = times;
    this.mixed = mixed;
    this.windowStart = windowStart;
    this.windowEnd = windowEnd;
    this.samples = samples;
  }

  /// Maps a file and checks header, footer and index. Chunks are checked when they are read.
  ///
  /// @throws CorruptDataException if the file is not a complete block; the message describes the
  ///   damage and its offset
  public static Block open(Path file) throws IOException {
    MemorySegment bytes = ByteSource.map(file);
    long size = bytes.byteSize();
    check(size >= BlockFormat.HEADER + BlockFormat.FOOTER, file, size, "the file is too short");
    var header = new ByteSource(bytes);
    long magic = header.i64();
    check(BlockFormat.isKnown(magic), file, 0, "the file does not begin with PHARBLK1 to PHARBLK4");
    long windowStart = header.i64();
    long windowEnd = header.i64();
    check(
        header.u32() == ByteSource.crc(bytes, 0, BlockFormat.HEADER - 4),
        file,
        0,
        "the checksum of the header does not match");
    var footer = BlockFormat.Footer.read(file, bytes, magic);
    MemorySegment index = bytes.asSlice(footer.indexStart(), footer.indexSize());
    BlockIndex.Starts starts =
        footer.startsStart() == 0
            ? null
            : new BlockIndex.Starts(index.asSlice(footer.startsStart()), windowStart);
    BlockIndex.Times times =
        magic == BlockFormat.COLUMNS
            ? new BlockIndex.Times(index.asSlice(footer.timesStart()))
            : null;
    return new Block(
        file,
        bytes,
        new BlockIndex(index, footer.seriesStart(), footer.postingsStart()),
        starts,
        times,
        magic != BlockFormat.FLOATS_ONLY,
        windowStart,
        windowEnd,
        footer.samples());
  }

  static void check(boolean good, Path file, long offset, String reason) {
    if (!good) {
      throw CorruptDataException.at(file, offset, reason);
    }
  }

  /// The block's file.
  public Path file() {
    return file;
  }

  /// Unix milliseconds of the window's start.
  public long windowStart() {
    return windowStart;
  }

  /// Unix milliseconds of the window's end, exclusive.
  public long windowEnd() {
    return windowEnd;
  }

  /// Size of the file in bytes.
  public long sizeBytes() {
    return bytes.byteSize();
  }

  /// Number of series.
  public int seriesCount() {
    return index.seriesCount;
  }

  /// Number of samples.
  public long sampleCount() {
    return samples;
  }

  /// Returns the ranks of the series that satisfy all matchers, in ascending order. A rank is the
  /// index of a series in the order of labels.
  public int[] select(List<LabelMatcher> matchers) {
    return index.select(matchers);
  }

  /// The rank of the series with these labels, or -1.
  public int find(Labels labels) {
    return index.find(labels);
  }

  /// Returns a function from ranks to labels. It caches each string, so use one function for many
  /// series in one thread, then discard it.
  public IntFunction<Labels> labelsReader() {
    BlockIndex.LabelsReader reader = index.new LabelsReader();
    return reader::labels;
  }

  /// Appends the samples of a series in the closed interval to the window.
  ///
  /// @throws UncheckedIOException when a chunk is damaged, so its samples cannot be read
  public void read(int rank, long fromMillis, long toMillis, SampleWindow window) {
    int before = window.size();
    for (ChunkEntry entry : chunks(rank)) {
      if (entry.maxTime >= fromMillis && entry.minTime <= toMillis) {
        read(entry, fromMillis, toMillis, window);
      }
    }
    if (starts != null) {
      starts(rank).applyTo(window, before);
    }
  }

  /// The start timestamps of a series.
  public StartRuns starts(int rank) {
    return starts == null ? StartRuns.NONE : starts.of(rank);
  }

  /// Returns the first chunk of a series that ends at or after a time; null if there is none.
  ///
  /// @throws UncheckedIOException when the chunk is damaged
  public @Nullable Chunk chunkFrom(int rank, long timeMillis) {
    ChunkEntry entry = firstEntry(rank, one -> one.maxTime >= timeMillis);
    return entry == null ? null : chunk(entry);
  }

  /// All chunks of a series.
  ///
  /// @throws UncheckedIOException when a chunk is damaged
  public List<Chunk> chunksOf(int rank) {
    return chunks(rank).stream().map(this::chunk).toList();
  }

  /// Location and description of a chunk. `column` is the number of the time column that contains
  /// the chunk's times, or -1 if the chunk itself contains them.
  private record ChunkEntry(
      Chunk.Encoding encoding,
      int column,
      long offset,
      int length,
      int count,
      long minTime,
      long maxTime) {}

  private Chunk chunk(ChunkEntry entry) {
    byte[] data = data(entry);
    if (entry.column < 0) {
      return Chunk.of(entry.encoding, entry.minTime, entry.maxTime, entry.count, data);
    }
    try {
      return times(entry).chunk(data);
    } catch (CorruptDataException e) {
      throw damaged(entry.offset, String.valueOf(e.getMessage()));
    }
  }

  private TimeColumn times(ChunkEntry entry) {
    BlockIndex.Times columns = requireNonNull(times, "the block has no time columns");
    return columns.column(
        entry.column,
        number -> dataAt(columns.offset(number), columns.length(number), "a time column"));
  }

  private void read(ChunkEntry entry, long fromMillis, long toMillis, SampleWindow window) {
    byte[] data = data(entry);
    try {
      if (entry.column < 0) {
        Chunk.read(entry.encoding, data, entry.count, fromMillis, toMillis, window);
      } else {
        times(entry).read(data, fromMillis, toMillis, window);
      }
    } catch (CorruptDataException e) {
      throw damaged(entry.offset, String.valueOf(e.getMessage()));
    }
  }

  private List<ChunkEntry> chunks(int rank) {
    var entries = new ArrayList<ChunkEntry>();
    firstEntry(
        rank,
        entry -> {
          entries.add(entry);
          return false; // visit all entries
        });
    return entries;
  }

  /// Returns the first chunk of a series that satisfies a condition; null if there is none.
  private @Nullable ChunkEntry firstEntry(int rank, Predicate<ChunkEntry> wanted) {
    ByteSource source = index.chunks(rank);
    int count = source.count(3);
    long offset = source.uvarint();
    for (int i = 0; i < count; i++) {
      ChunkEntry entry = entry(source, offset);
      if (wanted.test(entry)) {
        return entry;
      }
      offset += BlockFormat.CHUNK_HEADER + entry.length;
    }
    return null;
  }

  private ChunkEntry entry(ByteSource source, long offset) {
    int code = times == null ? -1 : source.u8();
    if (times != null && code == BlockFormat.UNTIMED) {
      int column = (int) source.uvarint();
      int length = (int) source.uvarint();
      return new ChunkEntry(
          Chunk.Encoding.PACKED,
          column,
          offset,
          length,
          times.samples(column),
          times.minTime(column),
          times.maxTime(column));
    }
    long minTime = windowStart + source.uvarint();
    long maxTime = minTime + source.uvarint();
    int samplesInChunk = (int) source.uvarint();
    int length = (int) source.uvarint();
    if (times == null) {
      code = mixed ? source.u8() : Chunk.Encoding.FLOATS.code();
    }
    return new ChunkEntry(
        Chunk.Encoding.of(code), -1, offset, length, samplesInChunk, minTime, maxTime);
  }

  private byte[] data(ChunkEntry entry) {
    return dataAt(entry.offset, entry.length, "a chunk");
  }

  private byte[] dataAt(long offset, int length, String what) {
    if (ByteSource.u32(bytes, offset) == length) {
      byte[] data = new byte[length];
      MemorySegment.copy(bytes, JAVA_BYTE, offset + BlockFormat.CHUNK_HEADER, data, 0, length);
      var crc = new CRC32C();
      crc.update(data, 0, length);
      if (ByteSource.u32(bytes, offset + 4) == (int) crc.getValue()) {
        return data;
      }
    }
    throw damaged(offset, "the checksum of " + what + " does not match");
  }

  private UncheckedIOException damaged(long offset, String reason) {
    return new UncheckedIOException(
        new IOException(CorruptDataException.at(file, offset, reason).getMessage()));
  }
}
