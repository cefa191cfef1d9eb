package io.pharos.remote.write;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/// What senders said of metric families, kept in memory; the number of families and of different
/// words about one is bounded, and what comes later is left out. Safe for use by many threads.
public final class ReceivedMetadata {
  private static final int MAX_FAMILIES = 20_000;
  private static final int MAX_PER_FAMILY = 10;

  private final Map<String, Set<FamilyMetadata>> families = new TreeMap<>();

  /// Keeps what a sender said, if there is room for it.
  public synchronized void add(FamilyMetadata metadata) {
    Set<FamilyMetadata> known = families.get(metadata.family());
    if (known == null) {
      if (metadata.family().isEmpty() || families.size() >= MAX_FAMILIES) {
        return;
      }
      known = new LinkedHashSet<>();
      families.put(metadata.family(), known);
    }
    if (known.size() < MAX_PER_FAMILY) {
      known.add(metadata);
    }
  }

  /// All that is known, sorted by family.
  public synchronized List<FamilyMetadata> all() {
    return families.values().stream().flatMap(Set::stream).toList();
  }
}
