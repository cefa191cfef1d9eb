package io.pharos.tsdb;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Reserves a directory for one process, by an operating system's lock on the file `lock` in the
/// directory. The lock ends with the process. The file contains the process id.
record DirectoryLock(FileChannel channel) implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(DirectoryLock.class);

  /// Acquires the lock. Throws [Tsdb.InUseException] if another process, or another store of this
  /// process, holds it.
  static DirectoryLock acquire(Path directory) throws IOException {
    Path file = directory.resolve("lock");
    var channel =
        FileChannel.open(
            file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    try {
      if (tryLock(channel) == null) {
        throw new Tsdb.InUseException(directory, Files.readString(file).strip());
      }
      writeOwner(channel);
      return new DirectoryLock(channel);
    } catch (IOException | RuntimeException | Error e) {
      channel.close();
      throw e;
    }
  }

  /* For information only: a full disk must not prevent opening the store. */
  private static void writeOwner(FileChannel channel) {
    try {
      channel.truncate(0);
      int _ =
          channel.write(
              ByteBuffer.wrap(
                  (ProcessHandle.current().pid() + "\n").getBytes(StandardCharsets.US_ASCII)));
    } catch (IOException e) {
      LOG.warn(
          "can't write the process id to the lock file; the store is opened without it: {}",
          e.toString());
    }
  }

  private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException _) {
      // Another store of this process holds the lock; the caller handles this like a lock of
      // another process.
      return null;
    }
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
