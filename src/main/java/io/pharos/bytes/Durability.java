package io.pharos.bytes;

import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/// The steps that make a change of a directory survive a power loss.
public final class Durability {
  private Durability() {}

  /// Makes created, renamed and deleted names of a directory durable. An interrupt of the thread
  /// does not stop it; the thread is still interrupted afterwards.
  public static void syncDirectory(Path directory) throws IOException {
    boolean interrupted = Thread.interrupted();
    try {
      while (!forced(directory)) {
        interrupted |= Thread.interrupted();
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private static boolean forced(Path directory) throws IOException {
    try (var channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
      return true;
    } catch (ClosedByInterruptException _) {
      // Only a channel can open a directory, and an interrupt closes it: try again.
      return false;
    }
  }

  /// Gives a finished and synced file its final name in one step, replacing a file of that name.
  public static void publish(Path temporary, Path target) throws IOException {
    Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
    Path directory = target.getParent();
    if (directory != null) {
      syncDirectory(directory);
    }
  }
}
