package io.pharos.ingest.scrape;

import io.pharos.model.Labels;
import io.pharos.storage.Appender;
import java.util.ArrayList;
import java.util.List;

/// Uses the `_created` samples of OpenMetrics as the creation times of the samples before them.
/// They are stored as series, too.
final class CreatedSeries {
  private static final String CREATED = "_created";
  private static final List<String> SUFFIXES = List.of("_total", "_count", "_sum", "_bucket", "");

  /// Bound for pages without any `_created` sample.
  private static final int MAX = 1024;

  private final Appender appender;
  private final List<TargetSeries.Series> before = new ArrayList<>();

  CreatedSeries(Appender appender) {
    this.appender = appender;
  }

  /// Processes the next sample of the page.
  ///
  /// @param value Unix seconds if the series is a creation time
  void sample(TargetSeries.Series series, double value) {
    String name = series.labels().metricName();
    if (!name.endsWith(CREATED)) {
      if (before.size() == MAX) {
        before.clear();
      }
      before.add(series);
      return;
    }
    long millis = (long) (value * 1000);
    String family = name.substring(0, name.length() - CREATED.length());
    for (int i = before.size() - 1; i >= 0 && isOf(before.get(i), family); i--) {
      if (hasLabels(before.get(i).labels(), series.labels())) {
        appender.start(before.get(i), millis);
      }
    }
    before.clear();
  }

  private static boolean isOf(TargetSeries.Series series, String family) {
    String name = series.labels().metricName();
    return name.startsWith(family) && SUFFIXES.contains(name.substring(family.length()));
  }

  /// Whether the labels are equal except for `le` and `quantile`.
  private static boolean hasLabels(Labels sample, Labels created) {
    int at = 0;
    for (int i = 0; i < sample.size(); i++) {
      String label = sample.name(i);
      if (label.equals("le") || label.equals("quantile")) {
        continue;
      }
      boolean same =
          at < created.size()
              && label.equals(created.name(at))
              && (label.equals(Labels.METRIC_NAME) || sample.value(i).equals(created.value(at)));
      if (!same) {
        return false;
      }
      at++;
    }
    return at == created.size();
  }
}
