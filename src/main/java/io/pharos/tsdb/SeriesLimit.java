package io.pharos.tsdb;

import io.pharos.storage.SeriesShare;
import org.jspecify.annotations.Nullable;

/// Decides whether a batch may create another series, so that one source of samples can't take the
/// room of all others. All bounds derive from the limit on series in memory.
///
/// @param maxSeries maximum number of series in memory
record SeriesLimit(int maxSeries) {
  /// 1/16 of the limit is a reserve for the results of scrapes, such as `up`, and for alerts.
  private static final int RESERVE = 16;

  /// A source with less than 1/8 of the limit may create series while there is room.
  private static final int SURE = 8;

  /// Returns whether there is room for one more series.
  ///
  /// @param inMemory number of series of the store
  /// @param created number of new series of the batch
  /// @param share the series of the batch's source; null if sources are not told apart
  /// @param reserve whether the series may use the reserve
  boolean hasRoom(int inMemory, int created, @Nullable SeriesShare share, boolean reserve) {
    int free = maxSeries - inMemory - created;
    if (reserve) {
      return free > 0;
    }
    int room = free - maxSeries / RESERVE;
    /* A source with more than its sure share leaves at least as much room as it uses. */
    return room > 0
        && (share == null || share.series() + created < Math.max(maxSeries / SURE, room));
  }
}
