package io.pharos.promql.engine.query;

import io.pharos.model.Labels;
import io.pharos.storage.SampleWindow;
import java.util.function.IntFunction;
import java.util.function.IntPredicate;
import java.util.function.IntToLongFunction;

/// Provides the samples of a range vector: those of a range selector or a subquery.
///
/// @param rows number of series
/// @param labelsOf returns the labels of a series
/// @param dropsName returns whether the metric name of a series is removed at the end
/// @param loader reads the samples of a series
/// @param ends returns the end of the window at a step in Unix milliseconds; the start of the
///   window is exclusive
/// @param rangeMillis length of the windows
public record MatrixSource(
    int rows,
    IntFunction<Labels> labelsOf,
    IntPredicate dropsName,
    Loader loader,
    IntToLongFunction ends,
    long rangeMillis) {
  /// Reads the samples of series.
  @FunctionalInterface
  public interface Loader {
    /// Fills the cleared window with the row's samples over all steps, without stale ones.
    void load(int row, SampleWindow window);
  }

  /// Returns the labels of a series.
  public Labels labels(int row) {
    return labelsOf.apply(row);
  }

  /// Returns whether the metric name of a series is removed at the end.
  public boolean nameDropped(int row) {
    return dropsName.test(row);
  }

  /// Replaces the content of the window by the row's samples over all steps, without stale ones.
  public void load(int row, SampleWindow window) {
    window.clear();
    loader.load(row, window);
  }

  /// Returns the end of the window at a step in Unix milliseconds; its start is exclusive.
  public long windowEnd(int step) {
    return ends.applyAsLong(step);
  }
}
