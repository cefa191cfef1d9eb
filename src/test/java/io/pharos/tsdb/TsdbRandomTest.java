package io.pharos.tsdb;

import static io.pharos.tsdb.TestStore.HOUR;
import static io.pharos.tsdb.TestStore.T0;
import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.model.LabelMatcher;
import io.pharos.model.Labels;
import io.pharos.model.StaleMarker;
import io.pharos.model.histogram.Histogram;
import io.pharos.storage.AppendOutcome;
import io.pharos.storage.Appender;
import io.pharos.storage.InMemoryStorage;
import io.pharos.storage.TestHistograms;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Random operations on the store and on the simplest one; both must always have the same content.
class TsdbRandomTest {
  private static final List<String> NAMES =
      List.of("up", "requests_total", "latency", "ü\uD83D\uDE00");
  private static final LabelMatcher.Type[] TYPES = LabelMatcher.Type.values();

  private final Map<Labels, Histogram> histograms = new HashMap<>();

  @TempDir Path directory;

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6})
  void store_randomWork_holdsTheSameAsInMemoryStorage(long seed) throws Exception {
    var random = new Random(seed);
    var plain = new InMemoryStorage();
    long now = T0;
    try (var store =
        new TestStore(
            directory,
            TsdbOptions.defaults()
                .with(
                    draft -> {
                      draft.walSegmentBytes = 64 << 10;
                      draft.headPartBytes = 1 + random.nextInt(2000);
                    }))) {
      for (int step = 0; step < 700; step++) {
        now += 1 + random.nextInt(90_000);
        store.now(now);
        append(store, plain, random, now);
        if (random.nextInt(20) == 0) {
          store.tick();
        }
        if (random.nextInt(60) == 0) {
          store.reopen();
        }
        if (random.nextInt(15) == 0) {
          compare(store, plain, random, now);
        }
      }
      compare(store, plain, random, now);
      assertThat(store.dump(T0 - HOUR, now + HOUR))
          .isEqualTo(
              TestStore.dump(
                  plain.select(List.of(), T0 - HOUR, now + HOUR), T0 - HOUR, now + HOUR));
      assertThat(store.files(store.blocks())).isNotEmpty();
    }
  }

  private void append(TestStore store, InMemoryStorage plain, Random random, long now) {
    try (Appender appender = store.tsdb().appender();
        Appender reference = plain.appender()) {
      int count = 1 + random.nextInt(40);
      for (int i = 0; i < count; i++) {
        Labels labels = labels(random, now);
        long time = now - (random.nextInt(8) == 0 ? random.nextInt(4_000_000) : 0);
        Histogram histogram = random.nextInt(3) == 0 ? histogram(random, labels) : null;
        double value = value(random);
        AppendOutcome outcome = append(appender, labels, time, value, histogram);
        if (outcome != AppendOutcome.TOO_OLD) {
          AppendOutcome expected = append(reference, labels, time, value, histogram);
          /* A series that left memory has forgotten its last sample, but samples before it are too
           * old anyway. */
          assertThat(outcome).isEqualTo(expected);
        }
      }
      if (random.nextInt(10) > 0) {
        appender.commit();
        reference.commit();
      }
    }
  }

  private Histogram histogram(Random random, Labels labels) {
    return histograms.compute(
        labels,
        (_, before) ->
            before == null || random.nextInt(5) == 0
                ? TestHistograms.random(random)
                : TestHistograms.grown(before, random));
  }

  private static AppendOutcome append(
      Appender appender, Labels labels, long time, double value, @Nullable Histogram histogram) {
    return histogram == null
        ? appender.append(labels, time, value)
        : appender.append(labels, time, histogram);
  }

  private static Labels labels(Random random, long now) {
    /* Instances change every three hours, so that series come and go. */
    long age = (now - T0) / (3 * HOUR);
    Labels labels =
        Labels.of(
            "__name__",
            NAMES.get(random.nextInt(NAMES.size())),
            "instance",
            "i" + age + "-" + random.nextInt(5));
    return random.nextBoolean() ? labels : labels.with("code", "" + random.nextInt(3));
  }

  private static double value(Random random) {
    return switch (random.nextInt(6)) {
      case 0 -> StaleMarker.VALUE;
      case 1 -> Double.longBitsToDouble(0x7ff8000000000000L | random.nextInt(1000));
      case 2 -> random.nextGaussian();
      default -> random.nextInt(1000);
    };
  }

  private static void compare(TestStore store, InMemoryStorage plain, Random random, long now) {
    long from = T0 - HOUR + random.nextLong(now - T0 + HOUR);
    long to = from + random.nextLong(6 * HOUR);
    var matchers = new ArrayList<LabelMatcher>();
    for (int i = random.nextInt(3); i > 0; i--) {
      matchers.add(matcher(random));
    }
    var expected = TestStore.dump(plain.select(matchers, from, to), from, to);
    assertThat(TestStore.dump(store.tsdb().select(matchers, from, to), from, to))
        .as("%s from %d to %d", matchers, from, to)
        .isEqualTo(expected);
    var names = new TreeSet<String>();
    var instances = new TreeSet<String>();
    for (Labels labels : expected.keySet()) {
      names.addAll(labels.names());
      instances.add(labels.get("instance"));
    }
    /* Series without a sample in the interval are allowed, series that do not match are not. */
    assertThat(store.tsdb().labelNames(matchers, from, to)).containsAll(names);
    assertThat(plain.labelNames(matchers, from, to))
        .containsAll(store.tsdb().labelNames(matchers, from, to));
    assertThat(store.tsdb().labelValues("instance", matchers, from, to)).containsAll(instances);
  }

  private static LabelMatcher matcher(Random random) {
    LabelMatcher.Type type = TYPES[random.nextInt(TYPES.length)];
    return switch (random.nextInt(4)) {
      case 0 -> LabelMatcher.of(type, "__name__", NAMES.get(random.nextInt(NAMES.size())));
      case 1 ->
          LabelMatcher.of(type, "code", List.of("", "1", "[12]", "1|2|").get(random.nextInt(4)));
      case 2 ->
          LabelMatcher.of(
              type, "instance", List.of("i0-1", "i0.*", "i.-[13]").get(random.nextInt(3)));
      default -> LabelMatcher.of(type, "none", List.of("", "x", ".*").get(random.nextInt(3)));
    };
  }
}
