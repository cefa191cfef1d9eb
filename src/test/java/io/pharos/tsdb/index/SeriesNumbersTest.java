package io.pharos.tsdb.index;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.roaringbitmap.RoaringBitmap;

class SeriesNumbersTest {
  private final LabelIndex.SeriesNumbers<String> numbers = new LabelIndex.SeriesNumbers<>();

  private int add(String series) {
    int number = numbers.reserve();
    numbers.put(number, series);
    return number;
  }

  @Test
  void numbers_ofRemovedSeries_areReusedLowestFirst() {
    for (int i = 0; i < 100; i++) {
      add("s" + i);
    }
    numbers.release(numbers.hide(series -> series.endsWith("7")));
    assertThat(add("new")).isEqualTo(7);
    assertThat(add("newer")).isEqualTo(17);
    assertThat(numbers.size()).isEqualTo(92);
    assertThat(numbers.all()).hasSize(92).contains("new", "newer").doesNotContain("s7", "s27");
  }

  @Test
  void numbers_whileSeriesComeAndGo_stayBelowTheMaximumAtOnce() {
    var random = new Random(1);
    int highest = 0;
    int most = 0;
    for (int round = 0; round < 200; round++) {
      for (int i = random.nextInt(100); i > 0; i--) {
        highest = Math.max(highest, add("s" + random.nextInt(10)));
      }
      most = Math.max(most, numbers.size());
      int digit = random.nextInt(10);
      numbers.release(numbers.hide(series -> series.equals("s" + digit)));
    }
    assertThat(highest).isLessThan(most);
  }

  @Test
  void of_hiddenOrUnusedNumber_isIgnored() {
    int one = add("one");
    int two = add("two");
    RoaringBitmap hidden = numbers.hide("one"::equals);
    assertThat(hidden.toArray()).containsExactly(one);
    assertThat(numbers.of(RoaringBitmap.bitmapOf(one, two, 1_000))).containsExactly("two");
    assertThat(numbers.reserve()).as("not given back yet").isGreaterThan(two);
  }
}
