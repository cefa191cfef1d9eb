package io.pharos.ingest.scrape;

import io.pharos.model.Labels;
import java.util.List;

/// Discovered addresses with the labels that they share, meta labels included.
record TargetGroup(List<String> addresses, Labels labels) {
  TargetGroup {
    addresses = List.copyOf(addresses);
  }
}
