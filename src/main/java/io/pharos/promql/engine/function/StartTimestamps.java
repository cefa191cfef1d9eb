package io.pharos.promql.engine.function;

import io.pharos.promql.engine.query.QueryContext;
import org.jspecify.annotations.Nullable;

/// Interprets start timestamps of counters.
final class StartTimestamps {
  private StartTimestamps() {}

  /// Whether a counter was reset between a sample and the previous one.
  static boolean isReset(Window window, int i) {
    long[] starts = window.starts;
    return starts != null
        && isReset(starts[i - 1], window.timestamps[i - 1], starts[i], window.timestamps[i]);
  }

  /// Whether a sample's start is before the previous sample but differs from that sample's start.
  static boolean anyOverlap(Window window) {
    long[] starts = window.starts;
    for (int i = window.from + 1; starts != null && i < window.to; i++) {
      if (starts[i] != 0 && starts[i] < window.timestamps[i - 1] && starts[i] != starts[i - 1]) {
        return true;
      }
    }
    return false;
  }

  private static boolean isReset(long previousStart, long previous, long start, long time) {
    // unknown, or invalid because it is after the sample, or equal to it, which means unknown in
    // OpenTelemetry
    if (start == 0 || start >= time || start < previous) {
      return false;
    }
    if (start > previous) {
      return true;
    }
    // at the previous sample: a delta, unless the previous start is unknown in one of those ways
    return previousStart != 0 && previousStart < previous;
  }

  /// Returns the start timestamp of the first sample if it is inside the window, else zero.
  static long ofFirst(Window window) {
    long[] starts = window.starts;
    if (starts == null) {
      return 0;
    }
    long start = starts[window.from];
    return start > window.startMillis && start < window.firstMillis() ? start : 0;
  }

  /// Returns the start timestamps if the engine uses them.
  static long @Nullable [] used(QueryContext context, long @Nullable [] starts) {
    return context.options().startTimestamps() ? starts : null;
  }
}
