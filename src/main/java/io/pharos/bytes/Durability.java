package io.pharos.bytes;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Comparator;
import java.util.List;
import java.util.Set;

/// Makes changes to files and directories survive a power failure.
public final class Durability {
  private Durability() {}

  /// Makes created, renamed and deleted names in a directory durable. An interrupt does not stop
  /// the call, which sets the interrupt status again at its end.
  public static void syncDirectory(Path directory) throws IOException {
    syncContent(directory);
  }

  /// Makes the content of a file durable that another process wrote. If it was killed before it
  /// synced the file, the end of the file can be read, but a power loss would still remove it.
  public static void syncFile(Path file) throws IOException {
    syncContent(file);
  }

  private static void syncContent(Path path) throws IOException {
    boolean interrupted = Thread.interrupted();
    try {
      while (!sync(path)) {
        interrupted |= Thread.interrupted();
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private static boolean sync(Path path) throws IOException {
    try (var channel = FileChannel.open(path, StandardOpenOption.READ)) {
      channel.force(true);
      return true;
    } catch (ClosedByInterruptException _) {
      // Only a channel can sync, and the interrupt closed it, so the caller tries again.
      return false;
    }
  }

  /// Atomically renames a file that was completely written and synced, and syncs its directory.
  /// Replaces an existing file with the target's name.
  public static void publish(Path temporary, Path target) throws IOException {
    Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
    Path directory = target.getParent();
    if (directory != null) {
      syncDirectory(directory);
    }
  }

  /// Deletes a file, or a directory with all its content, if it exists.
  public static void deleteTree(Path root) throws IOException {
    if (!Files.exists(root)) {
      return;
    }
    List<Path> files;
    try (var walk = Files.walk(root)) {
      files = walk.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path file : files) {
      Files.delete(file);
    }
  }

  /// Writes a small file atomically and durably: after a power failure, either its old or its new
  /// content is complete.
  ///
  /// @throws IOException if the file system fails; the file then still has its old content
  public static void write(Path file, String text, Set<PosixFilePermission> permissions)
      throws IOException {
    Path fresh = file.resolveSibling(file.getFileName() + ".new");
    Files.deleteIfExists(fresh);
    try (var channel =
        FileChannel.open(fresh, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      Files.setPosixFilePermissions(fresh, permissions);
      var bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      channel.force(true);
    }
    publish(fresh, file);
  }
}
