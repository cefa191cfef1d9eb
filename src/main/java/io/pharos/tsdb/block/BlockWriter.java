package io.pharos.tsdb.block;

import io.pharos.bytes.ByteSink;
import io.pharos.bytes.WrittenFile;
import io.pharos.model.Labels;
import io.pharos.tsdb.chunk.Chunk;
import io.pharos.tsdb.chunk.TimeColumn;
import io.pharos.tsdb.start.StartRuns;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/// Writes a block file sequentially.
public final class BlockWriter {
  private record Pair(int name, int value) implements Comparable<Pair> {
    @Override
    public int compareTo(Pair other) {
      return name != other.name
          ? Integer.compare(name, other.name)
          : Integer.compare(value, other.value);
    }
  }

  private final long windowStart;
  private final long windowEnd;
  private final List<Series> series;
  private final long magic;
  private final boolean hasStarts;
  private final SharedTimes times = new SharedTimes();
  private final Map<String, Integer> symbols = new HashMap<>();
  private final List<String> sortedSymbols;
  private final Map<Pair, List<Integer>> postings = new TreeMap<>();
  private final ByteSink seriesOffsets = new ByteSink(1024);
  private final ByteSink seriesData = new ByteSink(64 * 1024);
  private long offset;
  private long samples;
  private long chunks;

  private BlockWriter(long windowStart, long windowEnd, List<Series> series) {
    this.windowStart = windowStart;
    this.windowEnd = windowEnd;
    this.series = series;
    /* Each access to the list may read a series from a file, so the list is read only twice. */
    var strings = new TreeSet<String>();
    long minMagic = BlockFormat.FLOATS_ONLY;
    boolean started = false;
    Labels before = null;
    for (Series one : series) {
      if (before != null && before.compareTo(one.labels()) >= 0) {
        throw new IllegalArgumentException(
            "%s after %s: expected series sorted by labels, each once"
                .formatted(one.labels(), before));
      }
      before = one.labels();
      for (Chunk chunk : one.chunks()) {
        minMagic = Math.max(minMagic, magic(chunk));
        times.count(chunk);
      }
      started |= !one.starts().isEmpty();
      one.labels()
          .forEach(
              (name, value) -> {
                strings.add(name);
                strings.add(value);
              });
    }
    times.choose();
    this.magic = times.isEmpty() ? minMagic : BlockFormat.COLUMNS;
    this.hasStarts = started;
    sortedSymbols = List.copyOf(strings);
    for (int i = 0; i < sortedSymbols.size(); i++) {
      symbols.put(sortedSymbols.get(i), i);
    }
  }

  /* Returns the oldest version of the format that supports a chunk, so that earlier releases can
   * read as many blocks as possible. */
  private static long magic(Chunk chunk) {
    return switch (chunk.encoding()) {
      case FLOATS -> BlockFormat.FLOATS_ONLY;
      case HISTOGRAMS -> BlockFormat.MIXED;
      case PACKED -> BlockFormat.PACKED;
    };
  }

  /// Writes a file and forces it to disk.
  ///
  /// @param windowStart Unix milliseconds of the window's start
  /// @param windowEnd Unix milliseconds of the window's end, exclusive
  /// @param series sorted by labels, each with at least one chunk
  public static void write(Path file, long windowStart, long windowEnd, List<Series> series)
      throws IOException {
    try (var raw = WrittenFile.create(file);
        var out = new BufferedOutputStream(raw, 256 * 1024)) {
      new BlockWriter(windowStart, windowEnd, series).write(out);
      out.flush();
      raw.sync();
    }
  }

  private void write(OutputStream out) throws IOException {
    var header = new ByteSink(BlockFormat.HEADER);
    header.i64(magic);
    header.i64(windowStart);
    header.i64(windowEnd);
    header.u32(header.crc(0, header.size()));
    emit(out, header);
    for (TimeColumn column : times.columns) {
      writeRecord(out, column.data());
    }
    for (int i = 0; i < series.size(); i++) {
      writeSeries(out, i);
    }
    writeIndexAndFooter(out);
  }

