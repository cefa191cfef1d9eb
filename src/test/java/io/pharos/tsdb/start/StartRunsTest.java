package io.pharos.tsdb.start;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.bytes.ByteSink;
import io.pharos.bytes.ByteSource;
import io.pharos.storage.SampleWindow;
import java.lang.foreign.MemorySegment;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StartRunsTest {
  private static final StartRuns RUNS =
      StartRuns.NONE.with(10, 5).with(20, 5).with(30, 0).with(40, 35);

  @Test
  void runs_areWhereTheStartChanges() {
    assertThat(RUNS).hasToString("10: 5, 30: 0, 40: 35");
    assertThat(RUNS.with(35, 1)).as("before the last").isSameAs(RUNS);
    assertThat(RUNS.with(40, 36)).hasToString("10: 5, 30: 0, 40: 36");
    assertThat(RUNS).hasToString("10: 5, 30: 0, 40: 35");
    assertThat(StartRuns.NONE.with(1, 0)).isSameAs(StartRuns.NONE);
  }

  @Test
  void from_keepsTheRunAtThatTime() {
    assertThat(RUNS.from(0)).isSameAs(RUNS);
    assertThat(RUNS.from(29)).isSameAs(RUNS);
    assertThat(RUNS.from(30)).hasToString("30: 0, 40: 35");
    assertThat(RUNS.from(99)).hasToString("40: 35");
  }

  @Test
  void within_clipsRuns_andIsNoneWithoutAKnownStart() {
    assertThat(RUNS.within(0, 100)).hasToString("10: 5, 30: 0, 40: 35");
    assertThat(RUNS.within(15, 30)).hasToString("15: 5");
    assertThat(RUNS.within(15, 31)).hasToString("15: 5, 30: 0");
    assertThat(RUNS.within(30, 40).isEmpty()).isTrue();
    assertThat(RUNS.within(0, 10).isEmpty()).isTrue();
    assertThat(RUNS.within(50, 60)).hasToString("50: 35");
  }

  private static SampleWindow told(StartRuns runs, int first, long... times) {
    var window = new SampleWindow(1);
    for (long time : times) {
      window.add(time, 1);
    }
    runs.applyTo(window, first);
    return window;
  }

  @Test
  void applyTo_setsTheStartsOfSamples() {
    SampleWindow window = told(RUNS, 1, 10, 9, 10, 29, 30, 39, 40, 99);
    long[] starts = new long[window.size()];
    for (int i = 0; i < starts.length; i++) {
      starts[i] = window.start(i);
    }
    assertThat(starts).containsExactly(0, 0, 5, 5, 0, 0, 35, 35);
    assertThat(told(StartRuns.NONE, 0, 1).starts()).isNull();
    assertThat(told(RUNS, 0, 31, 32).starts()).as("nothing known").isNull();
  }

  @Test
  void olderRuns_doNotSeeLaterOnes() {
    StartRuns one = StartRuns.NONE.with(1, 1);
    StartRuns two = one.with(2, 2);
    StartRuns three = two.with(3, 3);
    assertThat(one).hasToString("1: 1");
    assertThat(two).hasToString("1: 1, 2: 2");
    assertThat(three).hasToString("1: 1, 2: 2, 3: 3");
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void randomRuns_equalAMap_alsoAfterWriteAndRead(long seed) {
    var random = new Random(seed);
    var plain = new TreeMap<Long, Long>();
    StartRuns runs = StartRuns.NONE;
    long time = 1000;
    for (int i = 0; i < 200; i++) {
      time += random.nextInt(3);
      long start = random.nextInt(4) == 0 ? 0 : 999 + random.nextInt(3);
      runs = runs.with(time, start);
      plain.put(time, start);
      var sink = new ByteSink(16);
      runs.write(sink, 1000);
      StartRuns read =
          StartRuns.read(new ByteSource(MemorySegment.ofArray(sink.toByteArray())), 1000);
      for (StartRuns each : new StartRuns[] {runs, read}) {
        long at = 990 + random.nextInt(20 + 3 * i);
        Map.Entry<Long, Long> known = plain.floorEntry(at);
        assertThat(told(each, 0, at).start(0))
            .as("%s at %d", each, at)
            .isEqualTo(known == null ? 0 : known.getValue());
      }
    }
  }
}
