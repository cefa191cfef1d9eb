package io.pharos.tsdb.prometheus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pharos.bytes.ByteSink;
import io.pharos.bytes.CorruptDataException;
import io.pharos.bytes.HistogramLayout;
import io.pharos.model.Labels;
import io.pharos.model.StaleMarker;
import io.pharos.model.histogram.Histogram;
import io.pharos.model.histogram.ResetHint;
import io.pharos.storage.SampleWindow;
import io.pharos.storage.TestHistograms;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PrometheusBlockTest {
  private static final long T0 = 1_700_000_000_000L;
  private static final double[] SPECIAL = {
    StaleMarker.VALUE,
    Double.NaN,
    Double.longBitsToDouble(0x7ff8_0000_dead_beefL),
    Double.POSITIVE_INFINITY,
    Double.NEGATIVE_INFINITY,
    -0.0,
    0,
    Double.MIN_VALUE,
    -Double.MAX_VALUE,
  };

  private final Random names = new Random(1);

  @TempDir Path folder;

  private static double value(Random random, double before) {
    return switch (random.nextInt(8)) {
      case 0 -> SPECIAL[random.nextInt(SPECIAL.length)];
      case 1 -> Double.longBitsToDouble(random.nextLong());
      case 2 -> random.nextGaussian();
      case 3, 4 -> before;
      default -> Math.rint(before) + random.nextInt(100);
    };
  }

  private static SampleWindow series(Random random) {
    var window = new SampleWindow();
    int count = 1 + random.nextInt(random.nextInt(10) == 0 ? 500 : 40);
    long time = random.nextInt(4) == 0 ? -T0 : T0;
    boolean isHistogram = random.nextInt(3) == 0;
    Histogram histogram = TestHistograms.random(random);
    double value = 0;
    for (int i = 0; i < count; i++) {
      time += random.nextInt(3) == 0 ? 1 + random.nextLong(1L << random.nextInt(1, 40)) : 15_000;
      if (random.nextInt(30) == 0) {
        isHistogram = !isHistogram;
      }
      if (isHistogram) {
        histogram =
            random.nextInt(6) == 0
                ? TestHistograms.random(random)
                : TestHistograms.grown(histogram, random);
        window.add(time, histogram);
      } else {
        value = value(random, value);
        window.add(time, value);
      }
    }
    return window;
  }

  private static Map<Labels, SampleWindow> block(Random random, int count) {
    var block = new TreeMap<Labels, SampleWindow>(PrometheusBlockWriter.ORDER);
    for (int i = 0; i < count; i++) {
      String value = random.nextInt(5) == 0 ? "\uD83D\uDE00" + i : "\uFF5E" + i;
      Labels labels = Labels.of("__name__", "m" + i % 3, "instance", value);
      block.put(random.nextBoolean() ? labels : labels.with("\uD83D\uDE00", "x"), series(random));
    }
    return block;
  }

  private Path write(Map<Labels, SampleWindow> block) throws IOException {
    Set<String> strings = new HashSet<>();
    block
        .keySet()
        .forEach(
            labels ->
                labels.forEach(
                    (name, value) -> {
                      strings.add(name);
                      strings.add(value);
                    }));
    long min = Long.MAX_VALUE;
    long max = Long.MIN_VALUE;
    try (var writer = PrometheusBlockWriter.begin(folder, T0, names, strings)) {
      for (var series : block.entrySet()) {
        SampleWindow window = series.getValue();
        writer.series(series.getKey(), window);
        min = Math.min(min, window.timestamp(0));
        max = Math.max(max, window.timestamp(window.size() - 1));
      }
      BlockMeta meta = writer.finish(min, max + 1);
      PrometheusBlockWriter.publish(folder, meta);
      return folder.resolve(meta.ulid());
    }
  }

  private static Map<Labels, SampleWindow> read(Path path) throws IOException {
    var found = new LinkedHashMap<Labels, SampleWindow>();
    PrometheusBlock block = PrometheusBlock.open(path);
    for (int i = 0; i < block.seriesCount(); i++) {
      block.read(
          i,
          Long.MIN_VALUE,
          Long.MAX_VALUE,
          (ref, part) -> {
            SampleWindow all = found.computeIfAbsent(block.labels(ref), _ -> new SampleWindow());
            for (int s = 0; s < part.size(); s++) {
              all.add(part, s);
            }
          });
    }
    return found;
  }

  /* Of the hints, a chunk keeps only resets and gauges. */
  private static List<String> shown(SampleWindow window) {
    var lines = new ArrayList<String>();
    for (int i = 0; i < window.size(); i++) {
      Histogram histogram = window.histogram(i);
      String sample = Long.toHexString(Double.doubleToRawLongBits(window.value(i)));
      if (histogram != null) {
        ResetHint hint = histogram.hint();
        ResetHint kept = hint == ResetHint.NOT_RESET ? ResetHint.UNKNOWN : hint;
        HistogramLayout layout = HistogramLayout.of(histogram);
        sample =
            kept
                + " "
                + Arrays.toString(HistogramLayout.columns(histogram))
                + layout.schema()
                + " "
                + Double.doubleToRawLongBits(layout.zeroThreshold())
                + layout.positive()
                + layout.negative()
                + Arrays.toString(layout.customValues());
      }
      lines.add(window.timestamp(i) + " " + sample);
    }
    return lines;
  }

  @Test
  void read_writtenBlock_isBitIdentical() throws IOException {
    for (int seed = 0; seed < 25; seed++) {
      Map<Labels, SampleWindow> block = block(new Random(seed), 1 + seed);
      Map<Labels, SampleWindow> found = read(write(block));
      assertThat(found.keySet()).containsExactlyElementsOf(block.keySet());
      block.forEach(
          (labels, window) -> assertThat(shown(found.get(labels))).isEqualTo(shown(window)));
    }
  }

  @Test
  void read_damagedByte_isRefusedWithFileAndOffset() throws IOException {
    var random = new Random(3);
    Path block = write(block(random, 20));
    for (String name : List.of("index", "chunks/000001", "tombstones")) {
      Path file = block.resolve(name);
      byte[] whole = Files.readAllBytes(file);
      int refused = 0;
      for (int round = 0; round < 100; round++) {
        byte[] damaged = whole.clone();
        damaged[random.nextInt(whole.length)] ^= (byte) (1 << random.nextInt(8));
        Files.write(file, damaged);
        try {
          read(block);
        } catch (CorruptDataException e) {
          assertThat(e.getMessage()).startsWith(file + ": damaged at offset ");
          refused++;
        }
      }
      /* Lists of single labels and padding are not read. */
      assertThat(refused).as(name).isGreaterThan(name.equals("index") ? 50 : 95);
      Files.write(file, whole);
    }
    assertThat(read(block)).hasSize(20);
  }

  @Test
  void read_cutFile_isRefused() throws IOException {
    Path block = write(block(new Random(4), 5));
    for (String name : List.of("index", "chunks/000001", "tombstones", "meta.json")) {
      Path file = block.resolve(name);
      byte[] whole = Files.readAllBytes(file);
      for (int length = 0; length < whole.length - 3; length += 1 + whole.length / 50) {
        Files.write(file, Arrays.copyOf(whole, length));
        assertThatThrownBy(() -> read(block))
            .isInstanceOf(CorruptDataException.class)
            .hasMessageStartingWith(file.toString());
      }
      Files.write(file, whole);
    }
  }

  @Test
  void close_withoutFinish_leavesNothing() throws IOException {
    var writer = PrometheusBlockWriter.begin(folder, T0, new Random(1), List.of("a", "b"));
    var window = new SampleWindow();
    window.add(1, 1.0);
    writer.series(Labels.of("a", "b"), window);
    assertThatThrownBy(() -> writer.series(Labels.of("a", "b"), window))
        .hasMessageContaining("expected ascending series");
    writer.close();
    assertThat(folder).isEmptyDirectory();
  }

  /* A chunk of http_request_duration_seconds written by Prometheus 2.53, and its dump by
   * promtool. */
  @Test
  void read_chunkOfIntegerHistogramsOfPrometheus_givesItsValues() throws IOException {
    byte[] chunk =
        HexFormat.of()
            .parseHex(
                Files.readString(Path.of("src/test/resources/tsdb/integer-histograms.hex"))
                    .strip());
    var window = new SampleWindow();
    HistogramChunks.read(chunk, chunk.length, true, window);
    assertThat(window.size()).isEqualTo(170);
    assertThat(window.timestamp(0)).isEqualTo(1_795_723_673_139L);
    assertThat(window.histogram(0))
        .hasToString("{count:1, sum:0.00095232, (0.0008955117609420617,0.0009765625]:1}");
    assertThat(window.timestamp(169)).isEqualTo(1_795_724_011_143L);
    assertThat(window.histogram(169))
        .hasToString(
            "{count:5, sum:0.004996964, (0.0002903337683112112,0.00031661121939721915]:1,"
                + " (0.00034526698300124393,0.00037651631479686053]:1,"
                + " (0.0008955117609420617,0.0009765625]:1,"
                + " (0.0013810679320049757,0.0015060652591874421]:1,"
                + " (0.0017910235218841235,0.001953125]:1}");
  }

  @Test
  void read_tombstones_areLeftOut() throws IOException {
    var window = new SampleWindow();
    for (int i = 0; i < 10; i++) {
      window.add(T0 + i, i);
    }
    Labels a = Labels.of("a", "1");
    Labels b = Labels.of("a", "2");
    Path block = write(new TreeMap<>(Map.of(a, window, b, window)));
    var seen = new ArrayList<Long>();
    PrometheusBlock open = PrometheusBlock.open(block);
    open.read(0, T0, T0, (ref, _) -> seen.add(ref));
    var stones = new ByteSink(64);
    stones.u32(0x0130_ba30);
    stones.u8(1);
    stones.uvarint(seen.getFirst());
    stones.varint(T0 + 2);
    stones.varint(T0 + 5);
    stones.uvarint(seen.getFirst());
    stones.varint(T0 + 9);
    stones.varint(T0 + 99);
    stones.u32(stones.crc(5, stones.size()));
    Files.write(block.resolve("tombstones"), stones.toByteArray());
    Map<Labels, SampleWindow> found = read(block);
    assertThat(found.get(b).size()).isEqualTo(10);
    assertThat(Arrays.copyOf(found.get(a).timestamps(), found.get(a).size()))
        .containsExactly(T0, T0 + 1, T0 + 6, T0 + 7, T0 + 8);
  }

  @Test
  void folders_replacedByAnotherBlock_areSkipped() throws IOException {
    var window = new SampleWindow();
    window.add(T0, 1);
    Path part = write(new TreeMap<>(Map.of(Labels.of("a", "1"), window)));
    Path whole = write(new TreeMap<>(Map.of(Labels.of("a", "1"), window)));
    assertThat(PrometheusBlock.folders(folder)).containsExactlyInAnyOrder(part, whole);
    Path meta = whole.resolve("meta.json");
    String parents = "\"compaction\":{\"parents\":[{\"ulid\":\"" + part.getFileName() + "\"}],";
    Files.writeString(meta, Files.readString(meta).replaceFirst("\"compaction\" : \\{", parents));
    assertThat(PrometheusBlock.folders(folder)).containsExactly(whole);
    assertThat(PrometheusBlock.folders(part)).containsExactly(part);
  }
}
