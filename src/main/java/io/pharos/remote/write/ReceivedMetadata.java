package io.pharos.remote.write;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/// Metadata of metric families from senders, in memory. The number of families, and of variants per
/// family, is bounded; further ones are ignored. Thread-safe.
public final class ReceivedMetadata {
  private static final int MAX_FAMILIES = 20_000;
  private static final int MAX_PER_FAMILY = 10;

  private final Map<String, Set<FamilyMetadata>> families = new TreeMap<>();

  /// Adds metadata if there is room.
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

  /// All metadata, sorted by family.
  public synchronized List<FamilyMetadata> all() {
    return families.values().stream().flatMap(Set::stream).toList();
  }
}
