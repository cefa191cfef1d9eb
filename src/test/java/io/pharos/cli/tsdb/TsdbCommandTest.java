package io.pharos.cli.tsdb;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.cli.command.ProgressLine;
import io.pharos.cli.command.UsageException;
import io.pharos.model.LabelMatcher;
import io.pharos.model.Labels;
import io.pharos.storage.AppendOutcome;
import io.pharos.storage.Appender;
import io.pharos.storage.Exemplar;
import io.pharos.storage.Exemplars;
import io.pharos.storage.SampleWindow;
import io.pharos.storage.SeriesSet;
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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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
    assertThat(out()).contains("imported 720 samples of 4 blocks, 0 of them were stored already");
    assertThat(run("import", target("blocks"), other)).isZero();
    assertThat(out()).contains("720 of them were stored already");
    assertThat(run("verify", other)).isZero();
    assertThat(out()).contains("no damage");
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
    assertThat(err()).contains("no samples match, so no block was written");
    assertThat(run("export", target("blocks"))).isEqualTo(1);
    assertThat(err()).contains("contains blocks, expected an empty or a new folder");
  }

  @Test
  void import_ofTheLastHoursOfSeriesThatAreKnown_takesThemOutOfOrder() throws IOException {
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
    assertThat(run("import", target("blocks"), "--storage.path=" + target("other"))).isZero();
    assertThat(out()).contains("imported 180 samples of 2 blocks, 0 of them were stored already");
    try (Tsdb store = open("other")) {
      SeriesSet set = store.select(List.of(), 0, Long.MAX_VALUE);
      var window = new SampleWindow();
      set.read(0, 0, Long.MAX_VALUE, window);
      assertThat(window.size()).isEqualTo(91);
    }
  }

  private Tsdb open(String name) throws IOException {
    return Tsdb.open(
        folder.resolve(name + "/tsdb"),
        TsdbOptions.defaults().with(draft -> draft.keepStarts = true),
        () -> NOW,
        new SimpleMeterRegistry());
  }

  /* In a window with a block and in one without. */
  @Test
  void exemplarsAndStarts_goBesideTheBlocks_andComeBack() throws IOException {
    Labels series = Labels.of("__name__", "h_bucket", "le", "0.5", "ü", "\"\n");
    long first = NOW.minusSeconds(3_000).toEpochMilli();
    var one = new Exemplar(Labels.of("trace_id", "ü<&\u2028"), 0.25, first + 1, true);
    var two = new Exemplar(Labels.empty(), Double.NaN, first + 60_002, false);
    var three =
        new Exemplar(Labels.of("trace_id", "c"), Double.POSITIVE_INFINITY, first + 60_003, true);
    try (Tsdb store = open("data");
        Appender appender = store.appender()) {
      for (int i = 0; i < 40; i++) {
        long created = i < 10 ? first - 5_000 : i < 20 ? 0 : first + 20 * 60_000 - 1;
        assertThat(appender.append(series, first + i * 60_000, i, created))
            .isEqualTo(AppendOutcome.APPENDED);
      }
      appender.append(series, one);
      appender.append(series, two);
      appender.append(series, three);
      appender.commit();
    }
    assertThat(run("export", target("blocks"))).isZero();
    assertThat(out())
        .contains("exemplars.jsonl: 3 exemplars. Prometheus' blocks can't contain exemplars")
        .contains("starts.jsonl: start timestamps of 2 series in windows of two hours");
    assertThat(Files.readString(folder.resolve("blocks/exemplars.jsonl")))
        .startsWith("{\"seriesLabels\":{\"__name__\":\"h_bucket\",\"le\":\"0.5\",")
        .contains("\"value\":\"NaN\"")
        .contains("\"timestamp\":" + first / 1_000 + ".001}");

    for (int round = 0; round < 2; round++) {
      assertThat(run("import", target("blocks"), "--storage.path=" + target("other"))).isZero();
      assertThat(out())
          .contains(round == 0 ? "imported 3 of 3 exemplars" : "imported 0 of 3 exemplars");
      try (Tsdb store = open("other")) {
        assertThat(store.exemplars().select(List.of(List.of()), 0, Long.MAX_VALUE))
            .extracting(Exemplars.OfSeries::labels, it -> it.exemplars().toString())
            .containsExactly(tuple(series, List.of(one, timed(two), three).toString()));
        SeriesSet set =
            store.select(
                List.of(LabelMatcher.of(LabelMatcher.Type.EQUAL, "le", "0.5")), 0, Long.MAX_VALUE);
        var window = new SampleWindow();
        set.read(0, 0, Long.MAX_VALUE, window);
        assertThat(window.size()).isEqualTo(40);
        assertThat(window.start(9)).isEqualTo(first - 5_000);
        assertThat(window.start(10)).isZero();
        assertThat(window.start(20)).isEqualTo(first + 20 * 60_000 - 1);
        assertThat(window.start(39)).isEqualTo(first + 20 * 60_000 - 1);
      }
    }
    assertThat(run("export", target("none"), "--match=up")).isZero();
    assertThat(out()).doesNotContain("jsonl");
    assertThat(folder.resolve("none/exemplars.jsonl")).doesNotExist();
    assertThat(folder.resolve("none/starts.jsonl")).doesNotExist();
  }

  private static Exemplar timed(Exemplar one) {
    return new Exemplar(one.labels(), one.value(), one.timestampMillis(), true);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "exemplars.jsonl | {} | object 1: expected labels, found nothing",
        "exemplars.jsonl | {\"seriesLabels\":{\"a\":1},\"exemplars\":[]} | expected a string, found 1",
        "exemplars.jsonl | {\"seriesLabels\":{},\"exemplars\":[{\"labels\":{},\"value\":\"x\"}]} | a number as a string, found",
        "exemplars.jsonl | {\"seriesLabels\":{},\"exemplars\":[{\"labels\":{},\"value\":\"1\",\"timestamp\":1e99}]} | object 1",
        "starts.jsonl | {\"seriesLabels\":{},\"starts\":[[1]],\"until\":2} | expected Unix milliseconds, found nothing",
        "starts.jsonl | {\"seriesLabels\" | object 1: Unexpected end-of-input",
      })
  void import_withADamagedFileBeside_takesNothing(String file, String text, String message)
      throws IOException {
    assertThat(run("export", target("blocks"))).isZero();
    Files.writeString(folder.resolve("blocks").resolve(file), text);
    assertThat(run("import", target("blocks"), "--storage.path=" + target("other"))).isEqualTo(1);
    assertThat(err()).contains(file).contains(message);
    assertThat(folder.resolve("other")).doesNotExist();
  }

  @Test
  void import_ofWhatIsTooOldOrNothing_isRefused() {
    assertThat(run("export", target("blocks"))).isZero();
    assertThat(run("import", target("blocks"), "--storage.retention=2h")).isEqualTo(1);
    assertThat(err())
        .contains("older than the retention")
        .contains("Nothing was imported. Set --storage.retention=1d");
    assertThat(run("import", folder.toString())).isEqualTo(1);
    assertThat(err()).contains("contains no block, expected folders named by ULIDs");
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
    assertThat(out()).contains("1 damaged");
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
    var terminal =
        new ProgressLine(new PrintStream(err, true, UTF_8), true, 5_000_000_000L, () -> now[0]);
    var pipe =
        new ProgressLine(new PrintStream(out, true, UTF_8), false, 5_000_000_000L, () -> now[0]);
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
