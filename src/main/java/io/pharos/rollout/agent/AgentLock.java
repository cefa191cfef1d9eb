package io.pharos.rollout.agent;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;

/// A lock by which only one process acts for an agent's directory. The lock ends with the process.
public final class AgentLock implements AutoCloseable {
  private final FileChannel channel;

  private AgentLock(FileChannel channel) {
    this.channel = channel;
  }

  /// Locks a directory, which is created if needed. Returns empty if another process holds the
  /// lock.
  ///
  /// @throws IOException when the directory is unusable
  public static Optional<AgentLock> acquire(Path folder) throws IOException {
    Files.createDirectories(folder);
    var channel =
        FileChannel.open(
            folder.resolve("agent.lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    boolean taken = false;
    try {
      taken = channel.tryLock() != null;
    } catch (OverlappingFileLockException _) { // this process already holds the lock
    } finally {
      if (!taken) {
        channel.close();
      }
    }
    return taken ? Optional.of(new AgentLock(channel)) : Optional.empty();
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
