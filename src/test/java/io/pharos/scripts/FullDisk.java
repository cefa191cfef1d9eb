package io.pharos.scripts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.TimeUnit;

/// A small file system of its own that a test fills to the last byte; skips the test where nobody
/// may mount one.
public final class FullDisk implements AutoCloseable {
  private final Path folder;

  private FullDisk(Path folder) {
    this.folder = folder;
  }

  /// Mounts one of 256 KiB.
  public static FullDisk mount(Path folder) throws IOException {
    return mount(folder, 256);
  }

  public static FullDisk mount(Path folder, int kibibytes) throws IOException {
    Files.createDirectories(folder);
    String size = "size=" + kibibytes + "k";
    assumeThat(run("mount", "-t", "tmpfs", "-o", size, "tmpfs", folder.toString()))
        .as("a file system can be mounted")
        .isZero();
    return new FullDisk(folder);
  }

  private static int run(String... words) {
    try {
      Process process = new ProcessBuilder(words).redirectErrorStream(true).start();
      assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
      return process.exitValue();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /// The file that takes the room.
  public Path filler() {
    return folder.resolve("filler");
  }

  /// Takes all room.
  public void fill() throws IOException {
    try (OutputStream file =
        Files.newOutputStream(filler(), StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
      while (true) {
        file.write(new byte[4096]);
      }
    } catch (IOException e) {
      assertThat(e).hasMessageContaining("No space left");
    }
  }

  /// Gives the room back.
  public void free() throws IOException {
    Files.deleteIfExists(filler());
  }

  @Override
  public void close() {
    assertThat(run("umount", "--lazy", folder.toString())).isZero();
  }
}
