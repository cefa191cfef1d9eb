package io.pharos.server.app.health;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ClockMarkTest {
  @TempDir Path folder;

  @Test
  void time_isReadByTheNextProcess_inWholeSeconds() throws Exception {
    try (var mark = ClockMark.open(folder)) {
      assertThat(mark.read()).isEmpty();
      mark.write(Instant.parse("2026-03-01T12:00:00.5Z"));
      mark.write(Instant.parse("2026-03-01T12:00:05.999Z"));
    }
    assertThat(folder.resolve("clock")).hasContent("2026-03-01T12:00:05Z\n");
    try (var mark = ClockMark.open(folder)) {
      assertThat(mark.read()).contains(Instant.parse("2026-03-01T12:00:05Z"));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "2026-03-01T12", "garbage and more of it", "\0\0\0\0"})
  void damagedFile_saysNothing_andIsWrittenOver(String text) throws Exception {
    Files.writeString(folder.resolve("clock"), text);
    try (var mark = ClockMark.open(folder)) {
      assertThat(mark.read()).isEmpty();
      mark.write(Instant.parse("2026-03-01T12:00:05Z"));
      assertThat(mark.read()).contains(Instant.parse("2026-03-01T12:00:05Z"));
    }
  }

  @Test
  void fileThatCantBeOpened_isDoneWithout() throws Exception {
    Files.createDirectory(folder.resolve("clock"));
    try (var mark = ClockMark.open(folder)) {
      mark.write(Instant.EPOCH);
      assertThat(mark.read()).isEmpty();
    }
  }
}
