package io.pharos.config.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OutsideFilesTest {
  @TempDir Path folder;

  @Test
  void text_isThatOfNow() throws Exception {
    Path file = Files.writeString(folder.resolve("token"), "one");
    assertThat(OutsideFiles.text(file)).isEqualTo("one");
    Files.writeString(file, "two");
    assertThat(OutsideFiles.text(file)).isEqualTo("two");
    assertThat(OutsideFiles.read(file)).asString().isEqualTo("two");
    assertThat(OutsideFiles.modified(file)).isEqualTo(Files.getLastModifiedTime(file));
  }

  @Test
  void missingFile_isWhatTheSystemSays() {
    assertThatThrownBy(() -> OutsideFiles.text(folder.resolve("none")))
        .isInstanceOf(NoSuchFileException.class);
  }

  @Test
  void noRegularFile_isRefusedAtOnce() throws Exception {
    Path pipe = folder.resolve("pipe");
    assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
    for (Path file : List.of(pipe, Path.of("/dev/zero"))) {
      assertThatThrownBy(() -> OutsideFiles.read(file))
          .hasMessage(file + ": is a device, pipe or socket, expected a regular file");
    }
    assertThatThrownBy(() -> OutsideFiles.text(folder))
        .hasMessage(folder + ": is a folder, expected a regular file");
  }

  @Test
  void fileAboveTheBound_isRefused() throws Exception {
    Path file = folder.resolve("large");
    try (var large = new RandomAccessFile(file.toFile(), "rw")) {
      large.setLength(OutsideFiles.MAX_BYTES);
      assertThat(OutsideFiles.read(file)).hasSize(OutsideFiles.MAX_BYTES);
      large.setLength(1L << 40);
    }
    assertThatThrownBy(() -> OutsideFiles.read(file))
        .hasMessageContaining("has 1099511627776 bytes or more, expected at most ")
        .hasMessageContaining(OutsideFiles.MAX_BYTES + " (1/256 of the heap");
  }

  @Test
  void fileWithoutSize_isRead() throws Exception {
    assertThat(OutsideFiles.text(Path.of("/proc/self/status"))).contains("VmRSS");
  }

  @Test
  void fileThatHangs_isGivenUp_takesOneThreadAndHoldsUpNoOther() throws Exception {
    var files = new OutsideFiles(Duration.ofMillis(100));
    var end = new CountDownLatch(1);
    var asked = new AtomicInteger();
    Path dead = folder.resolve("dead");
    for (int i = 0; i < 50; i++) {
      assertThatThrownBy(
              () ->
                  files.run(
                      dead,
                      _ -> {
                        asked.incrementAndGet();
                        await(end);
                        return "late";
                      }))
          .isInstanceOf(FileSystemException.class)
          .hasMessageContaining(dead + ": does not answer within");
    }
    assertThat(asked).hasValue(1);
    Path file = Files.writeString(folder.resolve("alive"), "well");
    String well = files.run(file, Files::readString);
    assertThat(well).isEqualTo("well");

    end.countDown();
    while (true) { // until the thread that hung has gone
      try {
        String back = files.run(dead, _ -> "back");
        assertThat(back).isEqualTo("back");
        break;
      } catch (FileSystemException _) {
        Thread.sleep(5);
      }
    }
  }

  private static void await(CountDownLatch end) throws IOException {
    try {
      end.await();
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }
}
