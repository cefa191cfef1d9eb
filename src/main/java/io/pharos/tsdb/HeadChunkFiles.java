package io.pharos.tsdb;

import io.pharos.bytes.ByteSink;
import io.pharos.bytes.Durability;
import io.pharos.tsdb.chunk.Chunk;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Temporary files with finished chunks of the head, one per block window, so that they need no
/// heap. The log still has their samples, so nothing is forced to disk, and a start deletes the
/// files of the process before it. Thread-safe.
///
/// After a window was dropped, its chunks stay readable until a later one is: a query that still
/// reads them ends long before.
final class HeadChunkFiles implements AutoCloseable {
  /// Name of the folder below a store.
  static final String FOLDER = "head";

  /// Bytes that are written and mapped at once. Fewer stay in memory, so that 1,000,000 series have
  /// some thousand mappings; Linux allows 65,530.
  static final int DEFAULT_PART_BYTES = 1 << 20;

  private static final Logger LOG = LoggerFactory.getLogger(HeadChunkFiles.class);

  private final Path folder;
  private final int partBytes;
  private final NavigableMap<Long, WindowFile> files = new TreeMap<>();
  private final List<WindowFile> dropped = new ArrayList<>();
  private boolean failed;

  /// @param folder a folder for these files only; those of an earlier process are deleted. If they
  ///   can't be, chunks are appended to them
  HeadChunkFiles(Path folder, int partBytes) {
    this.folder = folder;
    this.partBytes = partBytes;
    try {
      Durability.deleteTree(folder);
    } catch (IOException e) {
      LOG.warn("{}: can't delete this folder with chunks of an earlier process", folder, e);
    }
  }

  /// Moves the finished chunks of series to files if they have enough bytes. If they can't be
  /// written, they stay in memory until the next call.
  synchronized void moveFrom(Collection<HeadSeries> series) {
    if (bytesInMemory(series) < partBytes) {
      return;
    }
    try {
      var parts = new HashMap<Long, Part>();
      for (HeadSeries one : series) {
        for (Chunk chunk : one.finishedInMemory()) {
          parts.computeIfAbsent(Tsdb.windowOf(chunk.minTime()), Part::new).add(one, chunk);
        }
      }
      for (Part part : parts.values()) {
        part.write();
      }
      failed = false;
    } catch (IOException e) {
      if (!failed) {
        LOG.warn("{}: can't write chunks to this folder; they stay in memory", folder, e);
      }
      failed = true;
    }
  }

  private static long bytesInMemory(Collection<HeadSeries> series) {
    long bytes = 0;
    for (HeadSeries one : series) {
      for (Chunk chunk : one.finishedInMemory()) {
        bytes += chunk.bytesInMemory();
      }
    }
    return bytes;
  }

  /// Deletes the files of the windows before a window's end.
  synchronized void dropBefore(long endMillis) throws IOException {
    Map<Long, WindowFile> old = files.headMap(endMillis, false);
    if (old.isEmpty()) {
      return;
    }
    for (WindowFile file : old.values()) {
      Files.deleteIfExists(file.path);
    }
    unmapDropped();
    dropped.addAll(old.values());
    old.clear();
  }

  private void unmapDropped() {
    dropped.forEach(file -> file.mapped.close());
    dropped.clear();
  }

  /// Deletes all files if possible; else the next start does. Their chunks can't be read any more.
  @Override
  public synchronized void close() {
    try {
      dropBefore(Long.MAX_VALUE);
    } catch (IOException e) {
      LOG.warn("{}: can't delete the files in this folder", folder, e);
    }
    unmapDropped();
  }

  /// A file, and the mappings of its parts.
  private record WindowFile(Path path, Arena mapped) {
    /* Returns the appended bytes. */
    MemorySegment append(ByteSink bytes) throws IOException {
      try (FileChannel channel =
          FileChannel.open(
              path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
        long start = channel.size();
        ByteBuffer from = ByteBuffer.wrap(bytes.array(), 0, bytes.size());
        long at = start;
        while (from.hasRemaining()) {
          at += channel.write(from, at);
        }
        return channel.map(FileChannel.MapMode.READ_ONLY, start, bytes.size(), mapped);
      }
    }
  }

  private record Move(HeadSeries series, Chunk chunk, int offset) {}

  /// Chunks that are appended to the file of a window at once.
  private final class Part {
    private final long window;
    private final ByteSink bytes = new ByteSink(partBytes);
    private final List<Move> moves = new ArrayList<>();

    Part(long window) {
      this.window = window;
    }

    void add(HeadSeries series, Chunk chunk) throws IOException {
      byte[] data = chunk.data();
      moves.add(new Move(series, chunk, bytes.size()));
      bytes.bytes(data, 0, data.length);
      if (bytes.size() >= partBytes) {
        write();
      }
    }

    @SuppressWarnings("MustBeClosedChecker") // closed after the window was dropped
    void write() throws IOException {
      if (moves.isEmpty()) {
        return;
      }
      WindowFile file = files.get(window);
      if (file == null) {
        Files.createDirectories(folder);
        file = new WindowFile(folder.resolve(window + ".chunks"), Arena.ofShared());
        files.put(window, file);
      }
      MemorySegment written = file.append(bytes);
      for (Move move : moves) {
        move.series.move(move.chunk, move.chunk.movedTo(written, move.offset));
      }
      moves.clear();
      bytes.clear();
    }
  }
}
