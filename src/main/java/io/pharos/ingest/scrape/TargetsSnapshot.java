package io.pharos.ingest.scrape;

import static java.util.Objects.requireNonNull;

import io.pharos.model.Labels;
import java.util.List;

/// All targets at one moment.
///
/// @param dropped those that relabelling drops
/// @param problems those that can't be scraped, and file_sd files that can't be read, in words
public record TargetsSnapshot(
    List<ActiveTarget> active, List<DroppedTarget> dropped, List<String> problems) {

  /// A target that relabelling drops.
  public record DroppedTarget(Labels discoveredLabels, String scrapePool) {
    public DroppedTarget {
      requireNonNull(discoveredLabels, "discoveredLabels is null");
      requireNonNull(scrapePool, "scrapePool is null");
    }
  }

  public TargetsSnapshot {
    active = List.copyOf(active);
    dropped = List.copyOf(dropped);
    problems = List.copyOf(problems);
  }
}
