package io.pharos.server.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.model.Labels;
import io.pharos.storage.Appender;
import io.pharos.tsdb.Tsdb;
import io.pharos.tsdb.TsdbOptions;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TsdbCommandTest {
  private static final Instant NOW = Instant.parse("2026-11-26T12:30:00Z");

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  @TempDir Path folder;

  private int run(String... words) {
    out.reset();
    err.reset();
    return new TsdbCommand(
            Map.of("PHAROS_STORAGE_PATH", folder.resolve("data").toString()),
            new PrintStream(out, true, UTF_8),
            new PrintStream(err, true, UTF_8),
            () -> NOW)
        .run(List.of(words));
  }

  private String out() {
    return out.toString(UTF_8);
  }

  private String err() {
    return err.toString(UTF_8);
  }

  /* Six hours of two series, a sample a minute; the first four are in blocks. */
  @BeforeEach
  void store() throws IOException {
    Instant[] now = {NOW.minus(Duration.ofHours(6))};
    try (var store =
        Tsdb.open(
            folder.resolve("data/tsdb"),
            TsdbOptions.defaults(),
            () -> now[0],
            new SimpleMeterRegistry())) {
      for (; now[0].isBefore(NOW); now[0] = now[0].plusSeconds(60)) {
        try (Appender appender = store.appender()) {
          for (String job : List.of("a", "b")) {
            Labels labels = Labels.of("__name__", "up", "job", job);
            appender.append(labels, now[0].toEpochMilli(), 1);
          }
          appender.commit();
        }
        store.compactTick(now[0]);
      }
    }
  }

  private String target(String name) {
    return folder.resolve(name).toString();
  }

  @Test
  void exportedSamples_importedElsewhere_areThere() {
    assertThat(run("export", target("blocks"))).isZero();
    assertThat(out()).contains("blocks with 720 samples from 2026-11-26T06:00:00Z");
    String other = "--storage.path=" + target("other");
    assertThat(run("import", target("blocks"), other)).isZero();
    assertThat(out()).contains("720 samples of 4 blocks taken, 0 of which were known");
    assertThat(run("import", target("blocks"), other)).isZero();
    assertThat(out()).contains("720 of which were known");
    assertThat(run("verify", other)).isZero();
    assertThat(out()).contains("all is whole");
    assertThat(run("stats", other)).isZero();
    assertThat(out()).contains("series    2\n").contains("samples   720\n").contains("2  job");
    assertThat(run("list", other)).isZero();
    assertThat(out().lines().filter(line -> line.endsWith(".block"))).hasSize(2);
    assertThat(out()).contains("  log\n").contains("00000001.wal: ");
  }

  @Test
  void export_ofAWindowAndASelector_hasOnlyThat() {
    assertThat(run("export", target("blocks"), "--from=now-1h", "--match=up{job=\"a\"}")).isZero();
    assertThat(out()).contains("blocks with 60 samples");
    assertThat(run("export", target("none"), "--match=down")).isEqualTo(1);
    assertThat(err()).contains("holds no such samples, nothing was written");
    assertThat(run("export", target("blocks"))).isEqualTo(1);
    assertThat(err()).contains("holds blocks already, expected an empty or a new folder");
  }

  @Test
  void import_ofTheLastHoursOfSeriesThatAreKnown_saysWhatWasNotTaken() throws IOException {
    assertThat(run("export", target("blocks"), "--from=now-90m")).isZero();
    try (var store =
            Tsdb.open(
                folder.resolve("other/tsdb"),
                TsdbOptions.defaults(),
                () -> NOW,
                new SimpleMeterRegistry());
        Appender appender = store.appender()) {
      appender.append(Labels.of("__name__", "up", "job", "a"), NOW.toEpochMilli(), 1);
      appender.commit();
    }
    assertThat(run("import", target("blocks"), "--storage.path=" + target("other"))).isEqualTo(2);
    assertThat(err())
        .contains("90 samples from 2026-11-26T10:00:00Z on were not taken")
        .contains("import again after 2026-11-26T15:30:00Z");
  }

  @Test
  void import_ofWhatIsTooOldOrNothing_isRefused() {
    assertThat(run("export", target("blocks"))).isZero();
    assertThat(run("import", target("blocks"), "--storage.retention=2h")).isEqualTo(1);
    assertThat(err())
        .contains("older than the retention")
        .contains("Nothing was taken. Set --storage.retention=1d");
    assertThat(run("import", folder.toString())).isEqualTo(1);
    assertThat(err()).contains("no block, expected folders named by ULIDs");
    assertThat(run("import", target("nowhere"))).isEqualTo(1);
    assertThat(err()).contains("nowhere: not found");
  }

  @Test
  void verify_ofADamagedBlock_isOne() throws IOException {
    Path block;
    try (var files = Files.list(folder.resolve("data/tsdb/blocks"))) {
      block = files.sorted().toList().getFirst();
    }
    byte[] bytes = Files.readAllBytes(block);
    bytes[40] ^= 1;
    Files.write(block, bytes);
    assertThat(run("verify")).isEqualTo(1);
    assertThat(err()).contains(block + ": damaged at offset 28");
    assertThat(out()).contains("1 are damaged");
    assertThat(run("export", target("blocks"))).isEqualTo(1);
    assertThat(err()).contains(block + ": damaged at offset 28");
    assertThat(folder.resolve("blocks")).isEmptyDirectory();
  }

  @Test
  void commandLine_thatCantBe_isRefused() {
    for (String[] words :
        new String[][] {
          {},
          {"exprot", "x"},
          {"export"},
          {"verify", "x"},
          {"export", "x", "--from=tomorrow"},
          {"export", "x", "--from=now", "--to=now-1h"},
          {"export", "x", "--match={"},
          {"stats", "--limit=0"}
        }) {
      assertThatThrownBy(() -> run(words))
          .as(List.of(words).toString())
          .isInstanceOf(UsageException.class);
    }
  }

  @Test
  void progress_onATerminal_isOneLine_elsewhereALineEveryFewSeconds() {
    long[] now = {0};
    var terminal = new ProgressLine(new PrintStream(err, true, UTF_8), true, () -> now[0]);
    var pipe = new ProgressLine(new PrintStream(out, true, UTF_8), false, () -> now[0]);
    for (int second = 0; second < 12; second++) {
      now[0] = Duration.ofSeconds(second).toNanos();
      terminal.at("working", second, 12);
      pipe.at("working", second, 12);
    }
    terminal.close();
    pipe.close();
    assertThat(out()).isEqualTo("working: 5 of 12, 41 %\nworking: 10 of 12, 83 %\n");
    assertThat(err())
        .doesNotContain("\n")
        .contains("\r\u001b[Kworking: 11 of 12, 91 %")
        .endsWith("\r\u001b[K");
  }
}
