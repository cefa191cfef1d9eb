package io.pharos.storage;

import io.pharos.model.LabelMatcher;
import io.pharos.model.Labels;
import java.util.List;

/// Source of exemplars for queries. Thread-safe.
@FunctionalInterface
public interface Exemplars {
  /// The selected exemplars of one series, oldest first.
  record OfSeries(Labels labels, List<Exemplar> exemplars) {
    public OfSeries {
      exemplars = List.copyOf(exemplars);
    }
  }

  /// Selects the series whose labels satisfy all matchers of at least one selector, and returns
  /// those with exemplars in the closed interval of Unix milliseconds, sorted by labels.
  List<OfSeries> select(List<List<LabelMatcher>> selectors, long fromMillis, long toMillis);
}
