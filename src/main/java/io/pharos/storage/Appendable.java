package io.pharos.storage;

/// A store to which samples can be written.
public interface Appendable {
  /// Opens a batch. Several batches may be open at once, each used by one thread.
  Appender appender();
}
