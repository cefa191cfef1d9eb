package io.pharos.gate.observe;

import java.util.Optional;

/// The processes of one instance since a deployment, by its process start time.
///
/// @param startedMillis start of the newest process by its own clock
/// @param isNew whether a process started for the deployment: the start time changed since the
///   deployment started, or is later
/// @param seenMillis first sample of the first such process; 0 if there is none
/// @param restarts number of processes after that one
/// @param lastMillis the newest sample
record ProcessStarts(
    long startedMillis, boolean isNew, long seenMillis, int restarts, long lastMillis) {
  /// Maximum difference between start times of the same process: runtimes compute them from uptime
  /// and clock, so they vary slightly.
  private static final double JITTER_SECONDS = 1;

  /// Computes the processes from samples in seconds since 1970.
  ///
  /// @return empty if there are no samples after `sinceMillis`
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
