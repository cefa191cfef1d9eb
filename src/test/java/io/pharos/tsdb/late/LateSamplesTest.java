package io.pharos.tsdb.late;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.pharos.model.histogram.Histogram;
import io.pharos.storage.AppendOutcome;
import io.pharos.storage.SampleWindow;
import io.pharos.storage.TestHistograms;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class LateSamplesTest {
  private static final Histogram HISTOGRAM = TestHistograms.of(1, 2, 3);

  private static LateSamples of(long... times) {
    var samples = LateSamples.NONE;
    for (long time : times) {
      samples = samples.with(time, time, null);
    }
    return samples;
  }

  private static List<Long> times(SampleWindow window) {
    var times = new ArrayList<Long>();
    for (int i = 0; i < window.size(); i++) {
      times.add(window.timestamp(i));
    }
    return times;
  }

  @Test
  void judge_byTimeAndBits() {
    LateSamples samples = of(10, 5).with(7, Double.NaN, HISTOGRAM);

    assertThat(samples.outcomeOf(6, 1, null)).isEqualTo(AppendOutcome.APPENDED);
    assertThat(samples.outcomeOf(5, 5, null)).isEqualTo(AppendOutcome.DUPLICATE);
    assertThat(samples.outcomeOf(5, -5, null)).isEqualTo(AppendOutcome.DUPLICATE_TIMESTAMP);
    assertThat(samples.outcomeOf(5, 5, HISTOGRAM)).isEqualTo(AppendOutcome.DUPLICATE_TIMESTAMP);
    assertThat(samples.outcomeOf(7, 0, HISTOGRAM)).isEqualTo(AppendOutcome.DUPLICATE);
    assertThat(samples.outcomeOf(7, Double.NaN, null)).isEqualTo(AppendOutcome.DUPLICATE_TIMESTAMP);
    assertThat(samples.outcomeOf(7, 0, TestHistograms.of(9)))
        .isEqualTo(AppendOutcome.DUPLICATE_TIMESTAMP);
    assertThatIllegalArgumentException().isThrownBy(() -> samples.with(5, 1, null));
  }

  @Test
  void bytes_growWithTheSamples_andHistogramsCountMore() {
    assertThat(of(1, 2, 3).bytes()).isEqualTo(3 * LateSamples.bytes(null)).isEqualTo(48);
    assertThat(LateSamples.bytes(HISTOGRAM)).isGreaterThan(200);
    assertThat(LateSamples.NONE.bytes()).isZero();
    assertThat(LateSamples.NONE.oldest()).isEqualTo(Long.MAX_VALUE);
    assertThat(of(9, 4).oldest()).isEqualTo(4);
  }

  @Test
  void reader_seesItsState_whileSamplesAreAdded() {
    LateSamples before = of(10, 20);
    LateSamples after = before.with(30, 1, null).with(15, 1, null).with(40, 1, HISTOGRAM);

    assertThat(times(before.within(0, 100))).containsExactly(10L, 20L);
    assertThat(times(after.within(0, 100))).containsExactly(10L, 15L, 20L, 30L, 40L);
    assertThat(times(after.within(15, 30))).containsExactly(15L, 20L, 30L);
    assertThat(after.within(16, 19).size()).isZero();
  }

  @Test
  void merge_storedSampleOfATime_counts() {
    var window = new SampleWindow();
    window.add(1, 1);
    window.add(10, 100);
    window.setStart(3L);
    window.add(20, 200);
    LateSamples late = of(5, 10, 30).with(15, 0, HISTOGRAM);

    late.mergeInto(window, 1, 5, 29);

    assertThat(times(window)).containsExactly(1L, 5L, 10L, 15L, 20L);
    assertThat(window.value(2)).isEqualTo(100);
    assertThat(window.start(1)).isZero();
    assertThat(window.start(2)).isEqualTo(3);
    assertThat(window.histogram(3)).isEqualTo(HISTOGRAM);
    assertThat(window.histogram(4)).isNull();
  }

  @Test
  void without_removesSamplesThatOthersHaveInTheWindow() {
    LateSamples before = of(10, 20, 30);
    LateSamples after = before.with(25, 1, null);

    assertThat(times(after.without(before, 15, 30).within(0, 100))).containsExactly(10L, 25L, 30L);
    assertThat(after.without(before, 40, 50)).isSameAs(after);
    assertThat(before.without(before, 0, 100)).isSameAs(LateSamples.NONE);
  }

  @Test
  void windows_areThoseWithSamplesBeforeATime() {
    var starts = new TreeSet<Long>();
    of(-1, 5, 19, 20, 47).addWindowsBefore(20, 10, starts);
    assertThat(starts).containsExactly(-10L, 0L, 10L);
  }

  @Test
  void anyOrder_givesTheSameSamples() {
    var random = new Random(7);
    for (int round = 0; round < 50; round++) {
      var plain = new TreeMap<Long, Double>();
      var samples = LateSamples.NONE;
      for (int i = 0; i < 200; i++) {
        long time = random.nextInt(3) == 0 ? random.nextInt(1_000) : 1_000 + i;
        if (samples.outcomeOf(time, i, null) == AppendOutcome.APPENDED) {
          samples = samples.with(time, i, null);
          plain.put(time, (double) i);
        }
      }
      SampleWindow all = samples.within(Long.MIN_VALUE, Long.MAX_VALUE);
      assertThat(times(all)).containsExactlyElementsOf(plain.keySet());
      for (int i = 0; i < all.size(); i++) {
        assertThat(all.value(i)).isEqualTo(plain.get(all.timestamp(i)));
      }
      assertThat(samples.size()).isEqualTo(plain.size());
    }
  }
}
