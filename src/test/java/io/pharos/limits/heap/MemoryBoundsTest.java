package io.pharos.limits.heap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class MemoryBoundsTest {
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
  private static final long MIB = 1 << 20;

  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();

  private MemoryBounds budgets(Map<MemoryBound, Long> set) {
    return new MemoryBounds(new MemoryBounds.Values(256 * MIB, set), () -> NOW, registry);
  }

  @ParameterizedTest
  @CsvSource({
    "256, BODY, 8388608",
    "256, BODIES, 16777216",
    "256, QUERY, 16777216",
    "256, SERIES, 33554",
    "256, TARGETS, 1398",
    "256, ALERTS, 8388",
    "256, SILENCES, 1048",
    "256, RULES, 2097",
    "8192, BODY, 67108864",
    "8192, SERIES, 1073741",
    "16, SERIES, 5000",
    "16, BODY, 524288",
  })
  void bound_isAShareOfTheHeap_betweenItsEnds(long heapMebibytes, MemoryBound budget, long bound) {
    assertThat(budget.of(heapMebibytes * MIB)).isEqualTo(bound);
  }

  @ParameterizedTest
  @EnumSource(MemoryBound.class)
  void bound_hasAFlagOfItsOwn(MemoryBound budget) {
    assertThat(budget.flag()).matches("limits(\\.[a-z-]+)");
    assertThat(budget.text()).isNotBlank();
  }

  @Test
  void bound_thatWasSet_doesNotHeedTheHeap() {
    var budgets = budgets(Map.of(MemoryBound.SERIES, 7L));

    assertThat(budgets.of(MemoryBound.SERIES)).isEqualTo(7);
    assertThat(budgets.line()).contains("heap of 256 MiB").contains("limits.series=7");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> budgets(Map.of(MemoryBound.SERIES, 0L)))
        .withMessageContaining("limits.series is 0, expected at least 1");
  }

  @Test
  void shares_togetherAreLessThanTheHeap() {
    double share = 0;
    for (MemoryBound budget : MemoryBound.values()) {
      boolean ofEach =
          switch (budget) {
            case BODY, ANSWER, QUERY, PAGE -> true;
            case BODIES,
                WORK,
                LISTS,
                ANSWERS,
                QUERIES,
                WINDOWS,
                OUT_OF_ORDER,
                PAGES,
                SERIES,
                TARGETS,
                ALERTS,
                SILENCES,
                RULES ->
                false;
          };
      share += ofEach ? 0 : 1.0 / budget.share;
    }
    assertThat(share).isLessThan(0.89);
  }

  @Test
  void reservation_tryEnsure_takesAllOrNothing_andCountsNoRefusal() {
    var budgets = budgets(Map.of(MemoryBound.QUERY, 100L, MemoryBound.QUERIES, 150L));
    try (var one = budgets.pool(MemoryBound.QUERIES).open();
        var other = budgets.pool(MemoryBound.QUERIES).open()) {
      assertThat(one.tryEnsure(101)).isFalse();
      assertThat(one.reserved()).isZero();
      assertThat(one.tryEnsure(100)).isTrue();
      assertThat(one.tryEnsure(1)).isTrue();
      assertThat(other.tryEnsure(51)).isFalse();
      assertThat(other.tryEnsure(50)).isTrue();
      one.shrink(10);
      assertThat(budgets.pool(MemoryBound.QUERIES).used()).isEqualTo(60);
      one.shrink(20);
      assertThat(one.reserved()).isEqualTo(10);
    }
    assertThat(budgets.states()).allMatch(state -> state.refused() == 0);
    assertThat(budgets.pool(MemoryBound.QUERIES).used()).isZero();
  }

  @Test
  void reservation_growsOnDemand_andReleasesEverything() {
    var pool = budgets(Map.of()).pool(MemoryBound.QUERIES);
    var allotment = pool.open();

    allotment.ensure(1 * MIB);
    allotment.ensure(2 * MIB);
    allotment.ensure(1 * MIB);
    assertThat(pool.used()).isEqualTo(2 * MIB);

    allotment.close();
    allotment.close();
    assertThat(pool.used()).isZero();
  }

  @Test
  void reservation_ofMoreThanOneMayHave_isRefusedForGood_andCounted() {
    var budgets = budgets(Map.of(MemoryBound.QUERY, 1000L));

    try (var allotment = budgets.pool(MemoryBound.QUERIES).open()) {
      assertThatExceptionOfType(OverBudgetException.class)
          .isThrownBy(() -> allotment.ensure(1001))
          .withMessageContaining("1001 or more, expected at most 1000")
          .withMessageContaining("set by --limits.query-bytes")
          .matches(e -> !e.isTemporary() && e.bound() == MemoryBound.QUERY);
    }

    assertThat(registry.get("pharos_limit_refusals").tag("limit", "query").counter().count())
        .isEqualTo(1);
    assertThat(budgets.states())
        .filteredOn(state -> state.bound() == MemoryBound.QUERY)
        .singleElement()
        .satisfies(
            state -> {
              assertThat(state.refused()).isEqualTo(1);
              assertThat(state.lastAt()).isEqualTo(NOW);
            });
  }

  @Test
  void reservation_ofWhatOthersHave_isRefusedForNow() {
    var budgets = budgets(Map.of(MemoryBound.QUERY, 1000L, MemoryBound.QUERIES, 1500L));
    var pool = budgets.pool(MemoryBound.QUERIES);

    try (var first = pool.open()) {
      first.ensure(1000);
      try (var second = pool.open()) {
        assertThatExceptionOfType(OverBudgetException.class)
            .isThrownBy(() -> second.ensure(600))
            .matches(e -> e.isTemporary() && e.bound() == MemoryBound.QUERIES);
      }
    }
    try (var third = pool.open()) {
      third.ensure(600);
      assertThat(third.reserved()).isEqualTo(600);
    }
  }

  @Test
  void modestAllotment_leavesAQuarter() {
    var pool =
        budgets(Map.of(MemoryBound.QUERY, 1000L, MemoryBound.QUERIES, 1000L))
            .pool(MemoryBound.QUERIES);

    try (var modest = pool.openModest();
        var other = pool.open()) {
      modest.ensure(750);
      assertThatExceptionOfType(OverBudgetException.class).isThrownBy(() -> modest.ensure(751));
      other.ensure(250);
    }
  }

  @Test
  void await_getsReleasedBytes() throws InterruptedException {
    var pool = budgets(Map.of(MemoryBound.WORK, 1000L)).pool(MemoryBound.WORK);
    var first = pool.await(800, Duration.ofMinutes(1));
    var got = new CountDownLatch(1);
    var waiting =
        Thread.ofVirtual()
            .start(
                () -> {
                  try (var _ = pool.await(800, Duration.ofMinutes(1))) {
                    got.countDown();
                  }
                });

    first.close();
    waiting.join();

    assertThat(got.getCount()).isZero();
    assertThat(pool.used()).isZero();
  }

  @Test
  void await_moreThanTheMaximum_getsTheMaximum_andTheNextTimesOut() {
    var pool = budgets(Map.of(MemoryBound.WORK, 1000L)).pool(MemoryBound.WORK);

    try (var all = pool.await(5000, Duration.ofMinutes(1))) {
      assertThat(all.reserved()).isEqualTo(1000);
      assertThatExceptionOfType(OverBudgetException.class)
          .isThrownBy(() -> pool.await(1, Duration.ZERO))
          .matches(OverBudgetException::isTemporary);
    }
  }
}
