package io.pharos.tsdb;

import io.pharos.model.Labels;
import java.util.List;

/// The content of memory at one moment.
///
/// @param series labels of each series, in any order
/// @param chunks number of chunks
/// @param minTime Unix milliseconds of the oldest sample, `Long.MAX_VALUE` without one
/// @param maxTime Unix milliseconds of the newest sample, `Long.MIN_VALUE` without one
public record HeadStats(List<Labels> series, long chunks, long minTime, long maxTime) {
  public HeadStats {
    series = List.copyOf(series);
  }
}
