package io.pharos.storage;

/// Destination of samples.
public interface Appendable {
  /// Opens a batch. Several batches may be open at once, each used by one thread.
  Appender appender();
}
