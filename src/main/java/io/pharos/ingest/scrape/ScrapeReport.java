package io.pharos.ingest.scrape;

import io.pharos.model.Labels;
import io.pharos.model.StaleMarker;
import io.pharos.storage.Appender;
import java.time.Duration;
import java.util.List;

/// The series that report each scrape of one target: `up` and others, as in Prometheus.
final class ScrapeReport {
  static final List<String> NAMES =
      List.of(
          "up",
          "scrape_duration_seconds",
          "scrape_samples_scraped",
          "scrape_samples_post_metric_relabeling",
          "scrape_series_added");

  private final List<TargetSeries.Series> series;

  ScrapeReport(Labels target) {
    series =
        NAMES.stream()
            .map(name -> new TargetSeries.Series(target.with(Labels.METRIC_NAME, name)))
            .toList();
  }

  void append(
      Appender appender,
      long timestamp,
      boolean up,
      Duration took,
      int scraped,
      int kept,
      int added) {
    double[] values = {up ? 1 : 0, took.toNanos() / 1e9, scraped, kept, added};
    for (int i = 0; i < values.length; i++) {
      appender.append(series.get(i), timestamp, values[i]);
    }
  }

  /// Ends the series.
  void end(Appender appender, long timestamp) {
    series.forEach(one -> appender.append(one, timestamp, StaleMarker.VALUE));
  }
}
