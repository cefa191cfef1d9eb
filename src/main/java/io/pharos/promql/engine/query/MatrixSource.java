package io.pharos.promql.engine.query;

import io.pharos.model.Labels;
import io.pharos.storage.SampleWindow;
import java.util.function.IntFunction;
import java.util.function.IntPredicate;
import java.util.function.IntToLongFunction;

/// Provides the samples of a range vector, that is, of a range selector or a subquery.
///
/// @param rows number of series
/// @param labelsOf returns the labels of a series
/// @param dropsName returns whether the metric name of a series is removed from the result
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
    /// Adds the row's samples over all steps to an empty window, without stale samples.
    void load(int row, SampleWindow window);
  }

  /// Returns the labels of a series.
  public Labels labels(int row) {
    return labelsOf.apply(row);
  }

  /// Returns whether the metric name of a series is removed from the result.
  public boolean nameDropped(int row) {
    return dropsName.test(row);
  }

  /// Replaces the content of the window by the row's samples over all steps, without stale samples.
  public void load(int row, SampleWindow window) {
    window.clear();
    loader.load(row, window);
  }

  /// Returns the end of the window at a step in Unix milliseconds. The window includes its end, but
  /// not its start.
  public long windowEnd(int step) {
    return ends.applyAsLong(step);
  }
}
