package io.pharos.tsdb.prometheus;

import static io.pharos.tsdb.prometheus.PrometheusFormat.damaged;

import io.pharos.bytes.ByteSource;
import io.pharos.bytes.CorruptDataException;
import io.pharos.model.Labels;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The `index` of a block, read from the mapped file. Memory holds the offsets of all symbols, and
/// the strings of the symbols that were used. Not thread-safe.
final class IndexReader {
  static final String FILE = "index";

  /// The location of a chunk.
  ///
  /// @param minTime Unix milliseconds of its first sample
  /// @param maxTime Unix milliseconds of its last sample
  /// @param ref number of the file in the higher 32 bits, offset in that file in the lower 32 bits
  record ChunkPlace(long minTime, long maxTime, long ref) {}

  /// A series and its chunks. `ref` is the number that identifies the series in postings and
  /// tombstones.
  record Series(long ref, Labels labels, List<ChunkPlace> chunks) {}

  private final Path file;
  private final MemorySegment bytes;
  private final int[] symbolOffsets;
  private final @Nullable String[] symbols;
  private final long allSeries;

  /// Number of series.
  final int seriesCount;

  private IndexReader(
      Path file, MemorySegment bytes, int[] symbolOffsets, long allSeries, int seriesCount) {
    this.file = file;
    this.bytes = bytes;
    this.symbolOffsets = symbolOffsets;
    this.symbols = new String[symbolOffsets.length];
    this.allSeries = allSeries;
    this.seriesCount = seriesCount;
  }

  /// Maps the file of a block and checks its table of contents, symbols and list of series; throws
  /// CorruptDataException when they are damaged. Each series is checked when it is read. The
  /// postings of single labels are not used.
  static IndexReader open(Path folder) throws IOException {
    Path file = folder.resolve(FILE);
    MemorySegment bytes = ByteSource.map(file);
    long size = bytes.byteSize();
    int minSize = PrometheusFormat.INDEX_HEADER + PrometheusFormat.CONTENTS;
    if (size < minSize) {
      throw damaged(file, size, "the file ends, expected at least " + minSize + " bytes");
    }
    if (ByteSource.u32(bytes, 0) != PrometheusFormat.INDEX_MAGIC) {
      throw damaged(file, 0, "the file does not begin with baaad700");
    }
    var header = new ByteSource(bytes);
    header.position(4);
    int version = header.u8();
    if (version != PrometheusFormat.INDEX_VERSION) {
      throw damaged(file, 4, "index version " + version + ", expected 2");
    }
    long contents = size - PrometheusFormat.CONTENTS;
    if (ByteSource.u32(bytes, size - 4)
        != ByteSource.crc(bytes, contents, PrometheusFormat.CONTENTS - 4)) {
      throw damaged(file, contents, "the checksum of the table of contents does not match");
    }
    var toc = new ByteSource(bytes);
    toc.position(contents);
    int[] offsets = symbolOffsets(file, section(file, bytes, toc.i64(), "symbols"));
    toc.position(contents + 40);
    long listAt = allSeries(file, bytes, toc.i64());
    if (listAt == 0) {
      return new IndexReader(file, bytes, offsets, 0, 0);
    }
    ByteSource list = section(file, bytes, listAt, "list of all series");
    int count = list.u32();
    if (count < 0 || count != list.remaining() / 4) {
      throw damaged(
          file,
          listAt,
          "found a list of %s series, expected %d"
              .formatted(Integer.toUnsignedString(count), list.remaining() / 4));
    }
    return new IndexReader(file, bytes, offsets, listAt + 8, count);
  }

  /* Returns the offset of the list of all series, from the first entry of the postings offset
   * table; 0 if the table is empty. */
  private static long allSeries(Path file, MemorySegment bytes, long tableAt) {
    ByteSource table = section(file, bytes, tableAt, "postings offset table");
    if (table.u32() == 0) {
      return 0;
    }
    try {
      int names = table.u8();
      String name = table.string();
      String value = table.string();
      long listAt = table.uvarint();
      if (names != 2 || !name.isEmpty() || !value.isEmpty()) {
        throw new CorruptDataException(
            "it begins with '" + name + "', expected the list of all series");
      }
      return listAt;
    } catch (CorruptDataException e) {
      throw damaged(file, tableAt, "postings offset table: " + e.getMessage());
    }
  }

