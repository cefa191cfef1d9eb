package io.pharos.tsdb;

import static io.pharos.tsdb.TestStore.HOUR;
import static io.pharos.tsdb.TestStore.T0;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.model.LabelMatcher;
import io.pharos.model.Labels;
import io.pharos.model.StaleMarker;
import io.pharos.storage.AppendOutcome;
import io.pharos.storage.Appender;
import io.pharos.storage.InMemoryStorage;
import io.pharos.storage.SampleCursor;
import io.pharos.storage.SamplePositions;
import io.pharos.storage.SampleWindow;
import io.pharos.storage.SeriesRow;
import io.pharos.storage.SeriesSet;
import io.pharos.storage.TestHistograms;
import io.pharos.storage.WrittenSeries;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HeadRowTest {
  private static final int SERIES = 9;

  @TempDir Path directory;

  private static final class Series extends WrittenSeries {
    Series(Labels labels) {
      super(labels);
    }
  }

  private static Labels labels(int i) {
    return Labels.of("__name__", "m", "i", Integer.toString(i));
  }

  private static List<Series> series(int from, int to) {
    return IntStream.range(from, to).mapToObj(i -> new Series(labels(i))).toList();
  }

  /// A writer that appends its series as a row if possible, otherwise one by one.
  private static final class Writer {
    final List<Series> series;
    final SeriesRow row;
    int rows;

    Writer(int from, int to) {
      series = series(from, to);
      row = new SeriesRow(series);
    }

    void write(Appender appender, Appender plain, long time, double[] values) {
      for (int i = 0; i < values.length; i++) {
        AppendOutcome _ = plain.append(series.get(i).labels(), time, values[i]);
      }
      if (appender.append(row, time, values)) {
        rows++;
        return;
      }
      for (int i = 0; i < values.length; i++) {
        AppendOutcome _ = appender.append(series.get(i), time, values[i]);
      }
    }
  }

  private static double value(Random random) {
    return switch (random.nextInt(6)) {
      case 0 -> StaleMarker.VALUE;
      case 1 -> 7;
      case 2 -> random.nextDouble();
      default -> random.nextInt(1000) / 100.0;
    };
  }

  private static double[] values(Random random, int count) {
    return IntStream.range(0, count).mapToDouble(_ -> value(random)).toArray();
  }

  /// Writers with overlapping rows, single samples between them, blocks and restarts.
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6})
  void store_rowsAndSinglesInAnyOrder_holdsTheSameAsInMemoryStorage(long seed) throws Exception {
    var random = new Random(seed);
    var plain = new InMemoryStorage();
    List<Writer> writers = writers();
    int rows = 0;
    long now = T0;
    try (var store =
        new TestStore(
            directory, TsdbOptions.defaults().with(draft -> draft.walSegmentBytes = 64 << 10))) {
      var places = new Places();
      for (int step = 0; step < 1500; step++) {
        now += random.nextInt(40_000);
        store.now(now);
        try (Appender appender = store.tsdb().appender();
            Appender reference = plain.appender()) {
          int which = random.nextInt(20);
          Writer writer = writers.get(which < 10 ? 0 : which < 19 ? 1 : 2);
          if (random.nextInt(30) == 0) {
            single(random, appender, reference, now);
          }
          writer.write(appender, reference, now, values(random, writer.series.size()));
          if (random.nextInt(4) == 0) {
            single(random, appender, reference, now - random.nextInt(3) * 20_000);
          }
          if (random.nextInt(10) > 0) {
            appender.commit();
            reference.commit();
          }
        }
        if (random.nextInt(40) == 0) {
          store.tick();
        }
        if (random.nextInt(150) == 0) {
          store.reopen();
          places = new Places();
          rows += writers.getFirst().rows;
          writers = writers();
        }
        if (random.nextInt(4) == 0) {
          places.follow(store.tsdb(), plain, now);
        }
        if (random.nextInt(6) == 0) {
          compare(store, plain, now - random.nextInt(7) * HOUR / 2, now + HOUR);
        }
      }
      compare(store, plain, T0 - HOUR, now + HOUR);
      assertThat(store.files(store.blocks())).isNotEmpty();
    }
    assertThat(rows + writers.getFirst().rows).isGreaterThan(300);
  }

  private static List<Writer> writers() {
    return List.of(new Writer(0, 4), new Writer(4, 8), new Writer(2, 6));
  }

  /// The same with a window for late samples, compared with a store without rows.
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void store_rowsAndLateSamples_equalsSingleAppends(long seed) throws Exception {
    var random = new Random(seed);
    try (var store = new TestStore(directory.resolve("rows"));
        var other = new TestStore(directory.resolve("singles"))) {
      store.tsdb().outOfOrderWindow(Duration.ofMinutes(30));
      other.tsdb().outOfOrderWindow(Duration.ofMinutes(30));
      List<Writer> writers = writers();
      var singles = List.of(series(0, 4), series(4, 8), series(2, 6));
      long now = T0;
      for (int step = 0; step < 600; step++) {
        now += random.nextInt(40_000);
        store.now(now);
        other.now(now);
        try (Appender appender = store.tsdb().appender();
            Appender reference = other.tsdb().appender()) {
          int which = random.nextInt(10) < 9 ? random.nextInt(2) : 2;
          double[] values = values(random, 4);
          long time = now - (random.nextInt(9) == 0 ? random.nextInt(3_000_000) : 0);
          writers.get(which).write(appender, new InMemoryStorage().appender(), time, values);
          for (int i = 0; i < values.length; i++) {
            AppendOutcome _ = reference.append(singles.get(which).get(i), time, values[i]);
          }
          if (random.nextInt(4) == 0) {
            Labels labels = labels(random.nextInt(SERIES));
            long late = now - random.nextInt(100) * 20_000L;
            double value = value(random);
            assertThat(appender.append(labels, late, value))
                .isEqualTo(reference.append(labels, late, value));
          }
          appender.commit();
          reference.commit();
        }
        if (random.nextInt(60) == 0) {
          store.tick();
          other.tick();
        }
        if (random.nextInt(8) == 0) {
          long from = now - random.nextInt(7) * HOUR / 2;
          assertThat(store.dump(from, now)).isEqualTo(other.dump(from, now));
        }
      }
      assertThat(store.dump(T0 - HOUR, now)).isEqualTo(other.dump(T0 - HOUR, now));
      assertThat(writers.getFirst().rows).isGreaterThan(100);
    }
  }

  private static void single(Random random, Appender appender, Appender reference, long time) {
    Labels labels = labels(random.nextInt(SERIES));
    if (random.nextInt(4) == 0) {
      var histogram = TestHistograms.random(random);
      AppendOutcome outcome = appender.append(labels, time, histogram);
      if (outcome != AppendOutcome.TOO_OLD) {
        AppendOutcome _ = reference.append(labels, time, histogram);
      }
      return;
    }
    double value = value(random);
    AppendOutcome outcome = appender.append(labels, time, value);
    if (outcome != AppendOutcome.TOO_OLD) {
      AppendOutcome _ = reference.append(labels, time, value);
    }
  }

  private static void compare(TestStore store, InMemoryStorage plain, long from, long to) {
    assertThat(store.dump(from, to))
        .isEqualTo(TestStore.dump(plain.select(List.of(), from, to), from, to));
    SeriesSet mine = store.tsdb().select(List.of(), from, to);
    var newest = new SampleWindow();
    for (int i = 0; i < mine.size(); i++) {
      newest.clear();
      mine.readNewest(i, from, to, newest);
      Map<Long, Object> all =
          TestStore.dump(mine, from, to).getOrDefault(mine.labels(i), new TreeMap<>());
      assertThat(newest.size() == 0).isEqualTo(all.isEmpty());
      if (newest.size() > 0) {
        assertThat(newest.timestamp(newest.size() - 1)).isEqualTo(new TreeMap<>(all).lastKey());
      }
    }
  }

  /// Cursors that resume from saved positions.
  private static final class Places {
    private final SamplePositions places = new SamplePositions(SERIES);
    private final boolean[] known = new boolean[SERIES];

    void follow(Tsdb tsdb, InMemoryStorage plain, long now) {
      SeriesSet set = tsdb.select(all(), now - HOUR, now);
      SampleCursor cursor = set.cursor().orElseThrow();
      Map<Labels, Map<Long, Object>> expected =
          TestStore.dump(plain.select(all(), T0, now), T0, now);
      for (int i = 0; i < set.size(); i++) {
        int slot = Integer.parseInt(set.labels(i).get("i"));
        var rest = new TreeMap<>(expected.getOrDefault(set.labels(i), Map.of()));
        if (known[slot]) {
          rest = new TreeMap<>(rest.tailMap(places.timestamp(slot), false));
          cursor.resume(i, places, slot);
        } else {
          cursor.seek(i, T0);
        }
        while (cursor.next()) {
          Map.Entry<Long, Object> next = requireNonNull(rest.pollFirstEntry(), "one too many");
          assertThat(cursor.timestamp()).isEqualTo(next.getKey());
          assertThat((Object) Double.doubleToRawLongBits(cursor.value()))
              .isEqualTo(next.getValue());
          cursor.save(places, slot);
          known[slot] = true;
        }
        if (cursor.isBlocked()) {
          known[slot] = false;
        } else if (!rest.isEmpty()) {
          throw new AssertionError(set.labels(i) + ": passed over " + rest);
        }
      }
    }
  }

  private static List<LabelMatcher> all() {
    return List.of(LabelMatcher.of(LabelMatcher.Type.EQUAL, "__name__", "m"));
  }

  @Test
  void append_seriesThatTheHeadLacks_isRefusedAsARow() throws Exception {
    try (var store = new TestStore(directory);
        Appender appender = store.tsdb().appender()) {
      assertThat(appender.append(new SeriesRow(series(0, 2)), T0, new double[] {1, 2})).isFalse();
    }
  }

  @Test
  void append_seriesTwiceInARow_isRefusedAsARow() throws Exception {
    try (var store = new TestStore(directory)) {
      Series one = series(0, 1).getFirst();
      var twice = new SeriesRow(List.of(one, one));
      for (int i = 0; i < 3; i++) {
        try (Appender appender = store.tsdb().appender()) {
          assertThat(appender.append(twice, T0 + i, new double[] {1, 2})).isFalse();
          assertThat(appender.append(one, T0 + i, i)).isEqualTo(AppendOutcome.APPENDED);
          appender.commit();
        }
      }
      assertThat(store.samples(labels(0), T0, T0 + 9)).hasSize(3);
    }
  }

  @Test
  void append_rowAfterNewerSamples_refusesEachSample() throws Exception {
    try (var store = new TestStore(directory)) {
      var writer = new Writer(0, 3);
      for (int i = 0; i < 4; i++) {
        try (Appender appender = store.tsdb().appender();
            Appender plain = new InMemoryStorage().appender()) {
          writer.write(appender, plain, T0 + i * 1000, new double[] {i, i, i});
          appender.commit();
        }
      }
      assertThat(writer.rows).isEqualTo(3);
      store.append(labels(1), T0 + 10_000, 5);

      try (Appender appender = store.tsdb().appender()) {
        assertThat(appender.append(writer.row, T0 + 9_000, new double[] {9, 9, 9})).isFalse();
        assertThat(appender.append(writer.series.get(0), T0 + 9_000, 9))
            .isEqualTo(AppendOutcome.APPENDED);
        assertThat(appender.append(writer.series.get(1), T0 + 9_000, 9))
            .isEqualTo(AppendOutcome.OUT_OF_ORDER);
        appender.commit();
      }
      try (Appender appender = store.tsdb().appender()) {
        assertThat(appender.append(writer.row, T0 + 11_000, new double[] {1, 1, 1})).isTrue();
        assertThat(appender.append(labels(2), T0 + 11_000, 2))
            .isEqualTo(AppendOutcome.DUPLICATE_TIMESTAMP);
        appender.commit();
      }
      assertThat(store.samples(labels(2), T0 + 11_000, T0 + 11_000))
          .containsValue(Double.doubleToRawLongBits(1));
    }
  }

  @Test
  void row_killedStore_isReplayed() throws Exception {
    try (var store = new TestStore(directory)) {
      var writer = new Writer(0, 3);
      for (int i = 0; i < 5; i++) {
        try (Appender appender = store.tsdb().appender();
            Appender plain = new InMemoryStorage().appender()) {
          writer.write(appender, plain, T0 + i * 1000, new double[] {i, i, i});
          appender.commit();
        }
      }
      Map<Labels, Map<Long, Object>> before = store.dump(T0, T0 + 10_000);
      store.reopen();
      assertThat(store.dump(T0, T0 + 10_000)).isEqualTo(before).hasSize(3);
    }
  }

  /// Values that number the timestamps, so that a missed sample is a visible gap.
  @Test
  void read_whileRowsAreWritten_missesNothing() throws Exception {
    try (var store = new TestStore(directory);
        var readers = Executors.newFixedThreadPool(3)) {
      var writer = new Writer(0, 4);
      var done = new AtomicBoolean();
      var results = new ArrayList<Future<Integer>>();
      for (int i = 0; i < 3; i++) {
        Callable<Integer> reader = i == 0 ? () -> walk(store, done) : () -> read(store, done);
        results.add(readers.submit(reader));
      }
      for (int i = 1; i <= 4000; i++) {
        try (Appender appender = store.tsdb().appender();
            Appender plain = new InMemoryStorage().appender()) {
          writer.write(appender, plain, T0 + i, new double[] {i, i, i, i});
          appender.commit();
        }
        if (i % 97 == 0) {
          store.append(labels(i % 4), T0 + i, i);
        }
      }
      done.set(true);
      for (Future<Integer> result : results) {
        assertThat(result.get()).isPositive();
      }
    }
  }

  private static int read(TestStore store, AtomicBoolean done) {
    int reads = 0;
    long seen = 0;
    var window = new SampleWindow();
    while (!done.get() || reads == 0) {
      SeriesSet set = store.tsdb().select(all(), T0, T0 + HOUR);
      long least = Long.MAX_VALUE;
      for (int i = 0; i < set.size(); i++) {
        window.clear();
        set.read(i, T0, T0 + HOUR, window);
        for (int at = 0; at < window.size(); at++) {
          assertThat(window.value(at)).isEqualTo(at + 1.0);
        }
        assertThat((long) window.size()).isGreaterThanOrEqualTo(seen);
        least = Math.min(least, window.size());
        reads++;
      }
      seen = set.size() == 0 ? 0 : least;
    }
    return reads;
  }

  private static int walk(TestStore store, AtomicBoolean done) {
    var places = new SamplePositions(4);
    var counts = new int[4];
    boolean last;
    do {
      last = done.get();
      SeriesSet set = store.tsdb().select(all(), T0, T0 + HOUR);
      SampleCursor cursor = set.cursor().orElseThrow();
      for (int i = 0; i < set.size(); i++) {
        if (counts[i] == 0) {
          cursor.seek(i, T0);
        } else {
          cursor.resume(i, places, i);
        }
        while (cursor.next()) {
          assertThat(cursor.value()).isEqualTo(++counts[i]);
          cursor.save(places, i);
        }
      }
    } while (!last);
    assertThat(counts).containsOnly(4000);
    return counts[0];
  }
}
