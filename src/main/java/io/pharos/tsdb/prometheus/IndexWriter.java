package io.pharos.tsdb.prometheus;

import io.pharos.bytes.ByteSink;
import io.pharos.model.Labels;
import io.pharos.tsdb.prometheus.IndexReader.ChunkPlace;
import java.io.BufferedOutputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/// Writes the `index` of a block sequentially.
final class IndexWriter implements AutoCloseable {
  /// The name and the value of a label.
  record Pair(String name, String value) {}

  /// A growing list of ascending numbers.
  private static final class Numbers {
    private int[] numbers = new int[2];
    private int size;

    void add(int number) {
      if (size == numbers.length) {
        numbers = Arrays.copyOf(numbers, size * 2);
      }
      numbers[size++] = number;
    }
  }

  private final FileOutputStream file;
  private final BufferedOutputStream out;
  private final Map<String, Integer> symbols = new HashMap<>();
  private final List<String> sortedSymbols;
  private final Map<Long, Numbers> postings = new TreeMap<>();
  private final Numbers allRefs = new Numbers();
  private final ByteSink sink = new ByteSink(64 << 10);
  private final long symbolsAt;
  private final long seriesAt;
  private long offset;

  private IndexWriter(FileOutputStream file, Collection<String> strings) throws IOException {
    this.file = file;
    this.out = new BufferedOutputStream(file, 256 << 10);
    var sorted = new TreeSet<>(PrometheusFormat.BY_BYTES);
    sorted.add(""); // the empty name stands for the list of all series
    sorted.addAll(strings);
    sortedSymbols = List.copyOf(sorted);
    sink.u32(PrometheusFormat.INDEX_MAGIC);
    sink.u8(PrometheusFormat.INDEX_VERSION);
    emit();
    symbolsAt = offset;
    int start = begin();
    sink.u32(sortedSymbols.size());
    for (int i = 0; i < sortedSymbols.size(); i++) {
      symbols.put(sortedSymbols.get(i), i);
      sink.string(sortedSymbols.get(i));
    }
    end(start);
    align(PrometheusFormat.SERIES_ALIGNMENT);
    seriesAt = offset;
  }

  /// @param strings all label names and values
  static IndexWriter begin(Path path, Collection<String> strings) throws IOException {
    var file = new FileOutputStream(path.toFile());
    try {
      return new IndexWriter(file, strings);
    } catch (IOException | RuntimeException | Error e) {
      file.close();
      throw e;
    }
  }

  /// The labels in Prometheus' order.
  static List<Pair> pairs(Labels labels) {
    var pairs = new ArrayList<Pair>(labels.size());
    boolean sorted = true;
    for (int i = 0; i < labels.size(); i++) {
      pairs.add(new Pair(labels.name(i), labels.value(i)));
      sorted &= i == 0 || PrometheusFormat.BY_BYTES.compare(labels.name(i - 1), labels.name(i)) < 0;
    }
    if (!sorted) {
      pairs.sort(Comparator.comparing(Pair::name, PrometheusFormat.BY_BYTES));
    }
    return pairs;
  }

  /// Writes a series. Series must be written in Prometheus' order.
  void series(Labels labels, List<ChunkPlace> chunks) throws IOException {
    long ref = offset / PrometheusFormat.SERIES_ALIGNMENT;
    if (ref > 0xFFFF_FFFFL) {
      throw new IOException("the index of a block would be larger than 64 GiB");
    }
    var entry = new ByteSink(64);
    List<Pair> pairs = pairs(labels);
    entry.uvarint(pairs.size());
    for (Pair pair : pairs) {
      int name = symbol(pair.name());
      int value = symbol(pair.value());
      entry.uvarint(name);
      entry.uvarint(value);
      postings.computeIfAbsent((long) name << 32 | value, _ -> new Numbers()).add((int) ref);
    }
    allRefs.add((int) ref);
    entry.uvarint(chunks.size());
    ChunkPlace before = null;
    for (ChunkPlace chunk : chunks) {
      if (before == null) {
        entry.varint(chunk.minTime());
      } else {
        entry.uvarint(chunk.minTime() - before.maxTime());
      }
      entry.uvarint(chunk.maxTime() - chunk.minTime());
      if (before == null) {
        entry.uvarint(chunk.ref());
      } else {
        entry.varint(chunk.ref() - before.ref());
      }
      before = chunk;
    }
    sink.uvarint(entry.size());
    sink.bytes(entry.array(), 0, entry.size());
    sink.u32(entry.crc(0, entry.size()));
    emit();
    align(PrometheusFormat.SERIES_ALIGNMENT);
  }

  private int symbol(String text) {
    Integer number = symbols.get(text);
    if (number == null) {
      throw new IllegalArgumentException("the strings of the block lack '" + text + "'");
    }
    return number;
  }

  /// Number of series.
  int seriesCount() {
    return allRefs.size;
  }

  /// Writes everything after the series and forces the file to disk.
  void finish() throws IOException {
    long postingsAt = offset;
    var table = new ByteSink(64 << 10);
    table.u32(postings.size() + 1);
    tableEntry(table, "", "", postings(allRefs));
    for (Map.Entry<Long, Numbers> entry : postings.entrySet()) {
      String name = sortedSymbols.get((int) (entry.getKey() >>> 32));
      String value = sortedSymbols.get(entry.getKey().intValue());
      tableEntry(table, name, value, postings(entry.getValue()));
    }
    /* The table of label values is obsolete and stays empty. */
    long labelTableAt = offset;
    int start = begin();
    sink.u32(0);
    end(start);
    emit();
    align(4);
    long postingsTableAt = offset;
    start = begin();
    sink.bytes(table.array(), 0, table.size());
    end(start);
    emit();
    sink.i64(symbolsAt);
    sink.i64(seriesAt);
    sink.i64(postingsAt);
    sink.i64(labelTableAt);
    sink.i64(postingsAt);
    sink.i64(postingsTableAt);
    sink.u32(sink.crc(0, sink.size()));
    emit();
    out.flush();
    file.getFD().sync();
  }

  private long postings(Numbers refs) throws IOException {
    long sectionStart = offset;
    int start = begin();
    sink.u32(refs.size);
    for (int i = 0; i < refs.size; i++) {
      sink.u32(refs.numbers[i]);
    }
    end(start);
    emit();
    return sectionStart;
  }

  private static void tableEntry(ByteSink table, String name, String value, long listOffset) {
    table.u8(2);
    table.string(name);
    table.string(value);
    table.uvarint(listOffset);
  }

  /* Writes a placeholder for a section's length. Returns its offset in the sink. */
  private int begin() {
    int start = sink.size();
    sink.u32(0);
    return start;
  }

  /* Fills in the length of a section and appends its checksum. */
  private void end(int start) {
    sink.setU32(start, sink.size() - start - 4);
    sink.u32(sink.crc(start + 4, sink.size()));
  }

  private void emit() throws IOException {
    out.write(sink.array(), 0, sink.size());
    offset += sink.size();
    sink.clear();
  }

  private void align(int bytes) throws IOException {
    emit();
    while ((offset + sink.size()) % bytes != 0) {
      sink.u8(0);
    }
    emit();
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
