package io.pharos.tsdb.index;

import static java.util.stream.Collectors.toSet;
import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.model.LabelMatcher;
import io.pharos.model.Labels;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Compares the index with a linear search in a list of all series.
@Tag("slow")
class LabelIndexOracleTest {
  private record Entry(int id, Labels labels) implements LabelIndex.Indexed {}

  private static final List<LabelMatcher.Type> TYPES = List.of(LabelMatcher.Type.values());
  private static final List<String> NAMES = List.of("__name__", "job", "zone", "none");
  private static final List<String> VALUES = List.of("", "v0", "v1", "v2", "v3", "w");
  private static final List<String> EXPRESSIONS =
      List.of("", ".*", ".+", "v.", "v[01]", "v1|w", "(v2)?", "x");
  private static final int SERIES = 3_000;

  private final LabelIndex<Entry> index = new LabelIndex<>();

  /* A few values have most of the series; a name and some values have few. */
  private static Entry entry(int id, Random random) {
    var labels = Labels.of("__name__", "v" + random.nextInt(2), "id", "i" + id).toBuilder();
    if (random.nextInt(4) > 0) {
      labels.set("job", "v" + random.nextInt(4));
    }
    if (random.nextInt(20) == 0) {
      labels.set("zone", random.nextBoolean() ? "w" : "v" + random.nextInt(3));
    }
    return new Entry(id, labels.build());
  }

  private static <T> T any(List<T> of, Random random) {
    return of.get(random.nextInt(of.size()));
  }

  private static List<LabelMatcher> matchers(Random random) {
    var matchers = new ArrayList<LabelMatcher>();
    for (int i = random.nextInt(4); i >= 0; i--) {
      LabelMatcher.Type type = any(TYPES, random);
      boolean plain = type == LabelMatcher.Type.EQUAL || type == LabelMatcher.Type.NOT_EQUAL;
      matchers.add(
          LabelMatcher.of(type, any(NAMES, random), any(plain ? VALUES : EXPRESSIONS, random)));
    }
    return matchers;
  }

  private static boolean isMatched(Entry entry, List<LabelMatcher> matchers) {
    return matchers.stream().allMatch(matcher -> matcher.matches(entry.labels()));
  }

  private static List<Entry> firstOf(List<Entry> from, int count, Random random) {
    Collections.shuffle(from, random);
    return new ArrayList<>(from.subList(0, Math.min(count, from.size())));
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6})
  void select_afterChanges_equalsALinearSearch(long seed) {
    var random = new Random(seed);
    var live = new ArrayList<Entry>();
    for (int round = 0, id = 0; round < 40; round++) {
      List<Entry> gone = firstOf(live, random.nextInt(1 + SERIES / 4), random);
      index.removeAll(gone);
      live.removeAll(List.copyOf(gone));
      for (int i = random.nextInt(SERIES / 4); i > 0 && live.size() < SERIES; i--) {
        Entry entry = entry(id++, random);
        index.add(entry);
        live.add(entry);
      }
      assertThat(index.size()).isEqualTo(live.size());
      for (int i = 0; i < 25; i++) {
        List<LabelMatcher> matchers = matchers(random);
        List<Entry> found = index.select(matchers);
        assertThat(found).doesNotHaveDuplicates();
        assertThat(Set.copyOf(found))
            .as("%s, round %s", matchers, round)
            .isEqualTo(live.stream().filter(entry -> isMatched(entry, matchers)).collect(toSet()));
      }
    }
    index.removeAll(live);
    assertThat(index.names()).isEmpty();
  }

  @Test
  void select_whileNumbersAreReused_findsOnlyMatchesAndAllThatStay() throws Exception {
    var random = new Random(7);
    var stay = new ArrayList<Entry>();
    var come = new ArrayList<Entry>();
    for (int id = 0; id < 1_000; id++) {
      Entry entry = entry(id, random);
      (id % 4 == 0 ? stay : come).add(entry);
      index.add(entry);
    }
    var over = new AtomicBoolean();
    try (var threads = Executors.newFixedThreadPool(2)) {
      Callable<Integer> first = () -> read(new Random(8), stay, over);
      Callable<Integer> second = () -> read(new Random(9), stay, over);
      var readers = List.of(threads.submit(first), threads.submit(second));
      try {
        for (int round = 0; round < 1_500; round++) {
          List<Entry> gone = firstOf(come, 50, random);
          index.removeAll(gone);
          Collections.shuffle(gone, random);
          gone.forEach(index::add);
        }
      } finally {
        over.set(true);
      }
      for (var reader : readers) {
        assertThat(reader.get()).isPositive();
      }
    }
    assertThat(index.select(List.of())).hasSize(1_000);
  }

  private int read(Random random, List<Entry> stay, AtomicBoolean over) {
    int turns = 0;
    do {
      List<LabelMatcher> matchers = matchers(random);
      List<Entry> found = index.select(matchers);
      assertThat(found).as("%s", matchers).allMatch(entry -> isMatched(entry, matchers));
      assertThat(found).doesNotHaveDuplicates();
      assertThat(found.stream().filter(entry -> entry.id() % 4 == 0).count())
          .as("of those that stay, %s", matchers)
          .isEqualTo(stay.stream().filter(entry -> isMatched(entry, matchers)).count());
      turns++;
    } while (!over.get());
    return turns;
  }
}
