package io.pharos.tsdb;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import io.pharos.bytes.ByteSink;
import io.pharos.bytes.ByteSource;
import io.pharos.bytes.Durability;
import io.pharos.tsdb.chunk.Chunk;
import java.io.BufferedOutputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;

/// Temporary files of an import: the chunks of the source blocks, in one file per window. Closing
/// this object deletes the folder and its content. Not thread-safe.
final class ImportSpill implements AutoCloseable {
  /// Name of the folder below a store.
  static final String FOLDER = "import";

  /// The chunks of a series in a window from one source block.
  ///
  /// @param block index of the source block
  /// @param series reference of the series in the source block
  record Run(int block, long series, List<Chunk> chunks) {}

  private static final int BUFFER = 16 << 10;

  private final Path folder;
  private final NavigableMap<Long, BufferedOutputStream> open = new TreeMap<>();
  private final NavigableMap<Long, Path> files = new TreeMap<>();
  private final ByteSink sink = new ByteSink(BUFFER);

  /// @param folder a folder for this import only; files of an earlier import are deleted
  ImportSpill(Path folder) throws IOException {
    this.folder = folder;
    Durability.deleteTree(folder);
    Files.createDirectories(folder);
  }

  /// The start times of the windows that have chunks.
  List<Long> windows() {
    return List.copyOf(files.navigableKeySet());
  }

  /// Appends a run to the file of a window.
  void write(long window, Run run) throws IOException {
    BufferedOutputStream out = open.get(window);
    if (out == null) {
      Path file = files.computeIfAbsent(window, start -> folder.resolve(start + ".spill"));
      out = new BufferedOutputStream(new FileOutputStream(file.toFile(), true), BUFFER);
      open.put(window, out);
    }
    sink.clear();
    sink.uvarint(run.block());
    sink.uvarint(run.series());
    sink.uvarint(run.chunks().size());
    for (Chunk chunk : run.chunks()) {
      sink.u8(chunk.encoding().code());
      sink.i64(chunk.minTime());
      sink.i64(chunk.maxTime());
      sink.uvarint(chunk.count());
      sink.uvarint(chunk.data().length);
      sink.bytes(chunk.data(), 0, chunk.data().length);
    }
    out.write(sink.array(), 0, sink.size());
  }

  /// Closes all files; the next write to a window opens the window's file again. This limits the
  /// number of open files to the windows of one source block.
  void pause() throws IOException {
    for (BufferedOutputStream out : open.values()) {
      out.close();
    }
    open.clear();
  }

  /// Reads all runs of a window in the order of writing.
  List<Run> read(long window) throws IOException {
    Path file = files.get(window);
    if (file == null) {
      return List.of();
    }
    var runs = new ArrayList<Run>();
    try (var channel = FileChannel.open(file, StandardOpenOption.READ);
        var arena = Arena.ofConfined()) {
      MemorySegment bytes = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
      var source = new ByteSource(bytes);
      while (source.remaining() > 0) {
        int block = (int) source.uvarint();
        long series = source.uvarint();
        var chunks = new ArrayList<Chunk>();
        for (long left = source.uvarint(); left > 0; left--) {
          Chunk.Encoding encoding = Chunk.Encoding.of(source.u8());
          long minTime = source.i64();
          long maxTime = source.i64();
          int count = (int) source.uvarint();
          var data = new byte[source.count(1)];
          MemorySegment.copy(bytes, JAVA_BYTE, source.position(), data, 0, data.length);
          source.position(source.position() + data.length);
          chunks.add(Chunk.of(encoding, minTime, maxTime, count, data));
        }
        runs.add(new Run(block, series, chunks));
      }
    }
    return runs;
  }

  @Override
  public void close() throws IOException {
    pause();
    Durability.deleteTree(folder);
  }
}
