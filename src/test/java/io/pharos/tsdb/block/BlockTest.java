package io.pharos.tsdb.block;

import static io.pharos.model.LabelMatcher.equal;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pharos.bytes.CorruptDataException;
import io.pharos.model.LabelMatcher;
import io.pharos.model.Labels;
import io.pharos.model.StaleMarker;
import io.pharos.model.histogram.Histogram;
import io.pharos.storage.SampleWindow;
import io.pharos.storage.TestHistograms;
import io.pharos.tsdb.chunk.Chunk;
import io.pharos.tsdb.chunk.ChunkAppender;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BlockTest {
  private static final long START = 7_200_000;
  private static final long END = 2 * START;
  private static final List<Labels> SERIES =
      List.of(
          Labels.of("__name__", "down"),
          Labels.of("__name__", "up", "instance", "a", "job", "api"),
          Labels.of("__name__", "up", "instance", "a", "job", "db"),
          Labels.of("__name__", "up", "instance", "b", "job", "api"),
          Labels.of("__name__", "\u00fcp\uD83D\uDE00", "job", "api"));

  @TempDir Path directory;

  private Path file() {
    return directory.resolve("test.block");
  }

  /* Two chunks per series: five samples each, at START + 1000 * n, with the rank as value. */
  private Block write() throws Exception {
    var series = new ArrayList<BlockWriter.Series>();
    for (int id = 0; id < SERIES.size(); id++) {
      series.add(
          new BlockWriter.Series(
              SERIES.get(id), List.of(chunk(0, id), chunk(5, StaleMarker.VALUE))));
    }
    BlockWriter.write(file(), START, END, series);
    return Block.open(file());
  }

  private static Chunk chunk(int from, double value) {
    var appender = new ChunkAppender.Floats(START + from * 1000L, value);
    for (int i = 1; i < 5; i++) {
      appender.append(START + (from + i) * 1000L, value);
    }
    return appender.seal();
  }

  private static Chunk histograms(int from, Random random) {
    Histogram histogram = TestHistograms.of(1, 2, 3);
    var appender = new ChunkAppender.Histograms(START + from * 1000L, histogram);
    for (int i = 1; i < 5; i++) {
      histogram = TestHistograms.grown(histogram, random);
      appender.append(START + (from + i) * 1000L, histogram);
    }
    return appender.seal();
  }

  /* The second series has a chunk of histograms between two of floats. */
  private void writeMixed() throws Exception {
    var series = new ArrayList<BlockWriter.Series>();
    series.add(new BlockWriter.Series(SERIES.get(0), List.of(chunk(0, 1))));
    series.add(
        new BlockWriter.Series(
            SERIES.get(1), List.of(chunk(0, 7), histograms(5, new Random(1)), chunk(10, 8))));
    BlockWriter.write(file(), START, END, series);
  }

  private static LabelMatcher matcher(LabelMatcher.Type type, String name, String value) {
    return LabelMatcher.of(type, name, value);
  }

  @Test
  void open_givesBackSeriesAndSamples() throws Exception {
    Block block = write();
    assertThat(block.windowStart()).isEqualTo(START);
    assertThat(block.windowEnd()).isEqualTo(END);
    assertThat(block.seriesCount()).isEqualTo(5);
    assertThat(block.sampleCount()).isEqualTo(50);
    assertThat(block.sizeBytes()).isEqualTo(Files.size(file()));
    var reader = block.labelsReader();
    for (int id = 0; id < SERIES.size(); id++) {
      assertThat(reader.apply(id)).isEqualTo(SERIES.get(id));
      assertThat(block.find(SERIES.get(id))).isEqualTo(id);
      var window = new SampleWindow();
      block.read(id, Long.MIN_VALUE, Long.MAX_VALUE, window);
      assertThat(window.size()).isEqualTo(10);
      assertThat(window.timestamp(9)).isEqualTo(START + 9000);
      assertThat(window.value(4)).isEqualTo(id);
      assertThat(StaleMarker.is(window.value(5))).isTrue();
    }
  }

  @Test
  void open_blockWithHistograms_givesThemBack() throws Exception {
    writeMixed();
    Block block = Block.open(file());
    var expected = new SampleWindow();
    histograms(5, new Random(1)).read(0, END, expected);
    var window = new SampleWindow();
    block.read(1, Long.MIN_VALUE, Long.MAX_VALUE, window);
    assertThat(window.size()).isEqualTo(15);
    assertThat(window.value(4)).isEqualTo(7);
    assertThat(window.value(10)).isEqualTo(8);
    for (int i = 0; i < 5; i++) {
      assertThat(window.histogram(5 + i)).isNotNull().isEqualTo(expected.histogram(i));
      assertThat(window.histogram(i)).isNull();
      assertThat(window.histogram(10 + i)).isNull();
    }
    assertThat(block.sampleCount()).isEqualTo(20);
  }

  /* A block from before histograms existed. */
  @Test
  void write_floatsOnly_givesTheBytesOfTheFirstVersion() throws Exception {
    var appender = new ChunkAppender.Floats(1000, 1.0);
    appender.append(2000, 1.0);
    appender.append(3000, 2.0);
    byte[] data = Arrays.copyOf(appender.data(), appender.sizeBytes());
    var chunk = Chunk.of(appender.encoding(), 1000, 3000, 3, data);
    var series = new BlockWriter.Series(Labels.of("__name__", "b"), List.of(chunk));
    BlockWriter.write(file(), 0, START, List.of(series));
    assertThat(HexFormat.of().formatHex(Files.readAllBytes(file())))
        .isEqualTo(
            "50484152424c4b31000000000000000000000000006ddd004a622561"
                + "0000001589cbfa5600000000000003e83ff0000000000000cfa0c257ff"
                + "000000020000000000000009085f5f6e616d655f5f01620000000100000000010001011ce807d00f"
                + "031500000001000000000000000100000000000000010000000000000000000000390000000000000042"
                + "000000170000002a9994e289000000010000000000000001000000000000000300000000b81c2ccb"
                + "50484152424c4b31");
    var mixed =
        new BlockWriter.Series(Labels.of("__name__", "b"), List.of(histograms(5, new Random(1))));
    BlockWriter.write(file(), START, END, List.of(mixed));
    assertThat(new String(Files.readAllBytes(file()), 0, 8, UTF_8)).isEqualTo("PHARBLK2");
  }

  @Test
  void write_packedChunks_givesTheThirdVersion() throws Exception {
    var appender = new ChunkAppender.Floats(1000, 1.5);
    for (int i = 1; i < 100; i++) {
      appender.append(1000 + i * 10_000L, 1.5 + i);
    }
    Chunk chunk = appender.seal();
    assertThat(chunk.encoding()).isEqualTo(Chunk.Encoding.PACKED);
    var series = new BlockWriter.Series(Labels.of("__name__", "b"), List.of(chunk));
    BlockWriter.write(file(), 0, START, List.of(series));
    assertThat(new String(Files.readAllBytes(file()), 0, 8, UTF_8)).isEqualTo("PHARBLK3");
    Block block = Block.open(file());
    var window = new SampleWindow();
    block.read(0, 21_000, 41_000, window);
    assertThat(window.size()).isEqualTo(3);
    assertThat(window.timestamp(0)).isEqualTo(21_000);
    assertThat(window.value(2)).isEqualTo(5.5);
  }

  /* Packed: the times of the first chunk depend only on the seed, those of the second are
   * unique. */
  private static BlockWriter.Series timed(int number, long seed, boolean own) {
    var chunks = new ArrayList<Chunk>();
    long time = START;
    for (int chunk = 0; chunk < 2; chunk++) {
      var random = new Random(seed + chunk);
      time += 1 + random.nextInt(1000) + (own ? number : 0);
      var appender = new ChunkAppender.Floats(time, number);
      for (int i = 1; i < 100; i++) {
        time += 10_000 + random.nextInt(40);
        appender.append(time, number + i * i % 17);
      }
      chunks.add(appender.seal());
    }
    return new BlockWriter.Series(Labels.of("__name__", "s%03d".formatted(number)), chunks);
  }

  private static void assertSame(Block block, List<BlockWriter.Series> series) {
    for (int id = 0; id < series.size(); id++) {
      List<Chunk> chunks = series.get(id).chunks();
      var expected = new SampleWindow();
      chunks.forEach(chunk -> chunk.read(Long.MIN_VALUE, Long.MAX_VALUE, expected));
      var window = new SampleWindow();
      block.read(id, Long.MIN_VALUE, Long.MAX_VALUE, window);
      assertThat(Arrays.copyOf(window.timestamps(), window.size()))
          .isEqualTo(Arrays.copyOf(expected.timestamps(), expected.size()));
      assertThat(Arrays.copyOf(window.values(), window.size()))
          .isEqualTo(Arrays.copyOf(expected.values(), expected.size()));
      assertThat(block.chunksOf(id)).hasSameSizeAs(chunks);
      for (int i = 0; i < chunks.size(); i++) {
        Chunk chunk = block.chunksOf(id).get(i);
        assertThat(chunk.encoding()).isEqualTo(chunks.get(i).encoding());
        assertThat(chunk.minTime()).isEqualTo(chunks.get(i).minTime());
        assertThat(chunk.maxTime()).isEqualTo(chunks.get(i).maxTime());
        assertThat(chunk.count()).isEqualTo(chunks.get(i).count());
        assertThat(chunk.data()).isEqualTo(chunks.get(i).data());
      }
    }
  }

  private String version() throws Exception {
    return new String(Files.readAllBytes(file()), 0, 8, UTF_8);
  }

  @Test
  void write_sharedTimes_areStoredOnce() throws Exception {
    var shared = new ArrayList<BlockWriter.Series>();
    var own = new ArrayList<BlockWriter.Series>();
    for (int i = 0; i < 100; i++) {
      shared.add(timed(i, i % 5, false));
      own.add(timed(i, i, true));
    }
    BlockWriter.write(file(), START, END, own);
    assertThat(version()).isEqualTo("PHARBLK3");
    assertSame(Block.open(file()), own);
    long size = Files.size(file());
    BlockWriter.write(file(), START, END, shared);
    assertThat(version()).isEqualTo("PHARBLK4");
    assertSame(Block.open(file()), shared);
    assertThat(Files.size(file())).isLessThan(size * 2 / 3);
  }

  /* As described in docs/format/block.md. */
  @Test
  void write_sharedTimes_followTheFormat() throws Exception {
    var series = new ArrayList<BlockWriter.Series>();
    for (int number = 0; number < 9; number++) {
      var appender = new ChunkAppender.Floats(START + 5, number);
      for (int i = 1; i < 100; i++) {
        appender.append(START + 5 + i * 1000, number);
      }
      series.add(
          new BlockWriter.Series(Labels.of("__name__", "s" + number), List.of(appender.seal())));
    }
    BlockWriter.write(file(), START, END, series);
    byte[] bytes = Files.readAllBytes(file());
    var file = ByteBuffer.wrap(bytes);
    byte[] column = HexFormat.of().parseHex("00000000006ddd05" + "d00f" + "00");
    assertThat(file.getInt(28)).isEqualTo(column.length);
    assertThat(Arrays.copyOfRange(bytes, 36, 36 + column.length)).isEqualTo(column);
    int chunk = 36 + column.length;
    assertThat(file.getInt(chunk)).isEqualTo(4);
    assertThat(Arrays.copyOfRange(bytes, chunk + 8, chunk + 12)).containsExactly(0, 0, 0, 0);

    int footer = bytes.length - 68;
    int index = (int) file.getLong(footer);
    int table = index + file.getInt(footer + 52);
    assertThat(file.getInt(table)).isEqualTo(1);
    assertThat(file.getLong(table + 4)).isEqualTo(28);
    assertThat(file.getInt(table + 12)).isEqualTo(column.length);
    assertThat(file.getInt(table + 16)).isEqualTo(100);
    assertThat(file.getLong(table + 20)).isEqualTo(START + 5);
    assertThat(file.getLong(table + 28)).isEqualTo(START + 5 + 99_000);
    int first = index + file.getInt(footer + 16) + 4 + 9 * 4;
    assertThat(Arrays.copyOfRange(bytes, first, first + 8))
        .containsExactly(1, 0, 1, 1, chunk, 3, 0, 4);
  }

  @Test
  void write_rarelySharedTimes_takeNoMoreBytes() throws Exception {
    var shared = new ArrayList<BlockWriter.Series>();
    var own = new ArrayList<BlockWriter.Series>();
    for (int i = 0; i < 30; i++) {
      shared.add(timed(i, 1, false));
      own.add(timed(i, 1, true));
      BlockWriter.write(file(), START, END, own);
      long size = Files.size(file());
      BlockWriter.write(file(), START, END, shared);
      assertThat(Files.size(file())).isLessThanOrEqualTo(size);
    }
    assertThat(version()).isEqualTo("PHARBLK4");
  }

  @Test
  void write_timesSharedByChance_readsTheSame() throws Exception {
    var random = new Random(3);
    for (int round = 0; round < 40; round++) {
      var series = new ArrayList<BlockWriter.Series>();
      int groups = 1 + random.nextInt(30);
      for (int i = 0; i < 30; i++) {
        series.add(timed(i, random.nextInt(groups), random.nextInt(4) == 0));
      }
      series.add(
          new BlockWriter.Series(
              Labels.of("__name__", "u"),
              List.of(chunk(0, 1.0 / 3), histograms(5, random), chunk(10, 1))));
      BlockWriter.write(file(), START, END, series);
      Block block = Block.open(file());
      assertSame(block, series.subList(0, 30));
      for (int i = 0; i < 3; i++) {
        assertThat(block.chunksOf(30).get(i).data())
            .isEqualTo(series.get(30).chunks().get(i).data());
      }
    }
  }

  @Test
  void read_damagedTimeColumn_reportsItsOffset() throws Exception {
    var series = new ArrayList<BlockWriter.Series>();
    for (int i = 0; i < 20; i++) {
      series.add(timed(i, 1, false));
    }
    BlockWriter.write(file(), START, END, series);
    byte[] bytes = Files.readAllBytes(file());
    bytes[40] ^= 1;
    Files.write(file(), bytes);
    Block block = Block.open(file());
    var window = new SampleWindow();
    for (int id = 0; id < 20; id++) {
      int one = id;
      assertThatThrownBy(() -> block.read(one, Long.MIN_VALUE, Long.MAX_VALUE, window))
          .isInstanceOf(UncheckedIOException.class)
          .hasMessageContaining(
              "test.block: damaged at offset 28: the checksum of a time column does not match");
      assertThatThrownBy(() -> block.chunksOf(one))
          .isInstanceOf(UncheckedIOException.class)
          .hasMessageContaining("test.block: damaged at offset 28");
      /* The other column is intact. */
      window.clear();
      block.read(id, series.get(id).chunks().get(1).minTime(), END, window);
      assertThat(window.size()).isEqualTo(100);
    }
  }

  @Test
  void read_interval_isClosed() throws Exception {
    Block block = write();
    var window = new SampleWindow();
    block.read(1, START + 4000, START + 5000, window);
    assertThat(window.size()).isEqualTo(2);
    block.read(1, START + 4001, START + 4999, window);
    block.read(1, START + 9001, END, window);
    block.read(1, 0, START - 1, window);
    assertThat(window.size()).isEqualTo(2);
  }

  @Test
  void find_unknownLabels_isNothing() throws Exception {
    Block block = write();
    assertThat(block.find(Labels.of("__name__", "none"))).isEqualTo(-1);
    assertThat(block.find(Labels.of("none", "up"))).isEqualTo(-1);
    assertThat(block.find(Labels.of("__name__", "up"))).isEqualTo(-1);
    assertThat(block.find(Labels.of("__name__", "up", "instance", "b", "job", "db"))).isEqualTo(-1);
    assertThat(block.find(Labels.empty())).isEqualTo(-1);
  }

  @Test
  void select_checksEachKindOfMatcher() throws Exception {
    Block block = write();
    LabelMatcher up = equal("__name__", "up");
    assertThat(block.select(List.of())).containsExactly(0, 1, 2, 3, 4);
    assertThat(block.select(List.of(up))).containsExactly(1, 2, 3);
    assertThat(block.select(List.of(up, equal("job", "api")))).containsExactly(1, 3);
    assertThat(block.select(List.of(matcher(LabelMatcher.Type.REGEX, "job", "a.*|db"))))
        .containsExactly(1, 2, 3, 4);
    assertThat(block.select(List.of(matcher(LabelMatcher.Type.NOT_EQUAL, "job", "api"))))
        .containsExactly(0, 2);
    assertThat(block.select(List.of(matcher(LabelMatcher.Type.NOT_REGEX, "job", "db|"))))
        .containsExactly(1, 3, 4);
    assertThat(block.select(List.of(equal("job", "")))).containsExactly(0);
    assertThat(block.select(List.of(up, equal("none", "")))).containsExactly(1, 2, 3);
    assertThat(block.select(List.of(equal("none", "x")))).isEmpty();
    assertThat(block.select(List.of(equal("job", "x")))).isEmpty();
    assertThat(block.select(List.of(equal("job", "up")))).isEmpty();
    assertThat(block.select(List.of(matcher(LabelMatcher.Type.REGEX, "none", "x+")))).isEmpty();
  }

  @Test
  void open_emptyBlock_hasNoSeries() throws Exception {
    BlockWriter.write(file(), START, END, List.of());
    Block block = Block.open(file());
    assertThat(block.select(List.of())).isEmpty();
    assertThat(block.select(List.of(equal("a", "b")))).isEmpty();
    assertThat(block.find(Labels.empty())).isEqualTo(-1);
  }

  @Test
  void open_cutAnywhere_isRefused() throws Exception {
    writeTimed();
    byte[] bytes = Files.readAllBytes(file());
    for (int length = 0; length < bytes.length; length++) {
      Path cut = directory.resolve("cut");
      Files.write(cut, Arrays.copyOf(bytes, length));
      assertThatThrownBy(() -> Block.open(cut))
          .as("length %d", length)
          .isInstanceOf(CorruptDataException.class)
          .hasMessageContaining(cut.toString());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"floats", "histograms", "time columns"})
  void open_anyByteFlipped_isNoticedWhenOpenedOrRead(String content) throws Exception {
    switch (content) {
      case "floats" -> write();
      case "histograms" -> writeMixed();
      default -> writeTimed();
    }
    byte[] bytes = Files.readAllBytes(file());
    for (int at = 0; at < bytes.length; at++) {
      byte[] damaged = bytes.clone();
      damaged[at] ^= 0x10;
      Path file = directory.resolve("flipped");
      Files.write(file, damaged);
      assertThatThrownBy(() -> readAll(file))
          .as("byte %d", at)
          .isInstanceOfAny(CorruptDataException.class, UncheckedIOException.class)
          .hasMessageContaining(": damaged at offset ");
    }
  }

  private void writeTimed() throws Exception {
    var series = new ArrayList<BlockWriter.Series>();
    for (int i = 0; i < 6; i++) {
      series.add(timed(i, 1, false));
    }
    BlockWriter.write(file(), START, END, series);
  }

  private static void readAll(Path file) throws Exception {
    Block block = Block.open(file);
    for (int id = 0; id < block.seriesCount(); id++) {
      block.read(id, Long.MIN_VALUE, Long.MAX_VALUE, new SampleWindow());
    }
  }

  @Test
  void write_seriesOutOfOrder_isRefused() {
    var one = new BlockWriter.Series(SERIES.get(1), List.of(chunk(0, 1)));
    assertThatThrownBy(() -> BlockWriter.write(file(), START, END, List.of(one, one)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("sorted by labels");
  }

  @Test
  void write_chunkOutsideTheWindow_isRefused() {
    var one = new BlockWriter.Series(SERIES.get(1), List.of(chunk(0, 1)));
    assertThatThrownBy(() -> BlockWriter.write(file(), 0, START, List.of(one)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("in the block of 0 to 7200000");
  }
}
