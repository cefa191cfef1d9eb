package io.pharos.storage;

import io.pharos.model.LabelMatcher;
import java.util.List;

/// Where samples are read from. Safe for use by many threads.
public interface Queryable {
  /// The series that satisfy all matchers and may have samples in the closed interval of Unix
  /// milliseconds, sorted by labels. Series without a sample in it may be among them.
  SeriesSet select(List<LabelMatcher> matchers, long fromMillis, long toMillis);

  /// The names of the labels of the series that [#select] gives, sorted.
  List<String> labelNames(List<LabelMatcher> matchers, long fromMillis, long toMillis);

  /// The values of one label over the series that [#select] gives, sorted.
  List<String> labelValues(
      String name, List<LabelMatcher> matchers, long fromMillis, long toMillis);
}
