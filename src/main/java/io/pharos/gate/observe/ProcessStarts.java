package io.pharos.gate.observe;

import java.util.Optional;

/// The processes that one instance ran since a deployment started, distinguished by their start
/// times.
///
/// @param startedMillis start of the newest process by its own clock
/// @param isNew whether a process started after the deployment: its start time is later than the
///   deployment, or differs from an earlier sample
/// @param seenMillis time of the first sample of the first such process; 0 if there is none
/// @param restarts number of processes after the first such process
/// @param lastMillis time of the newest sample
record ProcessStarts(
    long startedMillis, boolean isNew, long seenMillis, int restarts, long lastMillis) {
  /// Maximum difference between the sampled start times of the same process: runtimes compute a
  /// start time from uptime and clock, so it varies slightly.
  private static final double JITTER_SECONDS = 1;

  /// Returns the number of processes that started after the deployment.
  int count() {
    return isNew ? restarts + 1 : 0;
  }

  /// Computes the processes from samples.
  ///
  /// @param values sampled process start times, in seconds since 1970
  /// @return empty if there are no samples after `sinceMillis`
  static Optional<ProcessStarts> of(long sinceMillis, long[] times, double[] values) {
    boolean hasSample = false;
    double current = 0;
    int processes = 0;
    long seen = 0;
    long last = 0;
    for (int i = 0; i < times.length; i++) {
      double value = values[i];
      if (!Double.isFinite(value)) {
        continue;
      }
      boolean startsProcess = !hasSample || Math.abs(value - current) > JITTER_SECONDS;
      if (times[i] > sinceMillis) {
        last = times[i];
        if (startsProcess && (hasSample || value * 1000 >= sinceMillis)) {
          processes++;
          seen = seen == 0 ? last : seen;
        }
      }
      current = startsProcess ? value : current;
      hasSample = true;
    }
    return last == 0
        ? Optional.empty()
        : Optional.of(
            new ProcessStarts(
                Math.round(current * 1000), processes > 0, seen, Math.max(0, processes - 1), last));
  }
}