  private void writeSeries(OutputStream out, int id) throws IOException {
    Series one = series.get(id);
    seriesOffsets.u32(seriesData.size());
    Labels labels = one.labels();
    seriesData.uvarint(labels.size());
    for (int i = 0; i < labels.size(); i++) {
      var pair = new Pair(symbol(labels.name(i)), symbol(labels.value(i)));
      seriesData.uvarint(pair.name);
      seriesData.uvarint(pair.value);
      postings.computeIfAbsent(pair, _ -> new ArrayList<>(1)).add(id);
    }
    seriesData.uvarint(one.chunks().size());
    seriesData.uvarint(offset);
    for (Chunk chunk : one.chunks()) {
      if (chunk.minTime() < windowStart || chunk.maxTime() >= windowEnd) {
        throw new IllegalArgumentException(
            "%s: the chunk from %d to %d does not belong in the block of %d to %d"
                .formatted(labels, chunk.minTime(), chunk.maxTime(), windowStart, windowEnd));
      }
      writeChunk(out, chunk);
    }
  }

  private int symbol(String text) {
    Integer id = symbols.get(text);
    if (id == null) {
      throw new IllegalStateException("the symbols lack the string '" + text + "'");
    }
    return id;
  }

  private void writeChunk(OutputStream out, Chunk chunk) throws IOException {
    int column = times.number(chunk);
    byte[] data = column < 0 ? chunk.data() : TimeColumn.untimed(chunk);
    if (magic == BlockFormat.COLUMNS) {
      seriesData.u8(column < 0 ? chunk.encoding().code() : BlockFormat.UNTIMED);
    }
    if (column < 0) {
      seriesData.uvarint(chunk.minTime() - windowStart);
      seriesData.uvarint(chunk.maxTime() - chunk.minTime());
      seriesData.uvarint(chunk.count());
    } else {
      seriesData.uvarint(column);
    }
    seriesData.uvarint(data.length);
    if (magic == BlockFormat.MIXED || magic == BlockFormat.PACKED) {
      seriesData.u8(chunk.encoding().code());
    }
    writeRecord(out, data);
    samples += chunk.count();
    chunks++;
  }

  private void writeRecord(OutputStream out, byte[] data) throws IOException {
    var record = new ByteSink(BlockFormat.CHUNK_HEADER + data.length);
    record.u32(data.length);
    record.u32(0);
    record.bytes(data, 0, data.length);
    record.setU32(4, record.crc(BlockFormat.CHUNK_HEADER, record.size()));
    emit(out, record);
  }

  private void writeIndexAndFooter(OutputStream out) throws IOException {
    long indexStart = offset;
    var index = new ByteSink(seriesData.size() * 2);
    writeSymbols(index);
    int seriesStart = index.size();
    index.u32(series.size());
    index.bytes(seriesOffsets.array(), 0, seriesOffsets.size());
    index.bytes(seriesData.array(), 0, seriesData.size());
    int postingsStart = index.size();
    writePostings(index);
    int startsStart = 0;
    if (hasStarts) {
      startsStart = index.size();
      BlockIndex.Starts.write(index, series, windowStart);
    }
    int timesStart = index.size();
    if (magic == BlockFormat.COLUMNS) {
      times.write(index, BlockFormat.HEADER);
    }
    emit(out, index);

    var footer = new ByteSink(BlockFormat.footer(magic));
    footer.i64(indexStart);
    footer.i64(index.size());
    footer.u32(seriesStart);
    footer.u32(postingsStart);
    footer.u32(index.crc(0, index.size()));
    footer.u32(series.size());
    footer.i64(chunks);
    footer.i64(samples);
    footer.u32(startsStart);
    if (magic == BlockFormat.COLUMNS) {
      footer.u32(timesStart);
    }
    footer.u32(footer.crc(0, footer.size()));
    footer.i64(magic);
    emit(out, footer);
  }

  private void writeSymbols(ByteSink index) {
    var strings = new ByteSink(16 * 1024);
    index.u32(sortedSymbols.size());
    for (String symbol : sortedSymbols) {
      index.u32(strings.size());
      strings.string(symbol);
    }
    index.bytes(strings.array(), 0, strings.size());
  }

