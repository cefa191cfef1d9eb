package io.pharos.probe.run;

import io.pharos.probe.CronSchedule;
import io.pharos.probe.ProbeCheck;
import io.pharos.probe.ProbeConfig;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// When reports of a push probe are due.
///
/// @param interval expected interval between reports
/// @param grace how much later than the interval a report may arrive
/// @param maxRun maximum duration of a run whose start was reported; null if the run only has to
///   end when the next report is due
/// @param cron when the job runs, if not at an interval; then [#interval] is the longest one
record PushTerms(
    Duration interval, Duration grace, @Nullable Duration maxRun, @Nullable CronSchedule cron) {
  /// Maximum interval between checks for late reports.
  private static final Duration MAX_CHECK_INTERVAL = Duration.ofSeconds(15);

  private static final Duration MAX_EARLY = Duration.ofMinutes(1);

  /// Returns the interval between checks for late reports.
  Duration checkInterval() {
    return interval.compareTo(MAX_CHECK_INTERVAL) > 0 ? MAX_CHECK_INTERVAL : interval;
  }

  /// Returns when the report after an earlier one is expected.
  ///
  /// @param reference the earlier report, or when it was expected
  Instant expected(Instant reference) {
    return cron == null ? reference.plus(interval) : cron.next(reference.plus(early(cron)));
  }

  /* A report that arrives shortly before its date, because clocks differ, is of that date. */
  private static Duration early(CronSchedule schedule) {
    Duration tenth = schedule.shortest().dividedBy(10);
    return tenth.compareTo(MAX_EARLY) > 0 ? MAX_EARLY : tenth;
  }

  /// Returns the terms of a push probe; null for other probes.
  static @Nullable PushTerms of(ProbeConfig config) {
    return config.check()
            instanceof ProbeCheck.PushCheck(Duration grace, Duration maxRun, _, CronSchedule cron)
        ? new PushTerms(config.interval(), grace, maxRun, cron)
        : null;
  }
}
