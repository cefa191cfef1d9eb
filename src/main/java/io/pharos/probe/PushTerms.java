package io.pharos.probe;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// When a thing that reports by itself is to be heard.
///
/// @param interval a report comes so long after the one before
/// @param grace more or less
/// @param maxRun how long a run may take that told of its beginning; null for as long as the next
///   report may take
record PushTerms(Duration interval, Duration grace, @Nullable Duration maxRun) {
  PushTerms {
    requireNonNull(interval, "interval is null");
    requireNonNull(grace, "grace is null");
  }

  /// How often it is looked whether a report is late, where reports are not due more often.
  private static final Duration LISTEN_EVERY = Duration.ofSeconds(15);

  /// How often to look whether a report is late.
  Duration lookEvery() {
    return interval.compareTo(LISTEN_EVERY) > 0 ? LISTEN_EVERY : interval;
  }

  /// Those of a push probe; null for one that asks.
  static @Nullable PushTerms of(ProbeConfig config) {
    return config.check() instanceof ProbeCheck.PushCheck(Duration grace, Duration maxRun, _)
        ? new PushTerms(config.interval(), grace, maxRun)
        : null;
  }
}
