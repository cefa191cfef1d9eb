package io.pharos.tsdb.prometheus;

import static io.pharos.tsdb.prometheus.PrometheusFormat.damaged;

import io.pharos.bytes.ByteSink;
import io.pharos.bytes.ByteSource;
import io.pharos.bytes.CorruptDataException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// The deleted samples of a block, which its chunks still contain.
final class Tombstones {
  static final String FILE = "tombstones";

  private static final int HEADER = 5;
  private static final int CHECKSUM = 4;

  /// A closed interval of Unix milliseconds.
  private record Interval(long from, long to) {}

  private final Map<Long, List<Interval>> bySeries = new HashMap<>();

  /// Reads the file of a block; without a file nothing is deleted.
  static Tombstones read(Path folder) throws IOException {
    Path file = folder.resolve(FILE);
    var stones = new Tombstones();
    byte[] bytes;
    try {
      bytes = Files.readAllBytes(file);
    } catch (NoSuchFileException _) { // Nothing is deleted.
      return stones;
    }
    if (bytes.length < HEADER + CHECKSUM) {
      throw damaged(file, bytes.length, "the file ends, at least 9 bytes were expected");
    }
    MemorySegment segment = MemorySegment.ofArray(bytes);
    int end = bytes.length - CHECKSUM;
    if (ByteSource.u32(segment, 0) != PrometheusFormat.TOMBSTONES_MAGIC) {
      throw damaged(file, 0, "it does not begin with 0130ba30");
    }
    if (bytes[4] != PrometheusFormat.TOMBSTONES_VERSION) {
      throw damaged(file, 4, "version " + bytes[4] + ", 1 was expected");
    }
    if (ByteSource.u32(segment, end) != ByteSource.crc(segment, HEADER, end - HEADER)) {
      throw damaged(file, HEADER, "the checksum does not match");
    }
    var source = new ByteSource(segment.asSlice(HEADER, end - HEADER));
    try {
      while (source.remaining() > 0) {
        long series = source.uvarint();
        stones
            .bySeries
            .computeIfAbsent(series, _ -> new ArrayList<>())
            .add(new Interval(source.varint(), source.varint()));
      }
    } catch (CorruptDataException e) {
      throw damaged(file, HEADER + source.position(), String.valueOf(e.getMessage()));
    }
    return stones;
  }

  /// Whether a sample is deleted.
  boolean covers(long series, long timeMillis) {
    List<Interval> intervals = bySeries.get(series);
    return intervals != null
        && intervals.stream().anyMatch(one -> one.from <= timeMillis && timeMillis <= one.to);
  }

  /// Whether no sample of a series is deleted.
  boolean hasNone(long series) {
    return !bySeries.containsKey(series);
  }

  /// The content of the file of a block without deleted samples.
  static byte[] none() {
    var sink = new ByteSink(HEADER + CHECKSUM);
    sink.u32(PrometheusFormat.TOMBSTONES_MAGIC);
    sink.u8(PrometheusFormat.TOMBSTONES_VERSION);
    sink.u32(sink.crc(HEADER, HEADER));
    return sink.toByteArray();
  }
}
