package io.pharos.tsdb;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.model.LabelMatcher;
import io.pharos.model.Labels;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Selections from the head while series come and go: they contain only matching series, and cached
/// selections are recomputed only if they may have changed.
class HeadSelectionTest {
  private static final LabelMatcher UP = equal(Labels.METRIC_NAME, "up");
  private static final LabelMatcher JOB_A = equal("job", "a");

  private final Head head = new Head(new TsdbMetrics(new SimpleMeterRegistry()));

  private static LabelMatcher equal(String name, String value) {
    return LabelMatcher.of(LabelMatcher.Type.EQUAL, name, value);
  }

  private HeadSeries add(String metric, String job, int number) {
    HeadSeries series =
        head.findOrCreate(
            Labels.of(Labels.METRIC_NAME, metric, "job", job, "n", Integer.toString(number)));
    head.attach(List.of(series));
    return series;
  }

  @Test
  void selection_unrelatedSeriesAdded_staysCached() {
    add("up", "a", 1);
    List<HeadSeries> ofMetric = head.select(List.of(UP, JOB_A)).series();
    List<HeadSeries> ofJob = head.select(List.of(JOB_A)).series();

    add("up", "b", 2);
    add("ALERTS", "b", 3);

    assertThat(head.select(List.of(UP, JOB_A)).series()).isSameAs(ofMetric);
    assertThat(head.select(List.of(JOB_A)).series()).isSameAs(ofJob);
  }

  @Test
  void selection_matchingSeriesAdded_isRecomputed() {
    HeadSeries first = add("up", "a", 1);
    Head.Selected before = head.select(List.of(UP, JOB_A));
    head.select(List.of(JOB_A));

    HeadSeries second = add("up", "a", 2);

    Head.Selected after = head.select(List.of(UP, JOB_A));
    assertThat(before.series()).containsExactly(first);
    assertThat(after.series()).containsExactly(first, second);
    assertThat(head.select(List.of(JOB_A)).series()).containsExactly(first, second);
    assertThat(after.generation()).isNotEqualTo(before.generation());
  }

  @Test
  void selection_matchingSeriesRemoved_isRecomputed() {
    HeadSeries first = add("up", "a", 1);
    HeadSeries second = add("up", "a", 2);
    head.select(List.of(UP));

    head.detach(List.of(first));

    assertThat(head.select(List.of(UP)).series()).containsExactly(second);
  }

  @Test
  void selections_tooManyToCheck_areAllRecomputed() {
    for (int i = 0; i < 400; i++) {
      head.select(List.of(equal("n", Integer.toString(i))));
    }

    head.attach(
        IntStream.range(0, 400)
            .mapToObj(i -> Labels.of(Labels.METRIC_NAME, "m", "n", Integer.toString(i)))
            .map(head::findOrCreate)
            .toList());

    for (int i = 0; i < 400; i++) {
      assertThat(head.select(List.of(equal("n", Integer.toString(i)))).series()).hasSize(1);
    }
  }

  private static List<LabelMatcher> matchers(Random random) {
    var matchers = new ArrayList<LabelMatcher>();
    if (random.nextBoolean()) {
      matchers.add(equal(Labels.METRIC_NAME, "m" + random.nextInt(3)));
    }
    LabelMatcher.Type[] types = LabelMatcher.Type.values();
    String[] values = {"", "a", "b", "a|b", "c"};
    for (int i = random.nextInt(3); i >= 0; i--) {
      matchers.add(
          LabelMatcher.of(
              types[random.nextInt(types.length)],
              List.of(Labels.METRIC_NAME, "job", "n", "absent").get(random.nextInt(4)),
              values[random.nextInt(values.length)]));
    }
    return matchers;
  }

  private static boolean matches(Labels labels, List<LabelMatcher> matchers) {
    return matchers.stream().allMatch(it -> it.matches(labels.get(it.name())));
  }

  private void assertFound(List<HeadSeries> there, List<LabelMatcher> matchers) {
    assertThat(head.select(matchers).series())
        .as(matchers.toString())
        .containsExactlyInAnyOrderElementsOf(
            there.stream().filter(it -> matches(it.labels(), matchers)).toList());
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void selections_whileSeriesComeAndGo_containOnlyMatches(long seed) {
    var random = new Random(seed);
    var there = new ArrayList<HeadSeries>();
    for (int step = 0; step < 2_000; step++) {
      if (random.nextInt(50) == 0 && !there.isEmpty()) {
        head.detach(List.of(there.remove(random.nextInt(there.size()))));
      } else if (random.nextInt(4) == 0) {
        there.add(add("m" + random.nextInt(3), random.nextBoolean() ? "a" : "b", step));
      }
      assertFound(there, matchers(random));
    }
  }

  /// Selections that readers cache during a write must not lack the written series.
  @Test
  void selections_cachedDuringWrites_lackNothingAfterwards() throws Exception {
    var there = new ArrayList<HeadSeries>();
    var done = new AtomicBoolean();
    try (var readers = Executors.newFixedThreadPool(3)) {
      var reading = new ArrayList<Future<Integer>>();
      for (int reader = 0; reader < 3; reader++) {
        var random = new Random(reader);
        reading.add(
            readers.submit(
                () -> {
                  int reads = 0;
                  while (!done.get()) {
                    head.select(matchers(random));
                    reads++;
                  }
                  return reads;
                }));
      }
      var random = new Random(7);
      for (int round = 0; round < 300; round++) {
        there.add(add("m" + round % 3, round % 2 == 0 ? "a" : "b", round));
        assertFound(there, matchers(random));
      }
      done.set(true);
      for (Future<Integer> one : reading) {
        assertThat(one.get()).isPositive();
      }
    }
    for (int seed = 0; seed < 3; seed++) {
      var random = new Random(seed);
      for (int i = 0; i < 200; i++) {
        assertFound(there, matchers(random));
      }
    }
  }
}
