package io.pharos.server.web.home;

import io.pharos.server.web.design.HistoryBars;
import io.pharos.server.web.design.PageLinks;
import io.pharos.server.web.design.Sparkline;
import org.jspecify.annotations.Nullable;

/// A service on the first page: a job with the history of its targets and requests.
///
/// @param history when its targets answered scrapes
/// @param requests answered requests; null if the service has no known metric of requests
/// @param errors failed requests; null if no label tells them from others
/// @param latency 95th percentile of the durations; null if the service has no known histogram
record ServiceRow(
    String name,
    HistoryBars history,
    @Nullable Signal requests,
    @Nullable Signal errors,
    @Nullable Signal latency) {
  /// A signal with its course and its last value.
  ///
  /// @param last the last value with its unit, or `no data`
  record Signal(Sparkline line, String last) {}

  /// Returns the page of its targets.
  public String targets() {
    return PageLinks.targets(name);
  }
}
