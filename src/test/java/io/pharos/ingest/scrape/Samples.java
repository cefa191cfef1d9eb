package io.pharos.ingest.scrape;

import io.pharos.model.GoFloat;
import io.pharos.model.LabelMatcher;
import io.pharos.model.Labels;
import io.pharos.model.StaleMarker;
import io.pharos.storage.Queryable;
import io.pharos.storage.SampleWindow;
import java.util.ArrayList;
import java.util.List;

/// Reads a store for assertions.
final class Samples {
  private Samples() {}

  /// All samples of a metric, ordered by labels, as `value@timestamp`; staleness markers as
  /// `stale@timestamp`.
  static List<String> of(Queryable store, String metric, String... more) {
    var matchers = new ArrayList<LabelMatcher>();
    matchers.add(LabelMatcher.equal(Labels.METRIC_NAME, metric));
    for (int i = 0; i < more.length; i += 2) {
      matchers.add(LabelMatcher.equal(more[i], more[i + 1]));
    }
    var found = new ArrayList<String>();
    var set = store.select(matchers, Long.MIN_VALUE, Long.MAX_VALUE);
    for (int i = 0; i < set.size(); i++) {
      var window = new SampleWindow();
      set.read(i, Long.MIN_VALUE, Long.MAX_VALUE, window);
      for (int at = 0; at < window.size(); at++) {
        double value = window.value(at);
        String text = StaleMarker.is(value) ? "stale" : GoFloat.plain(value);
        found.add(text + "@" + window.timestamp(at));
      }
    }
    return found;
  }

  /// The last value of the only series of a metric; NaN if there is none.
  static double last(Queryable store, String metric, String... more) {
    List<String> all = of(store, metric, more);
    return all.isEmpty() || all.getLast().startsWith("stale")
        ? Double.NaN
        : Double.parseDouble(all.getLast().split("@")[0]);
  }

  /// The label sets of a metric.
  static List<Labels> labels(Queryable store, String metric) {
    var set =
        store.select(
            List.of(LabelMatcher.equal(Labels.METRIC_NAME, metric)),
            Long.MIN_VALUE,
            Long.MAX_VALUE);
    var labels = new ArrayList<Labels>();
    for (int i = 0; i < set.size(); i++) {
      labels.add(set.labels(i).withoutMetricName());
    }
    return labels;
  }
}
