package io.pharos.tsdb;

import static io.pharos.tsdb.TestStore.HOUR;
import static io.pharos.tsdb.TestStore.T0;
import static io.pharos.tsdb.TestStore.WINDOW;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pharos.bytes.CorruptDataException;
import io.pharos.model.LabelMatcher;
import io.pharos.model.Labels;
import io.pharos.model.StaleMarker;
import io.pharos.model.histogram.Histogram;
import io.pharos.storage.AppendOutcome;
import io.pharos.storage.TestHistograms;
import io.pharos.tsdb.prometheus.PrometheusBlock;
import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Exports a store's samples to Prometheus blocks and imports them into another store.
class PrometheusBlocksTest {
  private static final StoredData.Progress SILENT = (_, _, _) -> {};
  private static final Duration RETENTION = Duration.ofDays(15);
  private static final Labels UP = Labels.of("__name__", "up", "job", "a");

  private final Random random = new Random(7);

  @TempDir Path folder;

  private Path export(Path store, String name, long from, long to, LabelMatcher... matchers)
      throws IOException {
    Path target = folder.resolve(name);
    new PrometheusExport(
            StoredData.open(store),
            List.of(matchers),
            from,
            to,
            T0,
            random,
            SILENT,
            (_, _, _) -> {})
        .run(target);
    return target;
  }

  private Path export(Path store, String name) throws IOException {
    return export(store, name, Long.MIN_VALUE, Long.MAX_VALUE);
  }

  private static PrometheusImport.Report take(Path blocks, Path store, long now)
      throws IOException {
    return PrometheusImport.run(
        PrometheusBlock.folders(blocks),
        store,
        Long.MIN_VALUE,
        Long.MAX_VALUE,
        RETENTION,
        Instant.ofEpochMilli(now),
        SILENT,
        Map.of());
  }

  /* Nine hours of some series; the first hours are in blocks. */
  private long fill(TestStore store) {
    var histograms = new HashMap<Integer, Histogram>();
    long time = T0;
    while (time < T0 + 9 * HOUR) {
      time += 1 + random.nextInt(240_000);
      store.now(time);
      for (int i = 0; i < 6; i++) {
        Labels labels = Labels.of("__name__", "m" + i, "instance", "\uD83D\uDE00\uFF5E" + i);
        if (i < 3) {
          double value =
              switch (random.nextInt(6)) {
                case 0 -> StaleMarker.VALUE;
                case 1 -> Double.NEGATIVE_INFINITY;
                case 2 -> -0.0;
                default -> random.nextInt(1000);
              };
          store.append(labels, time, value);
        } else if (random.nextInt(20) == 0) {
          store.append(labels, time, StaleMarker.VALUE);
        } else {
          Histogram histogram =
              histograms.compute(
                  i,
                  (_, before) ->
                      before == null || random.nextInt(9) == 0
                          ? TestHistograms.random(random)
                          : TestHistograms.grown(before, random));
          store.append(labels, time, histogram);
        }
      }
      if (random.nextInt(30) == 0) {
        store.tick();
      }
    }
    return time;
  }

  private static Map<Labels, Map<Long, Object>> all(TestStore store) {
    return store.dump(Long.MIN_VALUE, Long.MAX_VALUE);
  }

  @Test
  void exportOfAStoreThatIsOpen_imported_givesTheSameSamples() throws IOException {
    Path from = folder.resolve("from");
    Path to = folder.resolve("to");
    try (var store = new TestStore(from)) {
      long now = fill(store);
      assertThat(store.files(store.blocks())).hasSizeGreaterThan(2);
      Path exported = export(from, "exported");
      var report = take(exported, to, now + 4 * HOUR);
      assertThat(report.late()).isZero();
      try (var other = new TestStore(to)) {
        assertThat(all(other)).isEqualTo(all(store));
        assertThat(StoredData.open(to).check(SILENT).damages()).isEmpty();
      }
    }
  }

  @Test
  void importedAgain_changesNothing() throws IOException {
    Path from = folder.resolve("from");
    Path to = folder.resolve("to");
    try (var store = new TestStore(from)) {
      long now = fill(store) + 4 * HOUR;
      Path exported = export(from, "exported");
      take(exported, to, now);
      var report = take(exported, to, now);
      assertThat(report.duplicates()).isEqualTo(report.read());
      try (var other = new TestStore(to)) {
        assertThat(all(other)).isEqualTo(all(store));
      }
    }
  }

