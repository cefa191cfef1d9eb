package io.pharos.tsdb.prometheus;

import io.pharos.bytes.BitSink;
import io.pharos.bytes.ByteSink;
import java.io.BufferedOutputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/// Writes the files in `chunks/` of a block sequentially.
final class ChunkWriter implements AutoCloseable {
  /* The maximum size in Prometheus. */
  private static final long FILE_BYTES = 512L << 20;

  private final Path folder;
  private final ByteSink head = new ByteSink(16);
  private @Nullable FileOutputStream file;
  private @Nullable BufferedOutputStream out;
  private int number;
  private long at;

  /// Number of chunks.
  long count;

  ChunkWriter(Path folder) {
    this.folder = folder;
  }

  /// Writes a chunk and returns its reference.
  long write(int encoding, BitSink data) throws IOException {
    int length = data.sizeBytes();
    BufferedOutputStream target = out;
    if (target == null || at + length + 16 > FILE_BYTES) {
      target = next();
    }
    long ref = (long) (number - 1) << 32 | at;
    var crc = new CRC32C();
    crc.update(encoding);
    crc.update(data.array(), 0, length);
    head.clear();
    head.uvarint(length);
    head.u8(encoding);
    target.write(head.array(), 0, head.size());
    target.write(data.array(), 0, length);
    at += head.size() + length + 4L;
    head.clear();
    head.u32((int) crc.getValue());
    target.write(head.array(), 0, head.size());
    count++;
    return ref;
  }

  private BufferedOutputStream next() throws IOException {
    finish();
    number++;
    var raw = new FileOutputStream(folder.resolve("%06d".formatted(number)).toFile());
    var target = new BufferedOutputStream(raw, 256 << 10);
    file = raw;
    out = target;
    head.clear();
    head.u32(PrometheusFormat.CHUNKS_MAGIC);
    head.u8(PrometheusFormat.CHUNKS_VERSION);
    head.u8(0);
    head.u8(0);
    head.u8(0);
    target.write(head.array(), 0, head.size());
    at = head.size();
    return target;
  }

  /// Forces the files to disk.
  void finish() throws IOException {
    if (out != null && file != null) {
      out.flush();
      file.getFD().sync();
      out.close();
      out = null;
    }
  }

  @Override
  public void close() throws IOException {
    if (file != null) {
      file.close();
    }
  }
}
