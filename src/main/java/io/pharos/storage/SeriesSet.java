package io.pharos.storage;

import io.pharos.model.Labels;
import java.util.Optional;

/// An immutable list of selected series, sorted by labels and read by index.
public interface SeriesSet {
  /// Number of series.
  int size();

  /// The labels of the i-th series, with its metric name.
  Labels labels(int i);

  /// A number that changes whenever the same matchers may select other series. If two selections of
  /// one store have equal matchers and equal generations, they contain the same series. So rules
  /// can cache what they derived from the labels.
  long generation();

  /// A number that changes when out-of-order samples are moved to positions that cursors may
  /// already have passed. Positions that were saved before such a change do not cover those
  /// samples.
  default long revision() {
    return 0;
  }

  /// Appends the samples of the i-th series with `fromMillis <= t <= toMillis` to the window, in
  /// time order, with staleness markers. The window is not cleared first.
  void read(int i, long fromMillis, long toMillis, SampleWindow window);

  /// Appends the newest sample of the i-th series in the closed interval to the window, if there is
  /// one; it may be a staleness marker, and its start timestamp may be missing. Other samples of
  /// the interval may be appended before it.
  default void readNewest(int i, long fromMillis, long toMillis, SampleWindow window) {
    read(i, fromMillis, toMillis, window);
  }

  /// A cursor over these series; empty if the store has no cursors.
  default Optional<SampleCursor> cursor() {
    return Optional.empty();
  }
}
