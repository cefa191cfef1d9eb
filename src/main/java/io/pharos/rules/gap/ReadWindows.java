package io.pharos.rules.gap;

import io.pharos.model.LabelMatcher;
import io.pharos.storage.InMemoryStorage;
import io.pharos.storage.Queryable;
import io.pharos.storage.SeriesSet;
import io.pharos.trouble.ObservationGaps;
import java.util.List;

/// A store without series. It records whether a gap is in a window that a query selects. Such a
/// query costs next to nothing. For one query.
final class ReadWindows implements Queryable {
  private static final Queryable EMPTY = new InMemoryStorage();

  private final List<ObservationGaps.Missing> gaps;
  private boolean containGaps;

  ReadWindows(List<ObservationGaps.Missing> gaps) {
    this.gaps = gaps;
  }

  /// Returns whether a gap may change what the selections so far contain.
  boolean containGaps() {
    return containGaps;
  }

  @Override
  public SeriesSet select(List<LabelMatcher> matchers, long fromMillis, long toMillis) {
    var affecting = gaps.stream().filter(gap -> gap.affects(matchers)).toList();
    containGaps |= !FilledSamples.relevant(affecting, fromMillis, toMillis).isEmpty();
    return EMPTY.select(matchers, fromMillis, toMillis);
  }

  @Override
  public List<String> labelNames(List<LabelMatcher> matchers, long fromMillis, long toMillis) {
    return List.of();
  }

  @Override
  public List<String> labelValues(String name, List<LabelMatcher> matchers, long from, long to) {
    return List.of();
  }
}
