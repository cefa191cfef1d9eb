package io.pharos.tsdb.prometheus;

import static io.pharos.tsdb.prometheus.PrometheusFormat.damaged;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import io.pharos.bytes.ByteSource;
import io.pharos.bytes.CorruptDataException;
import io.pharos.storage.SampleWindow;
import io.pharos.tsdb.prometheus.IndexReader.ChunkPlace;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/// The files in `chunks/` of a block, read from the mapped files.
final class ChunkFiles {
  static final String FOLDER = "chunks";

  private static final Pattern NAME = Pattern.compile("[0-9]{6,9}");

  private final Path folder;
  private final List<Path> files = new ArrayList<>();
  private final List<MemorySegment> contents = new ArrayList<>();
  private byte[] buffer = new byte[4096];

  private ChunkFiles(Path folder) {
    this.folder = folder;
  }

  /// Maps the files; chunks are checked when they are read. Throws CorruptDataException when the
  /// header of a file is malformed.
  static ChunkFiles open(Path block) throws IOException {
    var chunks = new ChunkFiles(block.resolve(FOLDER));
    List<Path> found;
    try (var files = Files.list(chunks.folder)) {
      found =
          files.filter(it -> NAME.matcher(it.getFileName().toString()).matches()).sorted().toList();
    }
    for (Path file : found) {
      MemorySegment bytes = ByteSource.map(file);
      if (bytes.byteSize() < PrometheusFormat.CHUNKS_HEADER) {
        throw damaged(file, bytes.byteSize(), "the file ends, expected at least 8 bytes");
      }
      if (ByteSource.u32(bytes, 0) != PrometheusFormat.CHUNKS_MAGIC) {
        throw damaged(file, 0, "the file does not begin with 85bd40dd");
      }
      int version = bytes.get(JAVA_BYTE, 4);
      if (version != PrometheusFormat.CHUNKS_VERSION) {
        throw damaged(file, 4, "version " + version + ", expected 1");
      }
      chunks.files.add(file);
      chunks.contents.add(bytes);
    }
    return chunks;
  }

  /// Appends the samples of a chunk to the window. Throws CorruptDataException when the chunk is
  /// damaged, or its encoding is unknown.
  void read(ChunkPlace place, SampleWindow window) {
    long number = place.ref() >>> 32;
    if (number >= files.size()) {
      throw new CorruptDataException(
          "%s: chunk file number %d is missing; the folder has %d files"
              .formatted(folder, number + 1, files.size()));
    }
    Path file = files.get((int) number);
    MemorySegment bytes = contents.get((int) number);
    long offset = place.ref() & 0xFFFF_FFFFL;
    int before = window.size();
    var source = new ByteSource(bytes);
    source.position(offset);
    try {
      int length = source.count(1);
      int encoding = source.u8();
      long start = source.position();
      if (source.remaining() < length + 4L
          || ByteSource.u32(bytes, start + length)
              != ByteSource.crc(bytes, start - 1, length + 1L)) {
        throw new CorruptDataException("the checksum of a chunk does not match");
      }
      if (buffer.length < length) {
        buffer = new byte[Math.max(length, buffer.length * 2)];
      }
      MemorySegment.copy(bytes, JAVA_BYTE, start, buffer, 0, length);
      switch (encoding) {
        case PrometheusFormat.FLOATS -> FloatChunks.read(buffer, length, window);
        case PrometheusFormat.HISTOGRAMS -> HistogramChunks.read(buffer, length, true, window);
        case PrometheusFormat.FLOAT_HISTOGRAMS ->
            HistogramChunks.read(buffer, length, false, window);
        default ->
            throw new CorruptDataException("chunk encoding " + encoding + ", expected 1 to 3");
      }
      checkTimes(place, window, before);
    } catch (CorruptDataException | IllegalArgumentException e) {
      throw damaged(file, offset, String.valueOf(e.getMessage()));
    }
  }

  private static void checkTimes(ChunkPlace place, SampleWindow window, int before) {
    for (int i = before; i < window.size(); i++) {
      long time = window.timestamp(i);
      if (time < place.minTime()
          || time > place.maxTime()
          || (i > before && time <= window.timestamp(i - 1))) {
        throw new CorruptDataException(
            "found a sample at %d, expected increasing times from %d to %d"
                .formatted(time, place.minTime(), place.maxTime()));
      }
    }
  }
}
