package io.pharos.trouble;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.FileOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/// A disk of a few megabytes that can be filled to the last byte: a tmpfs. The test is skipped, and
/// reported so, if this process may not mount one.
public final class SmallDisk implements AutoCloseable {
  private final Path folder;

  private SmallDisk(Path folder) {
    this.folder = folder;
  }

  /// Mounts a disk at a new folder.
  public static SmallDisk mount(Path folder, String size) throws IOException, InterruptedException {
    Files.createDirectories(folder);
    String said;
    try {
      said = run("mount", "-t", "tmpfs", "-o", "size=" + size, "tmpfs", folder.toString());
    } catch (IOException e) {
      said = e.toString();
    }
    assumeTrue(said.isEmpty(), "no small disk can be mounted: " + said);
    return new SmallDisk(folder);
  }

  private static String run(String... command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    int status = process.waitFor();
    return status == 0 ? "" : said + " (status " + status + ")";
  }

  /// The mount point.
  public Path folder() {
    return folder;
  }

  /// Fills the disk.
  public void fill() {
    for (int size = 1 << 20; size > 0; size /= 16) {
      try (var file = new FileOutputStream(folder.resolve("filling").toFile(), true)) {
        byte[] bytes = new byte[size];
        while (true) {
          file.write(bytes);
        }
      } catch (IOException _) {
        // Full for pieces of this size.
      }
    }
  }

  /// Frees the space.
  public void free() {
    try {
      Files.delete(folder.resolve("filling"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() throws IOException {
    try {
      String _ = run("umount", "-l", folder.toString());
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }
}
