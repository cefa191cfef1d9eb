package io.pharos.tsdb.exemplar;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.bytes.ByteSink;
import io.pharos.model.LabelMatcher;
import io.pharos.model.Labels;
import io.pharos.storage.Exemplar;
import io.pharos.storage.Exemplars;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ExemplarRingTest {
  private static final Labels A = Labels.of("__name__", "a");
  private static final Labels B = Labels.of("__name__", "b");
  private static final List<List<LabelMatcher>> ALL = List.of(List.of());

  private static ExemplarRing.Packed packed(String trace, double value, long time, boolean timed) {
    Labels labels = Labels.of("trace_id", trace);
    return ExemplarRing.Packed.of(new Exemplar(labels, value, time, timed), new ByteSink(16));
  }

  private static Exemplar.Outcome offer(
      ExemplarRing ring, Labels of, ExemplarRing.Packed exemplar) {
    Exemplar.Outcome outcome = ring.outcomeOf(of, exemplar);
    if (outcome == Exemplar.Outcome.ACCEPTED) {
      ring.add(of, exemplar);
    }
    return outcome;
  }

  private static List<String> all(ExemplarRing ring, long from, long to) {
    var found = new ArrayList<String>();
    for (Exemplars.OfSeries series : ring.select(ALL, from, to)) {
      for (Exemplar one : series.exemplars()) {
        found.add(
            "%s %s@%d"
                .formatted(
                    series.labels().metricName(),
                    one.labels().get("trace_id"),
                    one.timestampMillis()));
      }
    }
    return found;
  }

  /* After an exemplar of trace t, value 2 at time 100. */
  @ParameterizedTest
  @CsvSource({
    "t, 2, 100, true,  DUPLICATE",
    "t, 2, 200, true,  ACCEPTED",
    "t, 3, 100, true,  ACCEPTED",
    "u, 2, 100, true,  ACCEPTED",
    "s, 2, 100, true,  OUT_OF_ORDER",
    "u, 1, 100, true,  OUT_OF_ORDER",
    "u, 3, 99,  true,  OUT_OF_ORDER",
    "t, 2, 99,  true,  OUT_OF_ORDER",
    "t, 2, 200, false, ACCEPTED",
  })
  void judge_comparesWithTheNewestOfTheSeries(
      String trace, double value, long time, boolean timed, Exemplar.Outcome outcome) {
    var ring = new ExemplarRing(10);
    offer(ring, A, packed("t", 2, 100, true));
    assertThat(offer(ring, A, packed(trace, value, time, timed))).isEqualTo(outcome);
    assertThat(offer(ring, B, packed(trace, value, time, timed)))
        .as("of another series")
        .isEqualTo(Exemplar.Outcome.ACCEPTED);
  }

  @Test
  void notANumber_isTheSameAsAnother() {
    var ring = new ExemplarRing(10);
    offer(ring, A, packed("t", Double.NaN, 100, true));
    assertThat(offer(ring, A, packed("t", Double.NaN, 100, true)))
        .isEqualTo(Exemplar.Outcome.DUPLICATE);
  }

  @Test
  void exemplarsWithoutTimes_areEqualAcrossScrapes() {
    var ring = new ExemplarRing(10);
    offer(ring, A, packed("t", 2, 100, false));
    assertThat(offer(ring, A, packed("t", 2, 200, false))).isEqualTo(Exemplar.Outcome.DUPLICATE);
    assertThat(offer(ring, A, packed("u", 2, 200, false))).isEqualTo(Exemplar.Outcome.ACCEPTED);
  }

  @Test
  void fullRing_losesItsOldestOfAnySeries() {
    var ring = new ExemplarRing(3);
    offer(ring, A, packed("1", 1, 1, true));
    offer(ring, B, packed("2", 1, 2, true));
    offer(ring, B, packed("3", 1, 3, true));
    assertThat(ring.oldestMillis()).isEqualTo(1);
    offer(ring, B, packed("4", 1, 4, true));
    assertThat(all(ring, 0, 9)).containsExactly("b 2@2", "b 3@3", "b 4@4");
    assertThat(ring.seriesCount()).isEqualTo(1);
    assertThat(ring.oldestMillis()).isEqualTo(2);
    offer(ring, A, packed("5", 1, 1, true));
    assertThat(all(ring, 0, 9)).containsExactly("a 5@1", "b 3@3", "b 4@4");
    assertThat(all(ring, 2, 3)).containsExactly("b 3@3");
  }

  @Test
  void ringOfOne_keepsTheNewest() {
    var ring = new ExemplarRing(1);
    for (int i = 0; i < 5; i++) {
      offer(ring, i % 2 == 0 ? A : B, packed("t", i, i, true));
      offer(ring, i % 2 == 0 ? A : B, packed("u", i, i, true));
    }
    assertThat(all(ring, 0, 9)).containsExactly("a u@4");
  }

  @Test
  void ringOfNone_keepsNone() {
    var ring = new ExemplarRing(0);
    assertThat(offer(ring, A, packed("t", 1, 1, true))).isEqualTo(Exemplar.Outcome.NOT_KEPT);
    assertThat(all(ring, 0, 9)).isEmpty();
  }

  @Test
  void select_takesSeriesOfAnySelector() {
    var ring = new ExemplarRing(9);
    for (String name : List.of("c", "a", "b")) {
      offer(ring, Labels.of("__name__", name, "job", "j"), packed(name, 1, 1, true));
    }
    var selectors =
        List.of(
            List.of(LabelMatcher.equal("__name__", "c"), LabelMatcher.equal("job", "j")),
            List.of(LabelMatcher.equal("__name__", "a")),
            List.of(LabelMatcher.equal("__name__", "b"), LabelMatcher.equal("job", "other")));
    assertThat(ring.select(selectors, 0, 9))
        .extracting(series -> series.labels().metricName())
        .containsExactly("a", "c");
  }

  private static void trim(List<?> plain, int bound) {
    while (plain.size() > bound) {
      plain.removeFirst();
    }
  }

  /// Compares the ring with lists: the newest of all, for each series in the order of arrival.
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 7, 255, 256, 300, 1000})
  void randomExemplars_equalThoseOfAList(int capacity) {
    var random = new Random(capacity);
    var ring = new ExemplarRing(capacity);
    var plain = new ArrayList<Map.Entry<Labels, ExemplarRing.Packed>>();
    int bound = capacity;
    for (int step = 0; step < 3000; step++) {
      Labels of = Labels.of("__name__", "s" + random.nextInt(12));
      var exemplar =
          packed("t" + random.nextInt(3), random.nextInt(3), step - random.nextInt(4), true);
      if (offer(ring, of, exemplar) == Exemplar.Outcome.ACCEPTED) {
        plain.add(Map.entry(of, exemplar));
      }
      trim(plain, bound);
      if (random.nextInt(400) == 0) {
        bound = 1 + random.nextInt(2 * capacity);
        ring.resize(bound);
      }
      trim(plain, bound);
      if (step % 50 == 0) {
        long from = step - random.nextInt(500);
        long to = from + random.nextInt(500);
        var expected = new TreeMap<Labels, List<Exemplar>>();
        plain.stream()
            .filter(
                one ->
                    one.getValue().timestampMillis() >= from
                        && one.getValue().timestampMillis() <= to)
            .forEach(
                one ->
                    expected
                        .computeIfAbsent(one.getKey(), _ -> new ArrayList<>())
                        .add(one.getValue().unpacked()));
        var found = new TreeMap<Labels, List<Exemplar>>();
        ring.select(ALL, from, to).forEach(one -> found.put(one.labels(), one.exemplars()));
        assertThat(found).as("step %d, %d to %d", step, from, to).isEqualTo(expected);
        assertThat(ring.size).isEqualTo(plain.size());
        assertThat(ring.capacity).isEqualTo(bound);
      }
    }
  }
}
