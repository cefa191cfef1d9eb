package io.pharos.ingest.scrape;

import java.util.Set;

/// Series of a page that the store had no room for.
///
/// @param names what they are called
record RefusedSeries(int series, Set<String> names) {
  static final RefusedSeries NOTHING = new RefusedSeries(0, Set.of());

  RefusedSeries {
    names = Set.copyOf(names);
  }
}
