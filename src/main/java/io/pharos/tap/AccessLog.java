package io.pharos.tap;

/// Receives the entries of the access log.
public interface AccessLog {
  /// Accepts an entry without blocking.
  ///
  /// @return false if the queue is full and the entry is dropped
  boolean offer(AccessEntry entry);
}
