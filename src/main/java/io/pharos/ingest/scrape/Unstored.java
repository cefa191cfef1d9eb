package io.pharos.ingest.scrape;

import java.util.Set;

/// Series of a page that the store had no room for.
///
/// @param names what they are called
record Unstored(int series, Set<String> names) {
  static final Unstored NOTHING = new Unstored(0, Set.of());

  Unstored {
    names = Set.copyOf(names);
  }
}
