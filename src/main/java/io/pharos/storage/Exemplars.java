package io.pharos.storage;

import static java.util.Objects.requireNonNull;

import io.pharos.model.LabelMatcher;
import io.pharos.model.Labels;
import java.util.List;

/// Where exemplars are read from. Safe for use by many threads.
@FunctionalInterface
public interface Exemplars {
  /// A series with those of its exemplars that are wanted, oldest first.
  record OfSeries(Labels labels, List<Exemplar> exemplars) {
    public OfSeries {
      requireNonNull(labels, "labels is null");
      exemplars = List.copyOf(exemplars);
    }
  }

  /// The series that satisfy all matchers of one selector at least and have exemplars in the closed
  /// interval of Unix milliseconds, sorted by labels.
  List<OfSeries> select(List<List<LabelMatcher>> selectors, long fromMillis, long toMillis);
}
