package io.pharos.tsdb;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.Fuzzing;
import io.pharos.Nightly;
import io.pharos.bytes.BrokenFrames;
import io.pharos.bytes.CorruptDataException;
import io.pharos.model.LabelMatcher;
import io.pharos.model.Labels;
import io.pharos.model.histogram.Histogram;
import io.pharos.storage.Appender;
import io.pharos.storage.SampleWindow;
import io.pharos.storage.TestHistograms;
import io.pharos.tsdb.chunk.Chunk;
import io.pharos.tsdb.chunk.ChunkAppender;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Damages the store's files: it must always open, answer or report the damage, and accept samples.
@Tag("slow")
@Timeout(value = 30, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class StoreFuzzTest {
  private static final int ROUNDS = Nightly.rounds(200, 20_000);
  private static final int SEGMENT_HEADER = 16;
  private static final int BLOCK_HEADER = 28;
  private static final Labels NEXT = Labels.of("__name__", "next");
  private static final Logger LOG = Logger.getLogger("io.pharos.tsdb");

  @TempDir Path folder;

  /* Hundreds of damaged files would fill the test log. */
  @BeforeAll
  static void silence() {
    LOG.setLevel(Level.OFF);
  }

  @AfterAll
  static void speak() {
    LOG.setLevel(null);
  }

  /// Files by their names below the folder: two blocks and the log of later samples.
  private Map<String, byte[]> written() throws IOException {
    Path made = folder.resolve("made");
    var random = new Random(3);
    try (var store = new TestStore(made)) {
      Histogram histogram = TestHistograms.random(random);
      for (int i = 0; i < 60; i++) {
        long time = TestStore.T0 + i * TestStore.HOUR / 10;
        store.now(time);
        histogram = TestHistograms.grown(histogram, random);
        try (Appender appender = store.tsdb().appender()) {
          for (int series = 0; series < 5; series++) {
            appender.append(Labels.of("__name__", "up", "i", "ü" + series), time, i * 0.5 + series);
          }
          appender.append(Labels.of("__name__", "h"), time, histogram);
          appender.commit();
        }
        store.tick();
      }
    }
    var files = new TreeMap<String, byte[]>();
    try (Stream<Path> all = Files.walk(made)) {
      for (Path file : all.filter(Files::isRegularFile).toList()) {
        files.put(made.relativize(file).toString(), Files.readAllBytes(file));
      }
    }
    return files;
  }

  @Test
  void damagedFile_theStoreOpensAnswersAndTakesSamples() throws IOException {
    Map<String, byte[]> whole = written();
    List<String> names =
        whole.keySet().stream().filter(name -> name.matches("(wal|blocks)/.*")).toList();
    assertThat(names)
        .anyMatch(name -> name.startsWith("wal/"))
        .anyMatch(name -> name.startsWith("blocks/"));
    var random = Fuzzing.random(22);
    var round = new int[1];
    Fuzzing.fuzz(
        ROUNDS,
        () -> {
          var files = new TreeMap<>(whole);
          String name = names.get(random.nextInt(names.size()));
          byte[] bytes = whole.get(name);
          files.put(
              name,
              name.startsWith("wal/")
                  ? BrokenFrames.next(random, bytes, SEGMENT_HEADER)
                  : Fuzzing.broken(random, bytes, random.nextBoolean() ? 0 : BLOCK_HEADER));
          return files;
        },
        files ->
            files.entrySet().stream()
                .filter(file -> file.getValue() != whole.get(file.getKey()))
                .map(file -> file.getKey() + " " + HexFormat.of().formatHex(file.getValue()))
                .findFirst()
                .orElse("none"),
        files -> open(folder.resolve("run" + round[0]++), files));
  }

  private static void open(Path run, Map<String, byte[]> files) throws IOException {
    for (var file : files.entrySet()) {
      Path to = run.resolve(file.getKey());
      Files.createDirectories(to.getParent());
      Files.write(to, file.getValue());
    }
    long now = TestStore.T0 + 6 * TestStore.HOUR + TestStore.HOUR / 2;
    try (var store = new TestStore(run)) {
      store.now(now);
      try {
        readAll(store.tsdb());
      } catch (UncheckedIOException e) {
        assertThat(e.getMessage()).contains("damaged");
      }
      store.append(NEXT, now, 1);
      store.tick();
      assertThat(store.tsdb().labelNames(List.of(LabelMatcher.equal("__name__", "next")), 0, now))
          .contains("__name__");
    }
    try (Stream<Path> all = Files.walk(run)) {
      all.sorted((a, b) -> b.compareTo(a)).forEach(path -> path.toFile().delete());
    }
  }

  private static void readAll(Tsdb tsdb) {
    var found =
        tsdb.select(
            List.of(LabelMatcher.of(LabelMatcher.Type.NOT_EQUAL, "__name__", "")),
            0,
            Long.MAX_VALUE);
    var window = new SampleWindow();
    for (int i = 0; i < found.size(); i++) {
      found.read(i, 0, Long.MAX_VALUE, window);
    }
  }

  @Test
  void damagedChunk_isReadOrRefused() {
    var random = Fuzzing.random(23);
    Histogram histogram = TestHistograms.random(random);
    var histograms = new ChunkAppender.Histograms(TestStore.T0, histogram);
    var floats = new ChunkAppender.Floats(TestStore.T0, 0.25);
    var thirds = new ChunkAppender.Floats(TestStore.T0, 0);
    for (int i = 1; i < 100; i++) {
      histogram = TestHistograms.grown(histogram, random);
      histograms.append(TestStore.T0 + i * 15_000L, histogram);
      floats.append(TestStore.T0 + i * 15_000L + random.nextInt(9), random.nextInt(100) / 4.0);
      thirds.append(TestStore.T0 + i * 15_000L, random.nextInt(100) / 3.0);
    }
    List<Chunk> chunks = List.of(histograms.seal(), floats.seal(), thirds.seal());
    assertThat(chunks).extracting(Chunk::encoding).containsOnlyOnce(Chunk.Encoding.values());
    Fuzzing.fuzz(
        ROUNDS * 5,
        () -> {
          Chunk chunk = chunks.get(random.nextInt(3));
          return Chunk.of(
              chunk.encoding(),
              chunk.minTime(),
              chunk.maxTime(),
              1 + random.nextInt(1 << random.nextInt(9)),
              Fuzzing.broken(random, chunk.data(), 0));
        },
        chunk ->
            chunk.encoding() + " " + chunk.count() + " " + HexFormat.of().formatHex(chunk.data()),
        chunk -> {
          try {
            chunk.read(Long.MIN_VALUE, Long.MAX_VALUE, new SampleWindow());
          } catch (CorruptDataException e) {
            assertThat(e.getMessage()).isNotBlank();
          }
        });
  }
}
