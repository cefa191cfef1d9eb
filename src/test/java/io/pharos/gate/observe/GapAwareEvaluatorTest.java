package io.pharos.gate.observe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pharos.gate.ManualClock;
import io.pharos.promql.value.QueryException;
import io.pharos.promql.value.QueryResult;
import io.pharos.promql.value.Scalar;
import io.pharos.trouble.ObservationGaps;
import io.pharos.trouble.TimeContinuity;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/// Answers of the evaluator after clock steps.
class GapAwareEvaluatorTest {
  private static final QueryResult ONE = QueryResult.of(new Scalar(0, 1));

  private final ManualClock clock = new ManualClock(Instant.parse("2026-03-01T12:00:00Z"));
  private final ObservationGaps blindness = new ObservationGaps();
  private final GapAwareEvaluator sight =
      new GapAwareEvaluator(_ -> ONE, blindness, new TimeContinuity(clock, blindness));

  private QueryResult ask() {
    return sight.instant("sum(x)", clock.millis());
  }

  @Test
  void answer_afterAStandstill_isNone_forAMoment() {
    assertThat(ask()).isNotNull();
    clock.advance(Duration.ofMinutes(10));
    assertThatThrownBy(this::ask)
        .isInstanceOf(QueryException.class)
        .hasMessageContaining("Pharos did not run from");
    clock.advance(Duration.ofSeconds(10));
    assertThat(ask()).isNotNull();
  }

  @Test
  void answer_whileTheClockIsSetBack_isNone() {
    clock.set(clock.instant().minusSeconds(3600));
    assertThatThrownBy(this::ask)
        .isInstanceOf(QueryException.class)
        .hasMessageContaining("the clock was set back");
  }
}
