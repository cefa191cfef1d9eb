package io.pharos.storage;

import io.pharos.model.LabelMatcher;
import java.util.List;

/// Source of samples for queries. Thread-safe.
public interface Queryable {
  /// Selects the series that satisfy all matchers and may have samples in the closed interval of
  /// Unix milliseconds, sorted by labels. Some of the returned series may have no sample in the
  /// interval.
  SeriesSet select(List<LabelMatcher> matchers, long fromMillis, long toMillis);

  /// The label names of the series that [#select] returns, sorted.
  List<String> labelNames(List<LabelMatcher> matchers, long fromMillis, long toMillis);

  /// The values of one label in the series that [#select] returns, sorted.
  List<String> labelValues(
      String name, List<LabelMatcher> matchers, long fromMillis, long toMillis);
}
