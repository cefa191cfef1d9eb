package io.pharos.probe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CronScheduleTest {
  @ParameterizedTest
  @CsvSource({
    "* * * * *, PT1M, PT1M",
    "*/5 * * * *, PT5M, PT5M",
    "0 3 * * *, PT24H, PT24H",
    "0 3 * * 1, P7D, P7D",
    "0 9-17 * * 1-5, PT64H, PT1H",
    "* 9 * * *, PT23H1M, PT1M",
    "0 0 1 * *, P31D, P28D",
    "30 2 29 2 *, P1461D, P1461D"
  })
  void gaps_areThoseOfTheSchedule(String text, Duration longest, Duration shortest) {
    CronSchedule schedule = CronSchedule.of(text, ZoneOffset.UTC);
    if (longest.compareTo(Duration.ofDays(400)) < 0) {
      assertThat(schedule.longest()).isEqualTo(longest);
      assertThat(schedule.shortest()).isEqualTo(shortest);
    } else {
      assertThat(schedule.longest()).isGreaterThan(Duration.ofDays(400));
    }
  }

  @ParameterizedTest
  @CsvSource({
    // The clock is set forward on 29 March and back on 25 October.
    "2026-03-28T02:00:00Z, 2026-03-29T01:00:00Z",
    "2026-03-29T01:00:00Z, 2026-03-30T01:00:00Z",
    "2026-10-25T00:00:00Z, 2026-10-25T02:00:00Z"
  })
  void next_keepsTheLocalTime(Instant after, Instant next) {
    assertThat(CronSchedule.of("0 3 * * *", ZoneId.of("Europe/Berlin")).next(after))
        .isEqualTo(next);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "0 3 * *", "61 * * * *", "0 3 31 2 *", "often", "0 3 * * * 2026 7"})
  void text_thatIsNoSchedule_isRefused(String text) {
    assertThatThrownBy(() -> CronSchedule.of(text, ZoneOffset.UTC))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void schedules_withTheSameTextAndZone_areEqual() {
    assertThat(CronSchedule.of("0 3 * * *", ZoneOffset.UTC))
        .isEqualTo(CronSchedule.of("0 3 * * *", ZoneOffset.UTC))
        .isNotEqualTo(CronSchedule.of("0 3 * * *", ZoneId.of("Europe/Berlin")))
        .isNotEqualTo(CronSchedule.of("0 4 * * *", ZoneOffset.UTC));
  }
}
