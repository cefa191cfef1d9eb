package io.pharos.server.app.health;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.model.Labels;
import io.pharos.trouble.ObservationGaps;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
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
      mark.write(Instant.parse("2026-03-01T12:00:00.5Z"), List.of());
      mark.write(Instant.parse("2026-03-01T12:00:05.999Z"), List.of());
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
      mark.write(Instant.parse("2026-03-01T12:00:05Z"), List.of());
      assertThat(mark.read()).contains(Instant.parse("2026-03-01T12:00:05Z"));
    }
  }

  @Test
  void fileThatCantBeOpened_isDoneWithout() throws Exception {
    Files.createDirectory(folder.resolve("clock"));
    try (var mark = ClockMark.open(folder)) {
      mark.write(Instant.EPOCH, List.of());
      assertThat(mark.read()).isEmpty();
    }
  }

  @Test
  void steps_areReadByTheNextProcess_untilTheyAreForgotten() throws Exception {
    var steps =
        List.of(
            new ObservationGaps.Missing(
                Labels.empty(),
                1_000,
                3_601_000,
                "the clock was set while an earlier process ran",
                new ObservationGaps.Step(-3_600_000, true),
                false));
    Instant time = Instant.parse("2026-03-01T12:00:05Z");
    try (var mark = ClockMark.open(folder)) {
      mark.write(time, steps);
      mark.write(time.plusSeconds(5), steps);
    }
    assertThat(folder.resolve("clock"))
        .hasContent("2026-03-01T12:00:10Z\n1970-01-01T00:00:01Z 1970-01-01T01:00:01Z -3600000\n");
    try (var mark = ClockMark.open(folder)) {
      assertThat(mark.readSteps()).isEqualTo(steps);
      mark.write(time, steps);
      mark.write(time, List.of());
      assertThat(mark.readSteps()).isEmpty();
    }
    Files.writeString(folder.resolve("clock"), "2026-03-01T12:00:10Z\na b c\nx\n");
    try (var mark = ClockMark.open(folder)) {
      assertThat(mark.read()).contains(Instant.parse("2026-03-01T12:00:10Z"));
      assertThat(mark.readSteps()).isEmpty();
    }
  }
}
