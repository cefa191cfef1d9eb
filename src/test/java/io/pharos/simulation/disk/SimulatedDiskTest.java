package io.pharos.simulation.disk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pharos.bytes.WrittenFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class SimulatedDiskTest {
  private final SimulatedDisk disk = new SimulatedDisk(1);

  private static void write(WrittenFile file, String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    file.write(bytes, 0, bytes.length);
  }

  @Test
  void kill_keepsWhatWasWritten() throws IOException {
    WrittenFile file = WrittenFile.create(disk.mount().resolve("a"));
    write(file, "written");
    disk.crash(SimulatedDisk.End.KILL);
    assertThatThrownBy(() -> write(file, "more")).hasMessage("the process was killed");
    assertThat(Files.readString(disk.mount().resolve("a"))).isEqualTo("written");
  }

  @Test
  void folder_isDeletedIfEmpty() throws IOException {
    Path folder = Files.createDirectory(disk.mount().resolve("folder"));
    WrittenFile.create(folder.resolve("a")).close();
    assertThatThrownBy(() -> Files.delete(folder)).isInstanceOf(DirectoryNotEmptyException.class);
    Files.delete(folder.resolve("a"));
    Files.delete(folder);
    assertThat(folder).doesNotExist();
  }

  @Test
  void powerLoss_keepsWhatWasSynced_andMayLoseTheRest() throws IOException {
    boolean lost = false;
    boolean kept = false;
    for (int i = 0; i < 50; i++) {
      Path root = disk.mount();
      WrittenFile file = WrittenFile.create(root.resolve("a" + i));
      write(file, "synced,");
      file.sync();
      disk.syncFolder((DiskMount) root.getFileSystem(), "/");
      write(file, "rest");
      disk.crash(SimulatedDisk.End.POWER_LOSS);
      String text = Files.readString(disk.mount().resolve("a" + i));
      assertThat(text).startsWith("synced,");
      lost |= !text.equals("synced,rest");
      kept |= text.equals("synced,rest");
    }
    assertThat(lost).isTrue();
    assertThat(kept).isTrue();
  }

  @Test
  void name_isLostWithThePower_untilItsFolderIsSynced() throws IOException {
    boolean lost = false;
    for (int i = 0; i < 50; i++) {
      try (WrittenFile file = WrittenFile.create(disk.mount().resolve("b" + i))) {
        write(file, "x");
        file.sync();
      }
      disk.crash(SimulatedDisk.End.POWER_LOSS);
      lost |= !Files.exists(disk.mount().resolve("b" + i));
    }
    assertThat(lost).isTrue();
  }

  @Test
  void failedSync_losesItsContent() throws IOException {
    WrittenFile file = WrittenFile.create(disk.mount().resolve("a"));
    write(file, "content");
    disk.fail(SimulatedDisk.Call.SYNC, 1);
    assertThatThrownBy(file::sync).hasMessage("Input/output error");
    disk.heal();
    file.sync();
    disk.syncFolder((DiskMount) disk.mount().getFileSystem(), "/");
    disk.crash(SimulatedDisk.End.POWER_LOSS);
    assertThat(Files.readString(disk.mount().resolve("a"))).isEqualTo("\0".repeat(7));
  }

  @Test
  void fullDisk_acceptsTheBytesThatAreLeft() throws IOException {
    Path path = disk.mount().resolve("a");
    WrittenFile file = WrittenFile.create(path);
    disk.leave(3);
    assertThatThrownBy(() -> write(file, "12345")).hasMessage("No space left on device");
    assertThat(Files.readString(path)).isEqualTo("123");
    file.truncate(0);
    write(file, "abc");
    assertThat(Files.readString(path)).isEqualTo("abc");
  }
}
