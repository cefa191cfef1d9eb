package io.pharos.tsdb;

/// Receives the progress of a long run, many times per second.
@FunctionalInterface
public interface ProgressListener {
  /// Reports progress.
  ///
  /// @param step name of the current step in a few words
  /// @param done number of items done, out of `all`
  void at(String step, long done, long all);
}