  private void writePostings(ByteSink index) {
    index.u32(postings.size());
    int firstId = 0;
    for (var entry : postings.entrySet()) {
      index.u32(entry.getKey().name);
      index.u32(entry.getKey().value);
      index.u32(firstId);
      index.u32(entry.getValue().size());
      firstId += entry.getValue().size();
    }
    for (List<Integer> ids : postings.values()) {
      for (int id : ids) {
        index.u32(id);
      }
    }
  }

  private void emit(OutputStream out, ByteSink bytes) throws IOException {
    out.write(bytes.array(), 0, bytes.size());
    offset += bytes.size();
  }

  /// A series to write to a block.
  ///
  /// @param labels labels with the metric name
  /// @param chunks in time order, without overlap
  /// @param starts start timestamps of its samples
  public record Series(Labels labels, List<Chunk> chunks, StartRuns starts) {
    /// A series without start timestamps.
    public Series(Labels labels, List<Chunk> chunks) {
      this(labels, chunks, StartRuns.NONE);
    }

    public Series {
      chunks = List.copyOf(chunks);
    }
  }

  /// Chooses the time columns of a block: counts how many chunks have the same times, then chooses
  /// the columns that save space.
  static final class SharedTimes {
    /* Maximum number of columns to count. Each target has a few of them in a window, but if no
     * two series had the same times, there would be one per chunk. */
    private static final int MAX_COUNTED = 1 << 16;

    private final Map<TimeColumn, Integer> uses = new HashMap<>();
    private final Map<TimeColumn, Integer> numbers = new HashMap<>();

    /// The chosen columns in the order of their numbers.
    final List<TimeColumn> columns = new ArrayList<>();

    private boolean full;

    /// Counts a chunk for the column of its times if the chunk's encoding permits separate times.
    void count(Chunk chunk) {
      if (chunk.encoding() != Chunk.Encoding.PACKED) {
        return;
      }
      var column = TimeColumn.of(chunk);
      if (uses.computeIfPresent(column, (_, times) -> times + 1) == null && hasRoom()) {
        uses.put(column, 1);
      }
    }

    /* At the maximum, removes the columns that only one chunk uses. If more than half of the
     * columns remain, this is not repeated: further columns are accepted until the maximum is
     * reached again. */
    private boolean hasRoom() {
      if (uses.size() >= MAX_COUNTED && !full) {
        uses.values().removeIf(times -> times == 1);
        full = uses.size() > MAX_COUNTED / 2;
      }
      return uses.size() < MAX_COUNTED;
    }

    /// Ends the counting and chooses the columns.
    void choose() {
      uses.forEach(
          (column, times) -> {
            if (isWorth(column.data().length, times)) {
              columns.add(column);
            }
          });
      columns.sort(
          (one, other) ->
              one.minTime() != other.minTime()
                  ? Long.compare(one.minTime(), other.minTime())
                  : Arrays.compare(one.data(), other.data()));
      uses.clear();
      for (int i = 0; i < columns.size(); i++) {
        numbers.put(columns.get(i), i);
      }
    }

    /* Whether a column saves space. A chunk without times may have one more byte of padding. In the
     * index, the column's number takes no more bytes than the chunk's times and count, which it
     * replaces. */
    private static boolean isWorth(int length, int times) {
      long cost = BlockFormat.CHUNK_HEADER + length + BlockFormat.COLUMN_ENTRY + 8L;
      return times * (length - 1L) > cost;
    }

    /// Whether no column was chosen.
    boolean isEmpty() {
      return columns.isEmpty();
    }

    /// Returns the number of the column with the times of a chunk, or -1 if there is none.
    int number(Chunk chunk) {
      return isEmpty() || chunk.encoding() != Chunk.Encoding.PACKED
          ? -1
          : numbers.getOrDefault(TimeColumn.of(chunk), -1);
    }

    /// Appends the table of the columns, which are stored one after the other from offset `start`
    /// of the file on.
    void write(ByteSink index, long start) {
      index.u32(columns.size());
      long offset = start;
      for (TimeColumn column : columns) {
        index.i64(offset);
        index.u32(column.data().length);
        index.u32(column.count());
        index.i64(column.minTime());
        index.i64(column.maxTime());
        offset += BlockFormat.CHUNK_HEADER + column.data().length;
      }
    }
  }
}
