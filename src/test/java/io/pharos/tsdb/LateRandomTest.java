package io.pharos.tsdb;

import static io.pharos.tsdb.TestStore.HOUR;
import static io.pharos.tsdb.TestStore.T0;
import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.model.Labels;
import io.pharos.model.StaleMarker;
import io.pharos.model.histogram.Histogram;
import io.pharos.storage.AppendOutcome;
import io.pharos.storage.Appender;
import io.pharos.storage.TestHistograms;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Samples arrive in random order; queries must return them in time order.
class LateRandomTest {
  private static final int SERIES = 12;
  private static final Duration WINDOW = Duration.ofHours(9);

  @TempDir Path directory;

  /// @param at time of arrival
  private record Sample(
      Labels labels, long time, double value, @Nullable Histogram histogram, long at) {
    AppendOutcome append(Appender appender) {
      return histogram == null
          ? appender.append(labels, time, value)
          : appender.append(labels, time, histogram);
    }
  }

  private static List<Sample> samples(Random random) {
    var samples = new ArrayList<Sample>();
    for (int s = 0; s < SERIES; s++) {
      Labels labels = Labels.of("__name__", "m" + s % 3, "s", "s" + s);
      /* Some start late, some are always late, some hardly ever. */
      int share = List.of(0, 2, 5, 50).get(random.nextInt(4));
      long time = T0 + random.nextLong(6 * HOUR);
      while ((time += 20_000 + random.nextInt(200_000)) < T0 + 24 * HOUR) {
        boolean late = share > 0 && random.nextInt(share) == 0;
        long delay = late ? random.nextLong(WINDOW.toMillis() - 10 * 60_000) : 0;
        Histogram histogram =
            s % 4 == 3 && random.nextInt(3) == 0 ? TestHistograms.random(random) : null;
        double value = random.nextInt(40) == 0 ? StaleMarker.VALUE : random.nextInt(1_000) / 8.0;
        samples.add(new Sample(labels, time, value, histogram, time + delay));
      }
    }
    return samples;
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void samples_inAnyOrder_areReadInTimeOrder(long seed) throws Exception {
    var random = new Random(seed);
    List<Sample> all = samples(random);
    List<Sample> coming = all.stream().sorted(Comparator.comparingLong(Sample::at)).toList();
    List<Sample> inTime = all.stream().sorted(Comparator.comparingLong(Sample::time)).toList();
    var options = TsdbOptions.defaults().with(draft -> draft.walSegmentBytes = 64 << 10);
    try (var store = new TestStore(directory.resolve("late"), options);
        var other = new TestStore(directory.resolve("ordered"), options)) {
      store.tsdb().outOfOrderWindow(WINDOW);
      int i = 0;
      int looks = 0;
      while (i < coming.size()) {
        int end = Math.min(coming.size(), i + 1 + random.nextInt(30));
        store.now(coming.get(end - 1).at());
        try (Appender appender = store.tsdb().appender()) {
          for (Sample one : coming.subList(i, end)) {
            assertThat(one.append(appender)).as("%s", one).isEqualTo(AppendOutcome.APPENDED);
            if (random.nextInt(30) == 0) {
              one.append(appender);
            }
          }
          appender.commit();
        }
        i = end;
        if (random.nextInt(8) == 0) {
          store.tick();
        }
        if (random.nextInt(60) == 0) {
          store.reopen();
          store.tsdb().outOfOrderWindow(WINDOW);
        }
        if (random.nextInt(80) == 0) {
          looks++;
          compare(store, coming.subList(0, end), random);
        }
      }
      assertThat(looks).isPositive();
      for (Sample one : inTime) {
        other.now(one.time());
        try (Appender appender = other.tsdb().appender()) {
          assertThat(one.append(appender)).isEqualTo(AppendOutcome.APPENDED);
          appender.commit();
        }
      }
      assertThat(store.dump(T0, T0 + 30 * HOUR)).isEqualTo(other.dump(T0, T0 + 30 * HOUR));
      store.now(T0 + 40 * HOUR);
      store.tick();
      assertThat(store.dump(T0, T0 + 30 * HOUR)).isEqualTo(other.dump(T0, T0 + 30 * HOUR));
      assertThat(store.counter("prometheus_tsdb_out_of_order_samples_total")).isZero();
    }
  }

  private static void compare(TestStore store, List<Sample> known, Random random) {
    long from = T0 + random.nextLong(24 * HOUR);
    long to = from + random.nextLong(6 * HOUR);
    long expected = known.stream().filter(one -> one.time() >= from && one.time() <= to).count();
    long found = store.dump(from, to).values().stream().mapToLong(samples -> samples.size()).sum();
    assertThat(found).as("from %d to %d", from, to).isEqualTo(expected);
  }
}
