package io.pharos.tsdb.index;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.roaringbitmap.RoaringBitmap;

class PostingsTest {
  /* Three full containers of a bitmap. */
  private static final int NUMBERS = 3 << 16;

  private static LabelIndex.Postings postings(IntPredicate held) {
    var postings = new LabelIndex.Postings("x");
    IntStream.range(0, NUMBERS).filter(held).forEach(postings::add);
    return postings;
  }

  private static RoaringBitmap bitmap(IntPredicate held) {
    return RoaringBitmap.bitmapOf(IntStream.range(0, NUMBERS).filter(held).toArray());
  }

  private static RoaringBitmap all(LabelIndex.Postings postings) {
    var all = new RoaringBitmap();
    postings.addTo(all);
    return all;
  }

  /* All numbers, then patterns that become runs, bitmaps and arrays, then a few numbers. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 5, 100, 1_000, 4_000, 100_000})
  void sets_areCombined_withoutChangingTheList(int step) {
    IntPredicate mine = number -> number % step == 0;
    RoaringBitmap before = bitmap(mine);
    LabelIndex.Postings postings = postings(mine);
    assertThat(postings.size()).isEqualTo(before.getCardinality());
    for (int other : new int[] {1, 2, 3, 1_000, 70_000}) {
      IntPredicate its = number -> number % other == 0 || number % 9_000 < 3_000;
      RoaringBitmap both = bitmap(its);
      postings.retainIn(both);
      assertThat(both).isEqualTo(bitmap(its.and(mine)));
      both.flip(0L, NUMBERS);

      RoaringBitmap either = bitmap(its);
      postings.addTo(either);
      assertThat(either).isEqualTo(bitmap(its.or(mine)));
      either.flip(0L, NUMBERS);

      RoaringBitmap rest = bitmap(its);
      postings.removeFrom(rest);
      assertThat(rest).isEqualTo(bitmap(its.and(mine.negate())));
      rest.flip(0L, NUMBERS);

      assertThat(all(postings)).isEqualTo(before);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 1_000, 10_000})
  void removeAll_leavesTheOthers_andTakesMore(int step) {
    LabelIndex.Postings postings = postings(number -> number % step == 0);
    int left = postings.removeAll(bitmap(number -> number >= 40 * step));
    assertThat(left).isEqualTo(Math.min(40, postings.size())).isEqualTo(postings.size());
    left = postings.removeAll(bitmap(number -> number >= 10 * step));
    assertThat(left).isEqualTo(10);
    IntStream.range(1_000_000, 1_000_100).forEach(postings::add);
    assertThat(postings.size()).isEqualTo(110);
    assertThat(all(postings).getCardinality()).isEqualTo(110);
    assertThat(postings.removeAll(all(postings))).isZero();
  }
}
