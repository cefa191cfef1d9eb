package io.pharos.probe.run;

import io.pharos.probe.ProbeCheck;
import io.pharos.probe.ProbeConfig;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// When reports of a push probe are due.
///
/// @param interval expected interval between reports
/// @param grace how much later than the interval a report may arrive
/// @param maxRun maximum duration of a run whose start was reported; null if the run only has to
///   end when the next report is due
record PushTerms(Duration interval, Duration grace, @Nullable Duration maxRun) {
  /// Maximum interval between checks for late reports.
  private static final Duration MAX_CHECK_INTERVAL = Duration.ofSeconds(15);

  /// Returns the interval between checks for late reports.
  Duration checkInterval() {
    return interval.compareTo(MAX_CHECK_INTERVAL) > 0 ? MAX_CHECK_INTERVAL : interval;
  }

  /// Returns the terms of a push probe; null for other probes.
  static @Nullable PushTerms of(ProbeConfig config) {
    return config.check() instanceof ProbeCheck.PushCheck(Duration grace, Duration maxRun, _)
        ? new PushTerms(config.interval(), grace, maxRun)
        : null;
  }
}
