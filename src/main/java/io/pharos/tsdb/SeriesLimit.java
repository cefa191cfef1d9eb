package io.pharos.tsdb;

import io.pharos.storage.SeriesShare;
import java.util.Collections;
import java.util.Set;
import java.util.WeakHashMap;
import org.jspecify.annotations.Nullable;

/// Decides whether a batch may create another series, so that some sources of samples can't take
/// the room of all others. All bounds derive from the limit on series in memory. Thread-safe.
///
/// Each source has a sure share: an equal part of a quarter of the limit. What the sources have not
/// used of their sure shares is kept for them, and a tenth of all sure shares for new sources.
final class SeriesLimit {
  /// 1/16 of the limit is a reserve for the results of scrapes, such as `up`, and for alerts.
  private static final int RESERVE = 16;

  /// The sure shares together are 1/4 of the limit.
  private static final int SURE = 4;

  /// One more sure share is kept for each 10 sources.
  private static final int NEW_SOURCES = 10;

  /// A source with more than 1/8 of the limit leaves at least as much room as it uses.
  private static final int LARGE = 8;

  private final int maxSeries;
  private final Set<SeriesShare> sources = Collections.newSetFromMap(new WeakHashMap<>());
  private int counted;
  private int checks;
  private int sure;
  private long kept;

  /// @param maxSeries maximum number of series in memory
  SeriesLimit(int maxSeries) {
    this.maxSeries = maxSeries;
  }

  /// Returns the count of a new source, which has a sure share from now on.
  synchronized SeriesShare newSource() {
    var source = new SeriesShare();
    sources.add(source);
    return source;
  }

  /// Returns whether there is room for one more series.
  ///
  /// @param inMemory number of series of the store and of all open batches
  /// @param created number of new series of this batch
  /// @param share the series of the batch's source; null if sources are not told apart
  /// @param reserve whether the series may use the reserve
  boolean hasRoom(int inMemory, int created, @Nullable SeriesShare share, boolean reserve) {
    int free = maxSeries - inMemory;
    if (reserve) {
      return free > 0;
    }
    int room = free - maxSeries / RESERVE;
    if (share == null || room <= 0) {
      return room > 0;
    }
    int used = share.series() + created;
    boolean isModest = used < maxSeries / LARGE || used < room;
    synchronized (this) {
      keepRoom();
      return used < sure || (room > kept && isModest);
    }
  }

  /* Counts anew after as many series as there are sources, so that a series costs the same however
   * many sources there are. */
  private void keepRoom() {
    if (++checks <= counted && sources.size() < 2 * counted) {
      return;
    }
    checks = 0;
    counted = sources.size();
    sure = maxSeries / SURE / Math.max(1, counted);
    kept = (long) sure * Math.ceilDiv(counted, NEW_SOURCES);
    for (SeriesShare source : sources) {
      kept += Math.max(0, sure - source.series());
    }
  }
}