  @Test
  void export_ofATimeAndASelector_hasNothingElse() throws IOException {
    Path from = folder.resolve("from");
    try (var store = new TestStore(from)) {
      long now = fill(store);
      LabelMatcher m1 = LabelMatcher.equal("__name__", "m1");
      Path exported = export(from, "exported", T0 + HOUR, T0 + 5 * HOUR, m1);
      Path to = folder.resolve("to");
      take(exported, to, now + 4 * HOUR);
      try (var other = new TestStore(to)) {
        assertThat(all(other)).isEqualTo(store.dump(T0 + HOUR, T0 + 5 * HOUR, m1));
      }
      assertThatThrownBy(() -> export(from, "exported"))
          .isInstanceOf(DirectoryNotEmptyException.class);
    }
  }

  /* At the same time of a series, the store's own sample wins; the window in its log becomes a
   * block. */
  @Test
  void importIntoAStoreWithSamplesOfItsOwn_mergesThem() throws IOException {
    Path from = folder.resolve("from");
    Path to = folder.resolve("to");
    try (var store = new TestStore(from);
        var other = new TestStore(to)) {
      for (long time = T0; time < T0 + 3 * WINDOW; time += 60_000) {
        store.now(time);
        other.now(time);
        store.append(UP, time, time / 60_000 % 7);
        if (time >= T0 + WINDOW / 2 && time % 120_000 == 0) {
          other.append(UP, time, -1);
        }
      }
      other.now(T0 + 2 * WINDOW);
      other.tick();
      assertThat(other.files(other.blocks())).hasSize(1);
    }
    Path exported = export(from, "exported");
    var report = take(exported, to, T0 + 3 * WINDOW + 2 * HOUR);
    assertThat(report.late()).isZero();
    assertThat(report.blocks()).isEqualTo(3);
    var expected = new TreeMap<Long, Object>();
    for (long time = T0; time < T0 + 3 * WINDOW; time += 60_000) {
      boolean own = time >= T0 + WINDOW / 2 && time % 120_000 == 0;
      expected.put(time, Double.doubleToRawLongBits(own ? -1 : time / 60_000 % 7));
    }
    try (var other = new TestStore(to)) {
      assertThat(all(other)).isEqualTo(Map.of(UP, expected));
    }
  }

  /* Like the overlapping blocks that Prometheus writes for out-of-order samples. */
  @Test
  void import_ofOverlappingBlocks_takesEachTimeOnce() throws IOException {
    var expected = new TreeMap<Long, Object>();
    for (int part = 0; part < 3; part++) {
      Path from = folder.resolve("from" + part);
      try (var store = new TestStore(from)) {
        for (long time = T0 + part * 20_000L; time < T0 + 2 * WINDOW; time += 40_000) {
          store.now(time);
          store.append(UP, time, part);
          if (part < 2) {
            expected.put(time, Double.doubleToRawLongBits(part));
          }
        }
      }
      for (Path block : PrometheusBlock.folders(export(from, "exported" + part))) {
        /* The names decide which of two samples at the same time wins: 0 and 2 have the same
         * times. */
        String name = "0" + part + block.getFileName().toString().substring(2);
        Path all = Files.createDirectories(folder.resolve("all"));
        Files.move(block, all.resolve(name));
      }
    }
    Path to = folder.resolve("to");
    var report = take(folder.resolve("all"), to, T0 + 20 * HOUR);
    assertThat(report.duplicates()).isEqualTo(2 * WINDOW / 40_000 - 1);
    try (var store = new TestStore(to)) {
      /* The third part starts one step later than the first. */
      assertThat(all(store)).isEqualTo(Map.of(UP, expected));
    }
  }

  @Test
  void import_ofTheLastHours_keepsAcceptingSamples() throws IOException {
    Path from = folder.resolve("from");
    Path to = folder.resolve("to");
    long now = T0 + 2 * WINDOW + HOUR / 2;
    try (var store = new TestStore(from)) {
      for (long time = T0; time < now; time += 60_000) {
        store.now(time);
        store.append(UP, time, 1);
      }
    }
    var report = take(export(from, "exported"), to, now);
    assertThat(report.blocks()).isEqualTo(1);
    assertThat(report.logged()).isEqualTo(150);
    try (var other = new TestStore(to)) {
      other.now(now);
      assertThat(other.append(UP, now, 2)).isEqualTo(AppendOutcome.APPENDED);
      assertThat(other.samples(UP, T0, now)).hasSize(271);
    }
    /* The first hours again: they are out of order where the store has later samples. */
    var again = take(export(from, "again"), folder.resolve("third"), now);
    assertThat(again.late()).isZero();
    Path third = folder.resolve("third");
    try (var other = new TestStore(folder.resolve("fourth"))) {
      other.now(now);
      other.append(UP, now - 1, 5);
    }
    var late = take(export(third, "third-exported"), folder.resolve("fourth"), now);
    assertThat(late.late()).isZero();
    assertThat(late.logged()).isEqualTo(150);
    try (var other = new TestStore(folder.resolve("fourth"))) {
      assertThat(other.samples(UP, T0 + WINDOW, now)).hasSize(151);
      assertThat(other.samples(UP, T0, now)).hasSize(271);
    }
  }

