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

/// The exclusive use of a directory by one process: a lock of the operating system on the file
/// `lock` in it, which ends with the process however that dies. The file holds the process id.
final class DirectoryLock implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(DirectoryLock.class);

  private final FileChannel channel;

  private DirectoryLock(FileChannel channel) {
    this.channel = channel;
  }

  /// Takes the lock.
  ///
  /// @throws StorageInUseException when another process, or another store of this one, has it
  static DirectoryLock acquire(Path directory) throws IOException {
    Path file = directory.resolve("lock");
    var channel =
        FileChannel.open(
            file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    boolean acquired = false;
    try {
      if (tryLock(channel) == null) {
        throw new StorageInUseException(directory, Files.readString(file).strip());
      }
      writeOwner(channel);
      acquired = true;
      return new DirectoryLock(channel);
    } finally {
      if (!acquired) {
        channel.close();
      }
    }
  }

  /* Only for people: a full disk, which may not take the number, does not keep a store shut. */
  private static void writeOwner(FileChannel channel) {
    try {
      channel.truncate(0);
      int _ =
          channel.write(
              ByteBuffer.wrap(
                  (ProcessHandle.current().pid() + "\n").getBytes(StandardCharsets.US_ASCII)));
    } catch (IOException e) {
      LOG.warn("the process id can't be written beside the lock: {}", e.toString());
    }
  }

  private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException _) {
      // This process has it already, which is no different for the caller.
      return null;
    }
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
