package io.pharos.tsdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class TsdbOptionsTest {
  private static final Duration DAY = Duration.ofDays(1);
  private static final Duration SECOND = Duration.ofSeconds(1);

  static Stream<Arguments> bad() {
    var options = TsdbOptions.defaults();
    return Stream.of(
        bad(
            "retention is PT1H",
            () -> options.with(draft -> draft.retention = Duration.ofHours(1))),
        bad("walSegmentBytes is 1", () -> options.with(draft -> draft.walSegmentBytes = 1)),
        bad(
            "walSegmentBytes is 4294967296",
            () -> options.with(draft -> draft.walSegmentBytes = 1L << 32)),
        bad("maxSeries is 0", () -> options.with(draft -> draft.maxSeries = 0)),
        bad("maxExemplars is -1", () -> options.with(draft -> draft.maxExemplars = -1)),
        bad("maxLateBytes is -1", () -> options.with(draft -> draft.maxLateBytes = -1)),
        bad(
            "maxSampleAge is PT-1S",
            () -> options.with(draft -> draft.maxSampleAge = Duration.ofSeconds(-1))),
        bad(
            "maxSampleAge is PT9600H",
            () -> options.with(draft -> draft.maxSampleAge = Duration.ofDays(400))),
        bad("walFlushInterval is PT0S", () -> flush(Duration.ZERO)),
        bad("walFlushInterval is PT2S", () -> flush(Duration.ofSeconds(2))));
  }

  private static Arguments bad(String message, ThrowingCallable call) {
    return Arguments.of(message, call);
  }

  private static void flush(Duration interval) {
    assertThat(new TsdbOptions(DAY, interval, 1 << 20, 1, SECOND, 0, 0, false, 0, 1, () -> false))
        .isNotNull();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("bad")
  void options_outOfBounds_areRefusedWithNameValueAndBound(String message, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message)
        .hasMessageContaining("expected");
  }

  @Test
  void defaults_areFifteenDaysAndOneSecond() {
    assertThat(TsdbOptions.defaults().retention()).isEqualTo(Duration.ofDays(15));
    assertThat(TsdbOptions.defaults().walFlushInterval()).isEqualTo(SECOND);
  }
}
