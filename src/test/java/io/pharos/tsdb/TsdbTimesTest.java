package io.pharos.tsdb;

import static io.pharos.tsdb.TestStore.HOUR;
import static io.pharos.tsdb.TestStore.T0;
import static io.pharos.tsdb.TestStore.WINDOW;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pharos.model.Labels;
import io.pharos.storage.AppendOutcome;
import io.pharos.storage.Appender;
import io.pharos.tsdb.prometheus.PrometheusBlock;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Series of targets with common times, written to blocks and read back.
class TsdbTimesTest {
  private static final int TARGETS = 3;
  private static final int SERIES = 20;
  private static final long INTERVAL = 15_000;
  private static final StoredData.Progress SILENT = (_, _, _) -> {};

  private final Random random = new Random(5);

  @TempDir Path folder;

  private static Labels labels(int target, int series) {
    return Labels.of("__name__", "m" + series, "instance", "i" + target);
  }

  /* Each target has its own offset, and one scrape in a hundred is late. */
  private void fill(TestStore store, long from, long to) {
    for (long time = from; time < to; time += INTERVAL) {
      for (int target = 0; target < TARGETS; target++) {
        long stamp =
            time + 4000L * target + (random.nextInt(100) == 0 ? 10 + random.nextInt(90) : 0);
        store.now(stamp);
        try (Appender appender = store.tsdb().appender()) {
          for (int i = 0; i < SERIES; i++) {
            appender.append(labels(target, i), stamp, i < 3 ? i : random.nextInt(100 * i));
          }
          appender.commit();
        }
      }
    }
  }

  private static List<Path> blocks(TestStore store) throws Exception {
    return store.files(store.blocks()).stream().map(store.blocks()::resolve).sorted().toList();
  }

  private static String version(Path block) throws Exception {
    return new String(Files.readAllBytes(block), 0, 8, US_ASCII);
  }

  private static Map<Labels, Map<Long, Object>> all(TestStore store) {
    return store.dump(Long.MIN_VALUE, Long.MAX_VALUE);
  }

  @Test
  void compactTick_seriesOfTargets_shareTheirTimes() throws Exception {
    try (var store = new TestStore(folder)) {
      store.tsdb().outOfOrderWindow(Duration.ofHours(24));
      fill(store, T0, T0 + 2 * WINDOW + HOUR);
      store.now(T0 + 2 * WINDOW + HOUR);
      var before = all(store);
      assertThat(store.tick().blocksWritten()).isEqualTo(2);
      assertThat(all(store)).isEqualTo(before);
      for (Path block : blocks(store)) {
        assertThat(version(block)).isEqualTo("PHARBLK4");
      }
      store.reopen();
      assertThat(all(store)).isEqualTo(before);
      for (long from = T0; from < T0 + WINDOW; from += 1_234_567) {
        assertThat(store.dump(from, from + 300_000).values())
            .allMatch(samples -> samples.size() > 18);
      }

      /* The block is rewritten with the late samples. */
      store.tsdb().outOfOrderWindow(Duration.ofHours(24));
      assertThat(store.append(labels(0, 7), T0 + 7, 1)).isEqualTo(AppendOutcome.APPENDED);
      fill(store, T0 + 2 * WINDOW + HOUR, T0 + 3 * WINDOW + HOUR);
      store.now(T0 + 3 * WINDOW + HOUR);
      before = all(store);
      store.tick();
      assertThat(all(store)).isEqualTo(before);
      assertThat(blocks(store)).hasSize(3);
      assertThat(version(blocks(store).getFirst())).isEqualTo("PHARBLK4");
      assertThat(StoredData.open(folder).check(SILENT).damages()).isEmpty();
    }
  }

  @Test
  void export_imported_givesTheSameSamples() throws Exception {
    Path from = folder.resolve("from");
    Path to = folder.resolve("to");
    Path exported = folder.resolve("exported");
    try (var store = new TestStore(from)) {
      fill(store, T0, T0 + WINDOW + HOUR);
      store.now(T0 + WINDOW + HOUR);
      store.tick();
      new PrometheusExport(
              StoredData.open(from),
              List.of(),
              Long.MIN_VALUE,
              Long.MAX_VALUE,
              T0,
              random,
              SILENT,
              (_, _, _) -> {})
          .run(exported);
      PrometheusImport.run(
          PrometheusBlock.folders(exported),
          to,
          Long.MIN_VALUE,
          Long.MAX_VALUE,
          Duration.ofDays(15),
          Instant.ofEpochMilli(store.now() + 4 * HOUR),
          SILENT,
          Map.of());
      try (var other = new TestStore(to)) {
        assertThat(all(other)).isEqualTo(all(store));
        assertThat(version(blocks(other).getFirst())).isEqualTo("PHARBLK4");
      }
    }
  }

  @Test
  void read_damagedTimeColumn_failsWithItsOffset() throws Exception {
    Path block;
    try (var store = new TestStore(folder)) {
      fill(store, T0, T0 + WINDOW + HOUR);
      store.now(T0 + WINDOW + HOUR);
      store.tick();
      block = blocks(store).getFirst();
      byte[] bytes = Files.readAllBytes(block);
      bytes[28 + 8 + random.nextInt(12)] ^= (byte) (1 << random.nextInt(8));
      Files.write(block, bytes);
      store.reopen();
      assertThatThrownBy(() -> all(store))
          .isInstanceOf(UncheckedIOException.class)
          .hasMessageContaining(
              block + ": damaged at offset 28: the checksum of a time column does not match");
    }
    assertThat(StoredData.open(folder).check(SILENT).damages())
        .as("told once, whatever the number of chunks that share it")
        .containsExactly(
            block + ": damaged at offset 28: the checksum of a time column does not match");
  }
}
