package io.pharos.storage;

/// A store to which samples can be written.
public interface Appendable {
  /// Opens a batch. Several batches may be open at once, each used by one thread.
  Appender appender();

  /// Returns the count of a new source of samples. A store with a limit on series keeps room for it
  /// as long as the count is in use.
  default SeriesShare newSource() {
    return new SeriesShare();
  }
}
