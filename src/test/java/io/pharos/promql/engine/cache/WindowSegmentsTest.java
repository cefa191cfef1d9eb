package io.pharos.promql.engine.cache;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.promql.engine.function.Kahan;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class WindowSegmentsTest {
  private static final int LONGEST = 4_096;

  @ParameterizedTest
  @EnumSource(WindowSegments.Kind.class)
  void window_movedAMillionTimes_isStillThatOfItsSamples(WindowSegments.Kind kind) {
    var random = new Random(5);
    var segments = new WindowSegments(kind);
    var ring = new double[LONGEST];
    long from = 0;
    long to = 0;
    for (int i = 0; i < 1_000_000; i++) {
      // the window grows and shrinks as it moves
      boolean grows = Math.floorMod(i, 20_000) < 10_000;
      double value = random.nextInt(50) == 0 ? 1e9 * random.nextDouble() : random.nextGaussian();
      ring[(int) (to++ % LONGEST)] = value;
      segments.add(value);
      int gone = random.nextInt(grows ? 2 : 4);
      while ((gone-- > 0 && to - from > 1) || to - from == LONGEST) {
        from++;
        segments.remove();
      }
      if (random.nextInt(500) == 0) {
        assertSame(kind, segments, ring, from, to);
      }
    }
  }

  private static void assertSame(
      WindowSegments.Kind kind, WindowSegments segments, double[] ring, long from, long to) {
    segments.begin();
    assertThat(segments.oldestToAdd()).isBetween(1, WindowSegments.LENGTH);
    for (int i = 0; i < segments.oldestToAdd(); i++) {
      segments.addOldest(ring[(int) ((from + i) % LONGEST)]);
    }
    segments.finish();
    var sum = new Kahan();
    double extreme = ring[(int) (from % LONGEST)];
    for (long i = from; i < to; i++) {
      double value = ring[(int) (i % LONGEST)];
      sum.add(value);
      extreme =
          kind == WindowSegments.Kind.MIN ? Math.min(extreme, value) : Math.max(extreme, value);
    }
    if (kind == WindowSegments.Kind.SUM) {
      double exact = sum.value();
      double given = segments.value() + segments.error();
      assertThat(Math.abs(given - exact)).isLessThanOrEqualTo(Math.ulp(exact));
    } else {
      assertThat(segments.value()).isEqualTo(extreme);
    }
  }
}
