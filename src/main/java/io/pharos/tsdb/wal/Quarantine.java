package io.pharos.tsdb.wal;

import io.pharos.bytes.Durability;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;

/// Saves damaged bytes for inspection. Pharos never deletes these files.
final class Quarantine {
  private Quarantine() {}

  /// Copies a segment from an offset to a new file beside it, durably.
  static Path copyTail(Path segment, long offset) throws IOException {
    Path target = free(segment, offset);
    try (var source = new RandomAccessFile(segment.toFile(), "r");
        var copy = new FileOutputStream(target.toFile())) {
      source.seek(offset);
      byte[] buffer = new byte[64 * 1024];
      for (int n = source.read(buffer); n > 0; n = source.read(buffer)) {
        copy.write(buffer, 0, n);
      }
      copy.getFD().sync();
    } catch (IOException e) {
      Files.deleteIfExists(target);
      throw e;
    }
    return target;
  }

  /// Renames a segment so that the log ignores it, which needs no space on the disk.
  static Path moveWhole(Path segment) throws IOException {
    Path target = free(segment, 0);
    Durability.publish(segment, target);
    return target;
  }

  private static Path free(Path segment, long offset) {
    for (int attempt = 0; ; attempt++) {
      String suffix = attempt == 0 ? "" : "-" + attempt;
      Path target =
          segment.resolveSibling(segment.getFileName() + "." + offset + suffix + ".corrupt");
      if (!Files.exists(target)) {
        return target;
      }
    }
  }
}
