package io.pharos.remote.write;

import io.pharos.model.histogram.Histogram;

/// A native histogram of a series: valid, or the reason why it is not.
sealed interface WriteHistogram {
  long timestampMillis();

  /// A valid histogram.
  ///
  /// @param startMillis since when it counts, in Unix milliseconds; 0 if unknown
  record Valid(long timestampMillis, Histogram histogram, long startMillis)
      implements WriteHistogram {}

  /// An invalid histogram.
  record Invalid(long timestampMillis, String reason) implements WriteHistogram {}

  /// Returns this histogram with a default start time.
  ///
  /// @param startMillis Unix milliseconds, 0 for unknown
  default WriteHistogram startingAt(long startMillis) {
    return switch (this) {
      case Invalid invalid -> invalid;
      case Valid(long time, Histogram histogram, long own) ->
          new Valid(time, histogram, own == 0 ? startMillis : own);
    };
  }
}
