package io.pharos.tsdb;

/// Is told how far a long run is, many times a second.
@FunctionalInterface
public interface ProgressListener {
  /// Takes how far the run is now.
  ///
  /// @param what is being done, as a few words
  /// @param done of `all`, in whatever is counted
  void at(String what, long done, long all);
}
