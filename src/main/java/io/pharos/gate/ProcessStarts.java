package io.pharos.gate;

import java.util.Optional;

/// What the process start time of one instance says of its processes since a deployment.
///
/// @param startedMillis when the newest process started, by its own clock
/// @param isNew whether one started for the deployment: the time changed since, or lies after it
/// @param seenMillis the first sample of the first process that did; 0 if none did
/// @param restarts how many processes followed that one
/// @param lastMillis the newest sample
record ProcessStarts(
    long startedMillis, boolean isNew, long seenMillis, int restarts, long lastMillis) {
  /// Runtimes compute their start from uptime and clock, which need not give the same twice.
  private static final double JITTER_SECONDS = 1;

  /// From samples in seconds since 1970; empty where there are none after `sinceMillis`.
  static Optional<ProcessStarts> of(long sinceMillis, long[] times, double[] values) {
    boolean known = false;
    double present = 0;
    int processes = 0;
    long seen = 0;
    long last = 0;
    for (int i = 0; i < times.length; i++) {
      double value = values[i];
      if (!Double.isFinite(value)) {
        continue;
      }
      boolean other = !known || Math.abs(value - present) > JITTER_SECONDS;
      if (times[i] > sinceMillis) {
        last = times[i];
        if (other && (known || value * 1000 >= sinceMillis)) {
          processes++;
          seen = seen == 0 ? last : seen;
        }
      }
      present = other ? value : present;
      known = true;
    }
    return last == 0
        ? Optional.empty()
        : Optional.of(
            new ProcessStarts(
                Math.round(present * 1000), processes > 0, seen, Math.max(0, processes - 1), last));
  }
}