  @Test
  void importOfADamagedBlock_changesNothing() throws IOException {
    Path from = folder.resolve("from");
    Path to = folder.resolve("to");
    try (var store = new TestStore(from)) {
      fill(store);
    }
    Path exported = export(from, "exported");
    try (var store = new TestStore(to)) {
      store.append(UP, T0, 1);
    }
    List<Path> blocks = PrometheusBlock.folders(exported);
    Path file = blocks.getLast().resolve("chunks/000001");
    byte[] bytes = Files.readAllBytes(file);
    bytes[bytes.length / 2] ^= 1;
    Files.write(file, bytes);
    assertThatThrownBy(() -> take(exported, to, T0 + 20 * HOUR))
        .isInstanceOf(CorruptDataException.class)
        .hasMessageMatching(".*chunks/000001: damaged at offset [0-9]+: .*");
    assertThat(to.resolve("import")).doesNotExist();
    try (var store = new TestStore(to)) {
      assertThat(store.files(store.blocks())).isEmpty();
      assertThat(all(store).keySet()).containsExactly(UP);
    }
  }

  @Test
  void import_beyondTheRetention_isRefused() throws IOException {
    Path from = folder.resolve("from");
    Path to = folder.resolve("to");
    try (var store = new TestStore(from)) {
      store.append(UP, T0, 1);
    }
    Path exported = export(from, "exported");
    long now = T0 + RETENTION.toMillis() + WINDOW;
    assertThatThrownBy(() -> take(exported, to, now))
        .isInstanceOf(PrometheusImport.RetentionException.class)
        .hasMessageContaining("the oldest sample, of " + Instant.ofEpochMilli(T0));
    assertThat(take(exported, to, now - 1).read()).isEqualTo(1);
  }

  @Test
  void importIntoAStoreThatIsOpen_isRefused() throws IOException {
    Path from = folder.resolve("from");
    try (var store = new TestStore(from)) {
      store.append(UP, T0, 1);
      Path exported = export(from, "exported");
      assertThatThrownBy(() -> take(exported, from, T0)).isInstanceOf(Tsdb.InUseException.class);
    }
  }

  @Test
  void open_afterAnInterruptedImport_deletesItsFiles() throws IOException {
    Path from = folder.resolve("from");
    Path left = Files.createDirectories(from.resolve("import")).resolve("0.spill");
    Files.writeString(left, "a beginning");
    try (var store = new TestStore(from)) {
      store.append(UP, T0, 1);
      assertThat(from.resolve("import")).doesNotExist();
    }
  }

  @Test
  void open_withoutAStore_namesTheMissingFolder() {
    assertThatThrownBy(() -> StoredData.open(folder.resolve("nothing")))
        .isInstanceOf(NoSuchFileException.class)
        .hasMessageContaining("the folder 'blocks' is missing");
  }

  @Test
  void check_ofDamagedFiles_namesEach() throws IOException {
    Path from = folder.resolve("from");
    Path block;
    try (var store = new TestStore(from)) {
      fill(store);
      block = store.blocks().resolve(store.files(store.blocks()).getFirst());
    }
    StoredData.CheckReport whole = StoredData.open(from).check(SILENT);
    assertThat(whole.damages()).isEmpty();
    byte[] bytes = Files.readAllBytes(block);
    bytes[100] ^= 1;
    Files.write(block, bytes);
    Path segment;
    try (var files = Files.list(from.resolve("wal"))) {
      segment = files.sorted().toList().getFirst();
    }
    byte[] log = Files.readAllBytes(segment);
    log[log.length / 2] ^= 1;
    Files.write(segment, log);
    assertThat(StoredData.open(from).check(SILENT).damages())
        .anyMatch(line -> line.startsWith(block + ": damaged at offset 28"))
        .anyMatch(line -> line.startsWith(segment + ": damaged at offset "))
        .hasSize(2);
  }

  @Test
  void stats_countEachSeriesOnce() throws IOException {
    Path from = folder.resolve("from");
    try (var store = new TestStore(from)) {
      fill(store);
      store.append(UP, T0 + 9 * HOUR, 1);
      StoreStats stats = StoreStats.of(StoredData.open(from), SILENT);
      assertThat(stats.series()).isEqualTo(7);
      assertThat(stats.labelNames(2))
          .containsExactly(
              new StoreStats.Count("__name__", 7), new StoreStats.Count("instance", 6));
      assertThat(stats.labelPairs(1)).hasSize(1);
      assertThat(stats.metricNames(9)).hasSize(7).contains(new StoreStats.Count("up", 1));
      long samples = all(store).values().stream().mapToLong(Map::size).sum();
      assertThat(stats.parts().stream().mapToLong(StoreStats.Part::samples).sum())
          .isEqualTo(samples);
    }
  }
}
