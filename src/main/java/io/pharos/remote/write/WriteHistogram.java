package io.pharos.remote.write;

import io.pharos.model.histogram.Histogram;

/// One native histogram of a series: one that can be stored, or why it can't.
sealed interface WriteHistogram {
  long timestampMillis();

  /// One that can be stored.
  ///
  /// @param startMillis from when on it counts, in Unix milliseconds; 0 for unknown
  record Valid(long timestampMillis, Histogram histogram, long startMillis)
      implements WriteHistogram {}

  /// One that can't.
  record Invalid(long timestampMillis, String reason) implements WriteHistogram {}

  /// This, counting from a time on unless it says so itself.
  ///
  /// @param startMillis Unix milliseconds, 0 for unknown
  default WriteHistogram startingAt(long startMillis) {
    return switch (this) {
      case Invalid invalid -> invalid;
      case Valid(long time, Histogram histogram, long said) ->
          new Valid(time, histogram, said == 0 ? startMillis : said);
    };
  }
}
