package io.pharos.probe.run;

import io.pharos.probe.ProbeCheck;
import io.pharos.probe.ProbeConfig;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// When reports of a push probe are due.
///
/// @param interval expected interval between reports
/// @param grace tolerance of the interval
/// @param maxRun maximum duration of a run whose start was reported; null if the end of the run is
///   due when the next report is
record PushTerms(Duration interval, Duration grace, @Nullable Duration maxRun) {
  /// Maximum interval between checks for late reports.
  private static final Duration LISTEN_EVERY = Duration.ofSeconds(15);

  /// Returns the interval between checks for late reports.
  Duration lookEvery() {
    return interval.compareTo(LISTEN_EVERY) > 0 ? LISTEN_EVERY : interval;
  }

  /// Returns the terms of a push probe; null for other probes.
  static @Nullable PushTerms of(ProbeConfig config) {
    return config.check() instanceof ProbeCheck.PushCheck(Duration grace, Duration maxRun, _)
        ? new PushTerms(config.interval(), grace, maxRun)
        : null;
  }
}
