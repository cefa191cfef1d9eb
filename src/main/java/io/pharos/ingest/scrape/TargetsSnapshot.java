package io.pharos.ingest.scrape;

import io.pharos.model.Labels;
import java.util.List;

/// All targets at one moment.
///
/// @param dropped targets dropped by relabelling
/// @param problems invalid targets, unreadable file_sd files and failed discovery, for people
public record TargetsSnapshot(
    List<ActiveTarget> active, List<DroppedTarget> dropped, List<String> problems) {

  /// A target dropped by relabelling.
  public record DroppedTarget(Labels discoveredLabels, String scrapePool) {}

  /// Copies the lists.
  public TargetsSnapshot {
    active = List.copyOf(active);
    dropped = List.copyOf(dropped);
    problems = List.copyOf(problems);
  }
}
