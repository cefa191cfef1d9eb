package io.pharos.storage;

import io.pharos.model.Labels;
import java.util.Optional;

/// An ordered, immutable list of selected series, read by index.
public interface SeriesSet {
  int size();

  /// The labels of the i-th series, with its metric name.
  Labels labels(int i);

  /// Changes whenever a selection with the same matchers may give other series; equal generations
  /// of two selections with equal matchers over the same store mean equal lists. It lets a rule
  /// keep what it derived from the labels.
  long generation();

  /// Changes when samples that came out of order have gone where cursors pass them: places that
  /// were saved before say nothing of those.
  default long revision() {
    return 0;
  }

  /// Appends the samples of the i-th series with `fromMillis <= t <= toMillis` to the window, in
  /// time order, staleness markers included. The window is not cleared first.
  void read(int i, long fromMillis, long toMillis, SampleWindow window);

  /// Appends the newest sample of the i-th series in the closed interval to the window, if there is
  /// one; a staleness marker counts. Start timestamps may be left out. More samples of the interval
  /// may be appended before it.
  default void readNewest(int i, long fromMillis, long toMillis, SampleWindow window) {
    read(i, fromMillis, toMillis, window);
  }

  /// A cursor over these series; empty where the store has none.
  default Optional<SampleCursor> cursor() {
    return Optional.empty();
  }
}
