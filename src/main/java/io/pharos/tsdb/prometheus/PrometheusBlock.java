package io.pharos.tsdb.prometheus;

import static io.pharos.tsdb.prometheus.PrometheusFormat.damaged;

import io.pharos.bytes.ByteSink;
import io.pharos.bytes.ByteSource;
import io.pharos.bytes.CorruptDataException;
import io.pharos.model.Labels;
import io.pharos.storage.SampleWindow;
import io.pharos.tsdb.prometheus.IndexReader.ChunkPlace;
import io.pharos.tsdb.prometheus.IndexReader.Series;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.random.RandomGenerator;

/// A Prometheus block that is read series by series. Its files stay mapped while it is reachable.
/// Not thread-safe.
public record PrometheusBlock(
    Path folder, BlockMeta meta, IndexReader index, ChunkFiles chunks, Tombstones tombstones) {
  /// Receives the samples of a series.
  public interface Reader {
    /// Receives a part of a series' samples. All parts of a series are passed one after the other;
    /// times increase within a part, and parts may overlap.
    ///
    /// @param ref reference of the series for [#labels]
    /// @param window valid until this method returns
    void samples(long ref, SampleWindow window) throws IOException;
  }

  /// Returns the folders of the blocks in a directory, by name; or the directory itself if it is a
  /// block. Skips incomplete and partly deleted blocks, and blocks that another block replaces.
  ///
  /// @throws CorruptDataException when a `meta.json` is malformed
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

  /// Opens a block. Checks its table of contents, symbols and tombstones; series and chunks are
  /// checked when they are read.
  ///
  /// @throws CorruptDataException when a file is damaged; the message names the file, the offset
  ///   and what was expected
  public static PrometheusBlock open(Path folder) throws IOException {
    return new PrometheusBlock(
        folder,
        BlockMeta.read(folder),
        IndexReader.open(folder),
        ChunkFiles.open(folder),
        Tombstones.read(folder));
  }

  /// Number of series.
  public int seriesCount() {
    return index.seriesCount;
  }

  /// The labels of a series.
  ///
  /// @param ref the reference that [Reader#samples] received
  public Labels labels(long ref) {
    return index.labels(ref);
  }

  /// Reads the i-th series in the order of the index, from 0 on, without deleted samples.
  ///
  /// @param fromMillis Unix milliseconds of the first sample to read
  /// @param toMillis Unix milliseconds of the last sample to read
  /// @throws CorruptDataException when the series or one of its chunks is damaged
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
    boolean allInRange =
        window.size() == 0
            || (window.timestamp(0) >= fromMillis
                && window.timestamp(window.size() - 1) <= toMillis);
    if (allInRange && tombstones.hasNone(ref)) {
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

  /// Creates names of blocks: 48 bits of time and 80 random bits, in Crockford's base 32.
  static final class Ulid {
    private static final String DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    private static final int TIME_DIGITS = 10;
    private static final int RANDOM_DIGITS = 16;

    private Ulid() {}

    /// Creates a name.
    ///
    /// @param millis Unix milliseconds; names are ordered by it
    static String of(long millis, RandomGenerator random) {
      var text = new StringBuilder(TIME_DIGITS + RANDOM_DIGITS);
      for (int digit = TIME_DIGITS - 1; digit >= 0; digit--) {
        text.append(DIGITS.charAt((int) ((millis >>> (5 * digit)) & 31)));
      }
      for (int digit = 0; digit < RANDOM_DIGITS; digit++) {
        text.append(DIGITS.charAt(random.nextInt(DIGITS.length())));
      }
      return text.toString();
    }

    /// Whether a text has the form of a block's name.
    static boolean is(String text) {
      return text.length() == TIME_DIGITS + RANDOM_DIGITS
          && text.charAt(0) <= '7'
          && text.chars().allMatch(c -> DIGITS.indexOf(c) >= 0);
    }
  }

  /// The deleted samples of a block, which its chunks still contain.
  static final class Tombstones {
    static final String FILE = "tombstones";

    private static final int HEADER = 5;
    private static final int CHECKSUM = 4;

    /// A closed interval of Unix milliseconds.
    private record Interval(long from, long to) {}

    private final Map<Long, List<Interval>> bySeries = new HashMap<>();

    /// Reads the tombstones of a block; without a file, no sample is deleted.
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
        throw damaged(file, bytes.length, "the file ends, expected at least 9 bytes");
      }
      MemorySegment segment = MemorySegment.ofArray(bytes);
      int end = bytes.length - CHECKSUM;
      if (ByteSource.u32(segment, 0) != PrometheusFormat.TOMBSTONES_MAGIC) {
        throw damaged(file, 0, "the file does not begin with 0130ba30");
      }
      if (bytes[4] != PrometheusFormat.TOMBSTONES_VERSION) {
        throw damaged(file, 4, "version " + bytes[4] + ", expected 1");
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

    /// Returns the content of the file `tombstones` of a block without deleted samples.
    static byte[] none() {
      var sink = new ByteSink(HEADER + CHECKSUM);
      sink.u32(PrometheusFormat.TOMBSTONES_MAGIC);
      sink.u8(PrometheusFormat.TOMBSTONES_VERSION);
      sink.u32(sink.crc(HEADER, HEADER));
      return sink.toByteArray();
    }
  }
}
