package io.pharos.tsdb.wal;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.bytes.ByteSink;
import io.pharos.model.Labels;
import io.pharos.model.histogram.BucketSpan;
import io.pharos.model.histogram.Histogram;
import io.pharos.model.histogram.Histogram.Buckets;
import io.pharos.model.histogram.ResetHint;
import io.pharos.simulation.disk.SimulatedDisk;
import io.pharos.simulation.disk.SimulatedDisk.End;
import io.pharos.storage.SampleWindow;
import io.pharos.storage.TestHistograms;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WalTest {
  private static final long SEGMENT = 1 << 20;
  private static final long T0 = 1_700_000_000_000L;
  private static final Labels A = Labels.of("__name__", "a", "job", "Grüße");
  private static final Labels B = Labels.of("__name__", "b");

  private static final Histogram HISTOGRAM =
      new Histogram(
          ResetHint.GAUGE,
          -4,
          0.001,
          3,
          17,
          -0.5,
          new Buckets(
              List.of(new BucketSpan(-7, 2), new BucketSpan(0, 0), new BucketSpan(9, 1)),
              new double[] {1, 2, 3}),
          new Buckets(List.of(new BucketSpan(300, 1)), new double[] {8}),
          new double[0]);

  @TempDir Path directory;
  private SimpleMeterRegistry registry = new SimpleMeterRegistry();

  private final List<String> replayed = new ArrayList<>();

  private static final Logger WAL_LOG = Logger.getLogger(Wal.class.getName());

  /* Hundreds of damaged files would fill the test log. */
  @BeforeAll
  static void silence() {
    WAL_LOG.setLevel(Level.OFF);
  }

  @AfterAll
  static void speak() {
    WAL_LOG.setLevel(null);
  }

  private Wal open() throws IOException {
    return open(SEGMENT);
  }

  private Wal open(long segmentBytes) throws IOException {
    return open(directory, segmentBytes);
  }

  private Wal open(Path folder, long segmentBytes) throws IOException {
    registry = new SimpleMeterRegistry();
    replayed.clear();
    return Wal.open(
        folder, segmentBytes, SyncTimer.onThread(Duration.ofSeconds(1)), registry, this::note);
  }

  private void note(WalRecord record) {
    replayed.add(
        switch (record) {
          case WalRecord.Series(long ref, Labels labels) -> ref + "=" + labels;
          case WalRecord.Samples samples -> text(samples);
          case WalRecord.Late(WalRecord.Samples samples) -> "late " + text(samples);
          case WalRecord.Starts starts -> {
            var text = new ArrayList<String>();
            for (int i = 0; i < starts.count(); i++) {
              text.add(
                  "%d@%d from %d"
                      .formatted(
                          starts.refs()[i], starts.times()[i] - T0, starts.starts()[i] - T0));
            }
            yield String.join(" ", text);
          }
        });
  }

  private static String text(WalRecord.Samples samples) {
    var text = new ArrayList<String>();
    for (int i = 0; i < samples.samples().size(); i++) {
      text.add(
          samples.refs()[i]
              + "@"
              + (samples.samples().timestamp(i) - T0)
              + ":"
              + text(samples.samples().value(i), samples.samples().histogram(i)));
    }
    return String.join(" ", text);
  }

  private static String text(double value, @Nullable Histogram histogram) {
    return histogram == null
        ? Long.toHexString(Double.doubleToRawLongBits(value))
        : histogram.equals(HISTOGRAM) ? "histogram" : "another histogram";
  }

  private static SampleWindow window(
      long[] times, double[] values, @Nullable Histogram... histograms) {
    var window = new SampleWindow();
    for (int i = 0; i < times.length; i++) {
      Histogram histogram = i < histograms.length ? histograms[i] : null;
      if (histogram == null) {
        window.add(times[i], values[i]);
      } else {
        window.add(times[i], histogram);
      }
    }
    return window;
  }

  /* Commit number `i`: one sample of each series at T0 + i; one of the third commit is a
   * histogram. */
  private static void commit(Wal wal, int i, boolean withSeries) {
    wal.begin();
    if (withSeries) {
      wal.encoder().series(A);
      wal.encoder().series(B);
    }
    wal.encoder()
        .samples(
            new int[] {1, 0},
            window(
                new long[] {T0 + i, T0 - i},
                new double[] {i, 0.1},
                null,
                i == 3 ? HISTOGRAM : null));
    wal.write();
  }

  private static String committed(int i) {
    return committed(i, 1);
  }

  private static String committed(int i, long b) {
    return "%d@%d:%s 0@%d:%s"
        .formatted(
            b,
            i,
            Long.toHexString(Double.doubleToRawLongBits(i)),
            -i,
            i == 3 ? "histogram" : Long.toHexString(Double.doubleToRawLongBits(0.1)));
  }

  private static List<String> series() {
    return List.of("0=" + A, "1=" + B);
  }

  private static List<String> upTo(int commits) {
    var all = new ArrayList<>(series());
    for (int i = 0; i < commits; i++) {
      all.add(committed(i));
    }
    return all;
  }

  private void write(int commits) throws IOException {
    try (Wal wal = open()) {
      for (int i = 0; i < commits; i++) {
        commit(wal, i, i == 0);
      }
    }
  }

  @Test
  void labels_ofTheSameStringsInTwoSegments_shareThem() throws IOException {
    try (Wal wal = open()) {
      commit(wal, 0, true);
      wal.roll();
      commit(wal, 1, true);
    }
    var jobs = new ArrayList<String>();

    List<WalReader.Segment> segments =
        WalReader.read(
            directory,
            record -> {
              if (record instanceof WalRecord.Series(_, Labels labels) && labels.has("job")) {
                jobs.add(labels.get("job"));
              }
            });

    assertThat(segments).hasSize(2);
    assertThat(jobs).hasSize(2);
    assertThat(jobs.getLast()).isEqualTo("Grüße").isSameAs(jobs.getFirst());
  }

  private Path segment(int number) {
    return directory.resolve("%08d.wal".formatted(number));
  }

  private double counter(String name) {
    return registry.get(name).counter().count();
  }

  private List<String> names() throws IOException {
    try (var files = Files.list(directory)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  private static void flip(Path file, long at) throws IOException {
    try (var raw = new RandomAccessFile(file.toFile(), "rw")) {
      raw.seek(at);
      int old = raw.read();
      raw.seek(at);
      raw.write(old ^ 0x40);
    }
  }

  /// The process may be killed between a write and its sync.
  @Test
  void recordsThatWereReadAtTheNextStart_surviveAPowerLoss() throws IOException {
    for (long seed = 0; seed < 20; seed++) {
      var disk = new SimulatedDisk(seed);
      try (Wal wal = open(disk.mount(), SEGMENT)) {
        commit(wal, 0, true);
        wal.sync();
        commit(wal, 1, false);
        disk.crash(End.KILL);
      }
      try (Wal _ = open(disk.mount(), SEGMENT)) {
        assertThat(replayed).isEqualTo(upTo(2));
        disk.crash(End.POWER_LOSS);
      }
      try (Wal _ = open(disk.mount(), SEGMENT)) {
        assertThat(replayed).isEqualTo(upTo(2));
      }
    }
  }

  @Test
  void open_givesBackAllRecordsInOrder() throws Exception {
    write(5);
    try (Wal wal = open()) {
      assertThat(replayed).isEqualTo(upTo(5));
      assertThat(wal.sizeBytes()).isEqualTo(Files.size(segment(1)));
    }
    assertThat(counter("prometheus_tsdb_wal_corruptions_total")).isZero();
    assertThat(counter("pharos_tsdb_wal_torn_tails_total")).isZero();
  }

  @Test
  void open_valuesOfAllLengths_areExact() throws Exception {
    long[] bits = {
      0, 1, Long.MIN_VALUE, -1, 0x7ff0000000000002L, 0x4059000000000000L, 0x100, 0xFF00000000000000L
    };
    var series = new int[bits.length];
    var values = new double[bits.length];
    var expected = new ArrayList<String>();
    for (int i = 0; i < bits.length; i++) {
      values[i] = Double.longBitsToDouble(bits[i]);
      expected.add("0@0:" + Long.toHexString(bits[i]));
    }
    var times = new long[bits.length];
    Arrays.fill(times, T0);
    try (Wal wal = open()) {
      wal.begin();
      wal.encoder().series(A);
      wal.encoder().samples(series, window(times, values));
      wal.write();
    }
    try (Wal _ = open()) {
      assertThat(replayed.getLast()).isEqualTo(String.join(" ", expected));
    }
  }

  @Test
  void open_randomHistograms_givesBackEachBit() throws Exception {
    var random = new Random(3);
    var written = new ArrayList<Histogram>();
    try (Wal wal = open()) {
      for (int i = 0; i < 400; i++) {
        written.add(TestHistograms.random(random));
        wal.begin();
        int series = wal.encoder().series(A);
        wal.encoder()
            .samples(
                new int[] {series}, window(new long[] {T0 + i}, new double[1], written.getLast()));
        wal.write();
      }
    }
    var read = new ArrayList<Histogram>();
    Wal.open(
            directory,
            SEGMENT,
            SyncTimer.onThread(Duration.ofSeconds(1)),
            registry,
            record -> {
              if (record instanceof WalRecord.Samples samples) {
                read.add(samples.samples().histogram(0));
              }
            })
        .close();
    assertThat(read).isEqualTo(written);
  }

  /// The bytes in docs/format/wal.md.
  @Test
  void write_givesTheBytesOfTheFormat() throws Exception {
    try (Wal wal = open()) {
      wal.begin();
      wal.encoder().series(B);
      wal.encoder().series(Labels.of("__name__", "b", "job", "b"));
      wal.encoder()
          .samples(
              new int[] {0, 1, 0}, window(new long[] {1000, 1000, 1002}, new double[] {2, 0, 2.5}));
      wal.write();
    }
    assertThat(HexFormat.of().formatHex(Files.readAllBytes(segment(1))))
        .matches(
            "5048415257414c3100000001c2e3f507"
                + "00000018.{16}04" // two series
                + "02" // one label
                + "00085f5f6e616d655f5f"
                + "000162" // two strings that are new
                + "03" // two labels
                + "0102"
                + "00036a6f62"
                + "02"
                + "0000000f.{16}0503d00f" // three samples around 1000
                + "020000" // two of the series 0 and 1, at 1000
                + "04" // 2 more than 0
                + "00" // as before
                + "010304" // one, of two series before the next; 2 ms later
                + "f2" // no whole number
                + "0904"); // 0x04 in the second byte
  }

  @Test
  void write_samplesOfOneSeries_givesTheBytesOfTheFormat() throws Exception {
    try (Wal wal = open()) {
      wal.begin();
      wal.encoder().series(Labels.of("__name__", "b"));
      wal.encoder().series(Labels.of("__name__", "b", "job", "b"));
      wal.encoder()
          .samples(
              new int[] {1, 1, 1, 1, 0},
              window(new long[] {1000, 1015, 1030, 1046, 990}, new double[] {2, 2, 3, 1, 0}));
      wal.write();
    }
    String bytes = HexFormat.of().formatHex(Files.readAllBytes(segment(1)));
    assertThat(bytes.substring(bytes.indexOf("0505d00f")))
        .isEqualTo(
            "0505d00f" // five samples around 1000
                + "000402" // four of series 1
                + "0004" // at 1000, 2 more than 0
                + "1e00" // 15 later, as before
                + "0002" // 15 later again, 1 more
                + "0203" // 16 later, 2 less
                + "0103" // one, of two series before the next
                + "1300"); // 10 before the base
    try (Wal wal = open()) {
      assertThat(replayed.getLast())
          .isEqualTo(
              "1@%1$d:4000000000000000 1@%2$d:4000000000000000 1@%3$d:4008000000000000 1@%4$d:3ff0000000000000 0@%5$d:0"
                  .formatted(1000 - T0, 1015 - T0, 1030 - T0, 1046 - T0, 990 - T0));
      assertThat(wal.segment()).isEqualTo(1);
    }
  }

  /// A sender that catches up writes series by series.
  @Test
  void write_seriesBySeries_takesNoMoreThanAScrape() throws Exception {
    var random = new Random(5);
    try (Wal wal = open()) {
      var values = new double[50];
      wal.begin();
      for (int s = 0; s < 50; s++) {
        wal.encoder().series(A.with("s", "" + s));
      }
      long before = 0;
      for (int request = 0; request < 20; request++) {
        if (request > 0) {
          wal.begin();
        }
        int[] series = new int[2_000];
        long[] times = new long[2_000];
        double[] floats = new double[2_000];
        for (int i = 0; i < 2_000; i++) {
          series[i] = i / 40;
          times[i] = T0 + (request * 40L + i % 40) * 15_000 + random.nextInt(3);
          values[series[i]] += random.nextInt(100);
          floats[i] = values[series[i]];
        }
        wal.encoder().samples(series, window(times, floats));
        wal.write();
        before = request == 0 ? wal.sizeBytes() : before;
      }
      assertThat((wal.sizeBytes() - before) / (19 * 2_000.0)).isLessThan(2.3);
    }
  }

  /// Segments of earlier releases, without numbers for strings and series.
  @Test
  void segmentsOfAnEarlierRelease_areReadable() throws Exception {
    copyEarlier(1);
    copyEarlier(2);
    open().close();
    var expected = new ArrayList<>(earlierUpTo(5));
    expected.addAll(earlierUpTo(0));
    expected.add(committed(5, 1L << 40));
    assertThat(replayed).isEqualTo(expected);
    assertThat(counter("prometheus_tsdb_wal_corruptions_total")).isZero();
    assertThat(counter("pharos_tsdb_wal_torn_tails_total")).isZero();
  }

  private void copyEarlier(int number) throws IOException {
    Files.copy(
        Path.of("src/test/resources/tsdb/wal").resolve("%08d.wal".formatted(number)),
        segment(number));
  }

  private static List<String> earlierUpTo(int commits) {
    var all = new ArrayList<>(List.of("0=" + A, (1L << 40) + "=" + B));
    for (int i = 0; i < commits; i++) {
      all.add(committed(i, 1L << 40));
    }
    return all;
  }

  @Test
  void write_randomCommits_areReadAsTheyWereWritten() throws Exception {
    var random = new Random(5);
    var expected = new ArrayList<String>();
    try (Wal wal = open(4 << 10)) {
      int segment = 0;
      int known = 0;
      for (int commit = 0; commit < 500; commit++) {
        int now = wal.begin();
        known = now == segment ? known : 0;
        segment = now;
        for (int i = random.nextInt(5) + (known == 0 ? 1 : 0); i > 0; i--) {
          var labels =
              Labels.of("__name__", "m" + random.nextInt(3), "id", "i" + random.nextInt(9_999));
          assertThat(wal.encoder().series(labels)).isEqualTo(known);
          expected.add(known++ + "=" + labels);
        }
        int count = 1 + random.nextInt(20);
        var series = new int[count];
        var times = new long[count];
        var values = new double[count];
        var text = new ArrayList<String>();
        for (int i = 0; i < count; i++) {
          series[i] = random.nextInt(known);
          times[i] = T0 + (random.nextInt(3) == 0 ? random.nextInt(1000) - 500 : 0);
          values[i] =
              switch (random.nextInt(6)) {
                case 0 -> random.nextInt(1000);
                case 4 -> random.nextInt(100_000) / 1000.0;
                case 5 -> random.nextLong(1L << random.nextInt(1, 55)) * (random.nextInt(3) - 1);
                case 1 -> Double.longBitsToDouble(random.nextLong());
                case 2 -> Double.longBitsToDouble(1L << random.nextInt(64));
                default -> 0;
              };
          text.add(series[i] + "@" + (times[i] - T0) + ":" + text(values[i], null));
        }
        expected.add(String.join(" ", text));
        wal.encoder().samples(series, window(times, values));
        wal.write();
      }
    }
    try (Wal _ = open()) {
      assertThat(replayed).isEqualTo(expected);
      assertThat(names()).hasSizeGreaterThan(1);
    }
  }

  /// Later commits must not refer to definitions that were encoded but never written.
  @Test
  void begin_aCommitThatWasNotWritten_goesToAnotherSegment() throws Exception {
    try (Wal wal = open()) {
      commit(wal, 0, true);
      wal.begin();
      wal.encoder().series(Labels.of("__name__", "lost"));
      assertThat(wal.begin()).isEqualTo(2);
      commit(wal, 1, true);
    }
    try (Wal _ = open()) {
      var expected = new ArrayList<>(upTo(1));
      expected.addAll(series());
      expected.add(committed(1));
      assertThat(replayed).isEqualTo(expected);
    }
  }

  @Test
  void write_moreStringsThanHaveNumbers_areWrittenOut() throws Exception {
    int many = SegmentReader.MAX_SYMBOLS + 10;
    try (Wal wal = open(64 << 20)) {
      wal.begin();
      for (int i = 0; i < 2 * many; i++) {
        wal.encoder().series(Labels.of("n", "v" + i % many));
      }
      wal.encoder().samples(new int[1], window(new long[] {T0}, new double[1]));
      wal.write();
    }
    try (Wal _ = open()) {
      assertThat(replayed).hasSize(2 * many + 1);
      for (int i = 0; i < 2 * many; i += 997) {
        assertThat(replayed.get(i)).isEqualTo("%d={n=\"v%d\"}", i, i % many);
      }
      assertThat(replayed.get(2 * many - 1)).endsWith("{n=\"v%d\"}".formatted(many - 1));
    }
  }

  @Test
  void open_lastRecordCutAtAnyByte_keepsAllBefore() throws Exception {
    write(3);
    long whole = Files.size(segment(1));
    write2(3);
    byte[] bytes = Files.readAllBytes(segment(1));
    assertThat(bytes.length).isGreaterThan((int) whole);
    for (int length = (int) whole; length <= bytes.length; length++) {
      clean();
      Files.write(segment(1), Arrays.copyOf(bytes, length));
      try (Wal wal = open()) {
        boolean torn = length > whole && length < bytes.length;
        assertThat(replayed).as("length %d", length).isEqualTo(upTo(length < bytes.length ? 3 : 4));
        assertThat(counter("pharos_tsdb_wal_torn_tails_total")).isEqualTo(torn ? 1 : 0);
        assertThat(Files.size(segment(1))).isEqualTo(torn ? whole : length);
        commit(wal, 9, true);
      }
      try (Wal _ = open()) {
        assertThat(replayed.getLast()).isEqualTo(committed(9));
      }
      assertThat(counter("prometheus_tsdb_wal_corruptions_total")).isZero();
    }
  }

  /* Appends commit `i` to the first segment, as if the process had continued. */
  private void write2(int i) throws IOException {
    byte[] before = Files.readAllBytes(segment(1));
    clean();
    write(i + 1);
    assertThat(Arrays.copyOf(Files.readAllBytes(segment(1)), before.length)).isEqualTo(before);
  }

  private void clean() throws IOException {
    for (String name : names()) {
      Files.delete(directory.resolve(name));
    }
  }

  @Test
  void open_segmentCutInItsHeader_isDeleted() throws Exception {
    write(1);
    byte[] bytes = Files.readAllBytes(segment(1));
    for (int length = 0; length < 16; length++) {
      clean();
      Files.write(segment(1), Arrays.copyOf(bytes, length));
      try (Wal wal = open()) {
        assertThat(replayed).isEmpty();
        assertThat(names()).isEmpty();
        commit(wal, 0, true);
      }
      try (Wal _ = open()) {
        assertThat(replayed).isEqualTo(upTo(1));
      }
    }
  }

  @Test
  void open_tailOfZeros_isTorn() throws Exception {
    write(2);
    long whole = Files.size(segment(1));
    try (var raw = new RandomAccessFile(segment(1).toFile(), "rw")) {
      raw.setLength(whole + 4096);
    }
    try (Wal _ = open()) {
      assertThat(replayed).isEqualTo(upTo(2));
    }
    assertThat(counter("pharos_tsdb_wal_torn_tails_total")).isEqualTo(1);
    assertThat(Files.size(segment(1))).isEqualTo(whole);
  }

  @Test
  void open_aByteFlippedAnywhere_keepsWhatIsBeforeAndSetsTheRestAside() throws Exception {
    write(1);
    int afterOne = (int) Files.size(segment(1));
    clean();
    write(2);
    int afterTwo = (int) Files.size(segment(1));
    clean();
    write(4);
    byte[] bytes = Files.readAllBytes(segment(1));
    for (int at = 0; at < bytes.length; at += 3) {
      clean();
      Files.write(segment(1), bytes);
      flip(segment(1), at);
      byte[] damaged = Files.readAllBytes(segment(1));
      try (Wal wal = open()) {
        assertThat(counter("prometheus_tsdb_wal_corruptions_total")).as("byte %d", at).isEqualTo(1);
        assertThat(replayed).isEqualTo(upTo(4).subList(0, replayed.size()));
        if (at >= afterTwo) {
          assertThat(replayed.size()).isGreaterThanOrEqualTo(4);
        } else if (at >= afterOne) {
          assertThat(replayed).isEqualTo(upTo(1));
        }
        commit(wal, 8, true);
      }
      List<String> aside = names().stream().filter(name -> name.endsWith(".corrupt")).toList();
      assertThat(aside).hasSize(1);
      int offset = Integer.parseInt(aside.getFirst().split("\\.")[2]);
      assertThat(offset).isLessThanOrEqualTo(at);
      assertThat(Files.readAllBytes(directory.resolve(aside.getFirst())))
          .isEqualTo(Arrays.copyOfRange(damaged, offset, damaged.length));
      try (Wal _ = open()) {
        assertThat(replayed.getLast()).isEqualTo(committed(8));
        assertThat(counter("prometheus_tsdb_wal_corruptions_total")).isZero();
      }
    }
  }

  @Test
  void open_damageInOneSegment_readsTheNextOnes() throws Exception {
    try (Wal wal = open()) {
      commit(wal, 0, true);
      commit(wal, 1, false);
      wal.roll();
      commit(wal, 2, true);
    }
    flip(segment(1), Files.size(segment(1)) - 3);
    try (Wal _ = open()) {
      var expected = new ArrayList<>(upTo(1));
      expected.addAll(series());
      expected.add(committed(2));
      assertThat(replayed).isEqualTo(expected);
    }
    assertThat(counter("prometheus_tsdb_wal_corruptions_total")).isEqualTo(1);
  }

  @Test
  void open_sameDamageTwice_keepsBothQuarantines() throws Exception {
    for (int round = 0; round < 2; round++) {
      Files.deleteIfExists(segment(1));
      write(2);
      flip(segment(1), 3);
      open().close();
    }
    assertThat(names()).containsExactly("00000001.wal.0-1.corrupt", "00000001.wal.0.corrupt");
  }

  /* A record with a valid checksum and invalid content. */
  private void assertRefused(ByteSink payload) throws IOException {
    clean();
    write(1);
    assertRefused(payload, upTo(1));
  }

  private void assertRefused(ByteSink payload, List<String> before) throws IOException {
    long good = Files.size(segment(1));
    var record = new ByteSink(64);
    record.u32(payload.size());
    record.u32(payload.crc(0, payload.size()));
    record.u32(record.crc(0, 8));
    record.bytes(payload.array(), 0, payload.size());
    try (var raw = new RandomAccessFile(segment(1).toFile(), "rw")) {
      raw.seek(good);
      raw.write(record.toByteArray());
    }
    try (Wal _ = open()) {
      assertThat(replayed).isEqualTo(before);
    }
    assertThat(counter("prometheus_tsdb_wal_corruptions_total")).isEqualTo(1);
    assertThat(Files.size(segment(1))).isEqualTo(good);
  }

  @Test
  void open_recordOfUnknownContent_isSetAside() throws Exception {
    assertRefused(payload(9));
    // Samples of series that the segment lacks.
    assertRefused(samples(1, 1, 2, 0));
    assertRefused(samples(1, 1, -1, 0));
    assertRefused(samples(2, 2, 1, 0, 0));
    // Spans with no samples and with too many.
    assertRefused(samples(1, 0, 0));
    assertRefused(samples(1, 2, 0, 0, 0));
    // Lines with too many samples and of a series that the segment lacks.
    assertRefused(samples(1, 0, 1, 0, 0));
    ByteSink unknownLine = samples(1);
    unknownLine.uvarint(0);
    unknownLine.uvarint(1);
    unknownLine.varint(2);
    unknownLine.varint(0);
    unknownLine.u8(0);
    assertRefused(unknownLine);
    // More repeated values than samples.
    assertRefused(samples(2, 2, 0, SeriesValues.RUN + 1));
    // An unknown change code, for a value that is not an integer.
    assertRefused(samples(1, 1, 0, 0xF2, 37));
    // A mantissa beyond the integers of doubles.
    assertRefused(samples(1, 1, 0, 0xF1, 0xFF, 0, 0, 0, 0, 0, 0));
    // A histogram with more buckets than bytes.
    ByteSink manyBuckets = samples(1, 1, 0, SeriesValues.HISTOGRAM, 0);
    manyBuckets.varint(3);
    manyBuckets.u8(0);
    manyBuckets.uvarint(1);
    manyBuckets.varint(0);
    manyBuckets.uvarint(Integer.MAX_VALUE);
    manyBuckets.uvarint(0);
    assertRefused(manyBuckets);
    // More samples than the bytes can encode, and no samples.
    assertRefused(samples(100, 1, 0, 0));
    assertRefused(samples(0));
    assertRefused(samples(1, 1, 0, 0, 0));
    // A repeated label name, and strings with unknown numbers.
    ByteSink twice = payload(SegmentReader.TYPE_SERIES);
    twice.uvarint(3);
    for (int i = 0; i < 4; i++) {
      twice.uvarint(1);
    }
    assertRefused(twice);
    for (long number : new long[] {77, -1}) {
      ByteSink unknown = payload(SegmentReader.TYPE_SERIES);
      unknown.uvarint(2);
      unknown.uvarint(1);
      unknown.uvarint(number);
      assertRefused(unknown);
    }
    // More labels than bytes, and a change of a label that the series before lacks.
    ByteSink many = payload(SegmentReader.TYPE_SERIES);
    many.uvarint(1L << 60);
    assertRefused(many);
    ByteSink changed = payload(SegmentReader.TYPE_SERIES);
    changed.uvarint(0);
    changed.uvarint(2);
    changed.uvarint(1);
    assertRefused(changed);
    // Records of different releases in one segment.
    assertRefused(earlierSeries());
  }

  private static ByteSink payload(int type) {
    var payload = new ByteSink(32);
    payload.u8(type);
    return payload;
  }

  /* The values of one span at T0. */
  private static ByteSink samples(int count, int length, int step, int... values) {
    ByteSink payload = samples(count);
    payload.uvarint(length);
    payload.varint(step);
    payload.varint(0);
    for (int value : values) {
      payload.u8(value);
    }
    return payload;
  }

  private static ByteSink samples(int count) {
    ByteSink payload = payload(SegmentReader.TYPE_SAMPLES);
    payload.uvarint(count);
    payload.varint(T0);
    return payload;
  }

  private static ByteSink earlierSeries() {
    ByteSink payload = payload(SegmentReader.Earlier.TYPE_SERIES);
    payload.uvarint(0);
    payload.uvarint(0);
    return payload;
  }

  private void assertRefusedEarlier(ByteSink payload) throws IOException {
    clean();
    copyEarlier(1);
    assertRefused(payload, earlierUpTo(5));
  }

  @Test
  void open_recordOfAnEarlierReleaseOfUnknownContent_isSetAside() throws Exception {
    var unknownSeries = new ByteSink(16);
    unknownSeries.u8(SegmentReader.Earlier.TYPE_SAMPLES);
    unknownSeries.uvarint(1);
    unknownSeries.varint(T0);
    unknownSeries.varint(77);
    unknownSeries.u8(0);
    assertRefusedEarlier(unknownSeries);

    var longValue = new ByteSink(16);
    longValue.u8(SegmentReader.Earlier.TYPE_SAMPLES);
    longValue.uvarint(1);
    longValue.varint(T0);
    longValue.varint(0);
    longValue.u8(9);
    assertRefusedEarlier(longValue);

    var mixed = new ByteSink(16);
    mixed.u8(SegmentReader.Earlier.TYPE_MIXED);
    mixed.bytes(longValue.array(), 1, longValue.size() - 1);
    assertRefusedEarlier(mixed);

    var manyBuckets = new ByteSink(32);
    manyBuckets.u8(SegmentReader.Earlier.TYPE_MIXED);
    manyBuckets.uvarint(1);
    manyBuckets.varint(T0);
    manyBuckets.varint(0);
    manyBuckets.u8(SegmentReader.Earlier.HISTOGRAM);
    manyBuckets.u8(0);
    manyBuckets.varint(3);
    manyBuckets.u8(0);
    manyBuckets.uvarint(1);
    manyBuckets.varint(0);
    manyBuckets.uvarint(Integer.MAX_VALUE);
    manyBuckets.uvarint(0);
    assertRefusedEarlier(manyBuckets);

    var tooMany = new ByteSink(16);
    tooMany.u8(SegmentReader.Earlier.TYPE_SAMPLES);
    tooMany.uvarint(1L << 60);
    assertRefusedEarlier(tooMany);

    var trailing = new ByteSink(16);
    trailing.u8(SegmentReader.Earlier.TYPE_SERIES);
    trailing.uvarint(3);
    trailing.uvarint(0);
    trailing.u8(1);
    assertRefusedEarlier(trailing);

    var twice = new ByteSink(16);
    twice.u8(SegmentReader.Earlier.TYPE_SERIES);
    twice.uvarint(3);
    twice.uvarint(2);
    for (int i = 0; i < 2; i++) {
      twice.string("name");
      twice.string("value");
    }
    assertRefusedEarlier(twice);

    var endless = new ByteSink(16);
    endless.u8(SegmentReader.Earlier.TYPE_SERIES);
    for (int i = 0; i < 11; i++) {
      endless.u8(0x80);
    }
    assertRefusedEarlier(endless);

    assertRefusedEarlier(payload(SegmentReader.TYPE_SERIES));
  }

  @Test
  void begin_fullSegment_startsAnother() throws Exception {
    try (Wal wal = open(100)) {
      int first = wal.begin();
      commit(wal, 0, true);
      for (int i = 1; i < 30; i++) {
        commit(wal, i, false);
      }
      assertThat(wal.begin()).isGreaterThan(first);
    }
    assertThat(names()).hasSizeGreaterThan(1);
  }

  /* Commits with one sample for each of many series, each defined once per segment. */
  private static void commitMany(Wal wal, int i, int count, int[] told) {
    int segment = wal.begin();
    var series = new int[count];
    var times = new long[count];
    var values = new double[count];
    for (int s = 0; s < count; s++) {
      series[s] = s;
      times[s] = T0 + i;
      values[s] = 0.1 * (i + s);
      if (told[s] != segment) {
        wal.encoder().series(Labels.of("__name__", "many", "series", "number " + s));
        told[s] = segment;
      }
    }
    wal.encoder().samples(series, window(times, values));
    wal.write();
  }

  /* With segments of a fixed size, each commit would start another segment. */
  @Test
  void begin_seriesOutweighTheSize_goesOnUntilTheyAreAnEighth() throws Exception {
    int series = 200;
    int commits = 400;
    int segmentBytes = 8 << 10;
    int[] told = new int[series];
    long seriesBytes = 0;
    long all;
    try (Wal wal = open(segmentBytes)) {
      for (int i = 0; i < commits; i++) {
        commitMany(wal, i, series, told);
        seriesBytes += wal.encoder().seriesBytes;
      }
      all = wal.sizeBytes();
    }
    assertThat(seriesBytes).isLessThan(all / 6);
    assertThat(names()).hasSizeGreaterThan(2);
    try (Wal _ = open(segmentBytes)) {
      assertThat(replayed).hasSize(commits + names().size() * series);
    }
  }

  @Test
  void begin_nothingButNewSeries_endsAtSixteenTimesTheSize() throws Exception {
    long segmentBytes = 1 << 10;
    try (Wal wal = open(segmentBytes)) {
      for (int i = 0; i < 1000; i++) {
        wal.begin();
        int series = wal.encoder().series(A);
        wal.encoder().samples(new int[] {series}, window(new long[] {T0 + i}, new double[1]));
        wal.write();
      }
    }
    assertThat(names()).hasSizeGreaterThan(2);
    for (String name : names().subList(0, names().size() - 1)) {
      assertThat(Files.size(directory.resolve(name)))
          .isBetween(16 * segmentBytes, 17 * segmentBytes);
    }
    try (Wal _ = open(segmentBytes)) {
      assertThat(replayed).hasSize(2000);
    }
  }

  private static void late(Wal wal, long time) {
    wal.begin();
    wal.encoder().series(A);
    wal.encoder().late(new int[] {0}, window(new long[] {time}, new double[] {1}));
    wal.write();
  }

  @Test
  void lateSamples_areReadAsSuch_andKeepTheirSegmentUntilBlocksHaveThem() throws Exception {
    try (Wal wal = open()) {
      late(wal, T0 + 5);
      wal.roll();
      commit(wal, 10, true);
      wal.roll();
      late(wal, T0 + 7);
      int segment = wal.segment();
      wal.roll();
      late(wal, T0 + 6);
      wal.roll();
      assertThat(wal.dropBefore(T0 + 20)).isEqualTo(1);
      wal.lateFrom(segment);
      assertThat(wal.dropBefore(T0 + 5)).isZero();
      assertThat(wal.dropBefore(T0 + 20)).isEqualTo(1);
      assertThat(names()).containsExactly("00000003.wal", "00000004.wal");
    }
    try (Wal wal = open()) {
      assertThat(replayed)
          .containsExactly(
              "0=" + A, "late 0@7:3ff0000000000000", "0=" + A, "late 0@6:3ff0000000000000");
      assertThat(wal.dropBefore(T0 + 20)).isZero();
      wal.lateFrom(wal.segment() + 1);
      assertThat(wal.dropBefore(T0 + 20)).isEqualTo(2);
    }
  }

  /* The age of in-order samples shortens the log, not that of late samples. */
  @Test
  void lateSamples_doNotEndASegment() throws Exception {
    try (Wal wal = open()) {
      late(wal, T0 - 1_000_000);
      int segment = wal.segment();
      wal.rollIfOlderThan(T0);
      wal.begin();
      assertThat(wal.segment()).isEqualTo(segment);
    }
  }

  @Test
  void dropBefore_deletesOnlyEndedSegmentsWithoutLaterSamples() throws Exception {
    try (Wal wal = open()) {
      commit(wal, 10, true);
      wal.roll();
      commit(wal, 20, true);
      wal.roll();
      commit(wal, 5, true);
      assertThat(wal.dropBefore(T0 + 10)).isZero();
      assertThat(wal.dropBefore(T0 + 11)).isEqualTo(1);
      assertThat(names()).containsExactly("00000002.wal", "00000003.wal");
      wal.rollIfOlderThan(T0 - 5);
      assertThat(wal.dropBefore(T0 + 20)).isZero();
      wal.rollIfOlderThan(T0 - 4);
      assertThat(wal.dropBefore(T0 + 20)).isEqualTo(1);
      assertThat(names()).containsExactly("00000002.wal");
      assertThat(wal.sizeBytes()).isEqualTo(Files.size(segment(2)));
    }
    try (Wal wal = open()) {
      assertThat(wal.dropBefore(T0 + 20)).isZero();
      assertThat(wal.dropBefore(T0 + 21)).isEqualTo(1);
      wal.roll();
      wal.sync();
      assertThat(wal.sizeBytes()).isZero();
    }
  }
}