  /* Returns the content of a section after checking its length and checksum. */
  private static ByteSource section(Path file, MemorySegment bytes, long offset, String name) {
    if (offset < PrometheusFormat.INDEX_HEADER || offset > bytes.byteSize() - 8) {
      throw damaged(file, offset, name + ": the offset is outside of the file");
    }
    long length = Integer.toUnsignedLong(ByteSource.u32(bytes, offset));
    if (length > bytes.byteSize() - offset - 8 || length < 4) {
      throw damaged(file, offset, name + ": a length of " + length + " does not fit the file");
    }
    if (ByteSource.u32(bytes, offset + 4 + length) != ByteSource.crc(bytes, offset + 4, length)) {
      throw damaged(file, offset, name + ": the checksum does not match");
    }
    return new ByteSource(bytes.asSlice(offset + 4, length));
  }

  /* Returns the symbols' offsets in the file. Symbols begin after the header and end below 4
   * GiB. */
  private static int[] symbolOffsets(Path file, ByteSource source) {
    long start = PrometheusFormat.INDEX_HEADER + 4L;
    try {
      long count = Integer.toUnsignedLong(source.u32());
      if (count > source.remaining()) {
        throw new CorruptDataException(
            count + " symbols do not fit into " + source.remaining() + " bytes");
      }
      var offsets = new int[(int) count];
      for (int i = 0; i < offsets.length; i++) {
        offsets[i] = (int) (start + source.position());
        int length = source.count(1);
        source.position(source.position() + length);
      }
      return offsets;
    } catch (CorruptDataException e) {
      throw damaged(file, start + source.position(), "symbols: " + e.getMessage());
    }
  }

  /// The i-th series in the order of the index.
  Series series(int i) {
    long ref = Integer.toUnsignedLong(ByteSource.u32(bytes, allSeries + 4L * i));
    ByteSource source = entry(ref);
    try {
      Labels labels = labels(source);
      return new Series(ref, labels, chunks(source));
    } catch (CorruptDataException | IllegalArgumentException e) {
      throw damaged(file, offsetOf(ref), "a series: " + e.getMessage());
    }
  }

  /// The labels of a series that was already read, by its `ref`.
  Labels labels(long ref) {
    return labels(entry(ref));
  }

  private static long offsetOf(long ref) {
    return ref * PrometheusFormat.SERIES_ALIGNMENT;
  }

  private ByteSource entry(long ref) {
    long offset = offsetOf(ref);
    if (offset >= bytes.byteSize() - PrometheusFormat.CONTENTS) {
      throw damaged(file, offset, "a series: the offset is outside of the file");
    }
    var source = new ByteSource(bytes);
    source.position(offset);
    int length;
    try {
      length = source.count(1);
    } catch (CorruptDataException e) {
      throw damaged(file, offset, "a series: " + e.getMessage());
    }
    long start = source.position();
    if (source.remaining() < length + 4L
        || ByteSource.u32(bytes, start + length) != ByteSource.crc(bytes, start, length)) {
      throw damaged(file, offset, "a series: the checksum does not match");
    }
    return new ByteSource(bytes.asSlice(start, length));
  }

  private Labels labels(ByteSource source) {
    var pairs = new String[2 * source.count(2)];
    for (int i = 0; i < pairs.length; i++) {
      pairs[i] = symbol(source.uvarint());
    }
    return Labels.of(pairs);
  }

  private String symbol(long number) {
    if (number < 0 || number >= symbols.length) {
      throw new CorruptDataException(
          "found symbol number %s, but the table has %d symbols"
              .formatted(Long.toUnsignedString(number), symbols.length));
    }
    String cached = symbols[(int) number];
    if (cached == null) {
      var source = new ByteSource(bytes);
      source.position(Integer.toUnsignedLong(symbolOffsets[(int) number]));
      cached = source.string();
      symbols[(int) number] = cached;
    }
    return cached;
  }

  private static List<ChunkPlace> chunks(ByteSource source) {
    int count = source.count(3);
    var places = new ArrayList<ChunkPlace>(count);
    long maxTime = 0;
    long ref = 0;
    for (int i = 0; i < count; i++) {
      long minTime = i == 0 ? source.varint() : maxTime + source.uvarint();
      maxTime = minTime + source.uvarint();
      ref = i == 0 ? source.uvarint() : ref + source.varint();
      places.add(new ChunkPlace(minTime, maxTime, ref));
    }
    return places;
  }
}
