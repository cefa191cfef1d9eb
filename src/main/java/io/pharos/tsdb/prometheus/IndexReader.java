package io.pharos.tsdb.prometheus;

import static io.pharos.tsdb.prometheus.PrometheusFormat.damaged;

import io.pharos.bytes.ByteSource;
import io.pharos.bytes.CorruptDataException;
import io.pharos.model.Labels;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The `index` of a block, read in place. In memory are the symbols: their places, and the strings
/// that were asked for. Not thread-safe.
final class IndexReader {
  static final String FILE = "index";

  /// Where a chunk is.
  ///
  /// @param minTime Unix milliseconds of its first sample
  /// @param maxTime Unix milliseconds of its last sample
  /// @param ref the number of the file in the higher 32 bits, the offset in it in the lower ones
  record ChunkPlace(long minTime, long maxTime, long ref) {}

  /// A series and its chunks.
  ///
  /// @param ref what postings and tombstones call it
  record Series(long ref, Labels labels, List<ChunkPlace> chunks) {}

  private final Path file;
  private final MemorySegment bytes;
  private final int[] symbolOffsets;
  private final @Nullable String[] symbols;
  private final long allSeries;
  private final int seriesCount;

  private IndexReader(
      Path file, MemorySegment bytes, int[] symbolOffsets, long allSeries, int seriesCount) {
    this.file = file;
    this.bytes = bytes;
    this.symbolOffsets = symbolOffsets;
    this.symbols = new String[symbolOffsets.length];
    this.allSeries = allSeries;
    this.seriesCount = seriesCount;
  }

  /// Maps the file of a block, and checks its contents, symbols and list of series; each series is
  /// checked when it is read. Postings of single labels are not read.
  ///
  /// @throws CorruptDataException when they are not what they can be
  static IndexReader open(Path folder) throws IOException {
    Path file = folder.resolve(FILE);
    MemorySegment bytes;
    try (var channel = FileChannel.open(file, StandardOpenOption.READ)) {
      bytes = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), Arena.ofAuto());
    }
    long size = bytes.byteSize();
    int least = PrometheusFormat.INDEX_HEADER + PrometheusFormat.CONTENTS;
    if (size < least) {
      throw damaged(file, size, "the file ends, at least " + least + " bytes were expected");
    }
    if (ByteSource.u32(bytes, 0) != PrometheusFormat.INDEX_MAGIC) {
      throw damaged(file, 0, "it does not begin with baaad700");
    }
    var header = new ByteSource(bytes);
    header.position(4);
    int version = header.u8();
    if (version != PrometheusFormat.INDEX_VERSION) {
      throw damaged(file, 4, "index version " + version + ", 2 was expected");
    }
    long contents = size - PrometheusFormat.CONTENTS;
    if (ByteSource.u32(bytes, size - 4)
        != ByteSource.crc(bytes, contents, PrometheusFormat.CONTENTS - 4)) {
      throw damaged(file, contents, "the checksum of the table of contents does not match");
    }
    var toc = new ByteSource(bytes);
    toc.position(contents);
    long symbolsAt = toc.i64();
    toc.position(contents + 40);
    long postingsTable = toc.i64();

    ByteSource symbols = section(file, bytes, symbolsAt, "symbols");
    int[] offsets = symbolOffsets(file, symbols);
    ByteSource table = section(file, bytes, postingsTable, "postings offset table");
    int entries = table.u32();
    if (entries == 0) {
      return new IndexReader(file, bytes, offsets, 0, 0);
    }
    long listAt;
    try {
      int names = table.u8();
      String name = table.string();
      String value = table.string();
      listAt = table.uvarint();
      if (names != 2 || !name.isEmpty() || !value.isEmpty()) {
        throw new CorruptDataException(
            "it begins with '" + name + "', the list of all series was expected");
      }
    } catch (CorruptDataException e) {
      throw damaged(file, postingsTable, "postings offset table: " + e.getMessage());
    }
    ByteSource list = section(file, bytes, listAt, "list of all series");
    int count = list.u32();
    if (count < 0 || count != list.remaining() / 4) {
      throw damaged(
          file,
          listAt,
          "a list of %s series, %d were expected"
              .formatted(Integer.toUnsignedString(count), list.remaining() / 4));
    }
    return new IndexReader(file, bytes, offsets, listAt + 8, count);
  }

  /* The bytes between the length and the checksum that a section has, after both were checked. */
  private static ByteSource section(Path file, MemorySegment bytes, long at, String what) {
    if (at < PrometheusFormat.INDEX_HEADER || at > bytes.byteSize() - 8) {
      throw damaged(file, at, what + ": the place is outside of the file");
    }
    long length = Integer.toUnsignedLong(ByteSource.u32(bytes, at));
    if (length > bytes.byteSize() - at - 8 || length < 4) {
      throw damaged(file, at, what + ": a length of " + length + " does not fit the file");
    }
    if (ByteSource.u32(bytes, at + 4 + length) != ByteSource.crc(bytes, at + 4, length)) {
      throw damaged(file, at, what + ": the checksum does not match");
    }
    return new ByteSource(bytes.asSlice(at + 4, length));
  }

  /* Places within the file; a section is shorter than 4 GiB and stands at its begin. */
  private static int[] symbolOffsets(Path file, ByteSource source) {
    long start = PrometheusFormat.INDEX_HEADER + 4L;
    try {
      long count = Integer.toUnsignedLong(source.u32());
      if (count > source.remaining()) {
        throw new CorruptDataException(count + " symbols in " + source.remaining() + " bytes");
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

  int seriesCount() {
    return seriesCount;
  }

  /// The i-th series in the order of the index.
  Series series(int i) {
    long ref = Integer.toUnsignedLong(ByteSource.u32(bytes, allSeries + 4L * i));
    ByteSource source = entry(ref);
    try {
      Labels labels = labels(source);
      return new Series(ref, labels, chunks(source));
    } catch (CorruptDataException | IllegalArgumentException e) {
      throw damaged(file, at(ref), "a series: " + e.getMessage());
    }
  }

  /// The labels of a series that was read before.
  Labels labels(long ref) {
    return labels(entry(ref));
  }

  private static long at(long ref) {
    return ref * PrometheusFormat.SERIES_ALIGNMENT;
  }

  private ByteSource entry(long ref) {
    long at = at(ref);
    if (at >= bytes.byteSize() - PrometheusFormat.CONTENTS) {
      throw damaged(file, at, "a series: the place is outside of the file");
    }
    var source = new ByteSource(bytes);
    source.position(at);
    int length;
    try {
      length = source.count(1);
    } catch (CorruptDataException e) {
      throw damaged(file, at, "a series: " + e.getMessage());
    }
    long start = source.position();
    if (source.remaining() < length + 4L
        || ByteSource.u32(bytes, start + length) != ByteSource.crc(bytes, start, length)) {
      throw damaged(file, at, "a series: the checksum does not match");
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
          "symbol %s of %d".formatted(Long.toUnsignedString(number), symbols.length));
    }
    String known = symbols[(int) number];
    if (known == null) {
      var source = new ByteSource(bytes);
      source.position(Integer.toUnsignedLong(symbolOffsets[(int) number]));
      known = source.string();
      symbols[(int) number] = known;
    }
    return known;
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
