package io.pharos.tap;

/// Receives the entries of the access log.
public interface AccessLog {
  /// Accepts an entry without blocking.
  ///
  /// @return false if the entry was dropped because the queue is full
  boolean offer(AccessEntry entry);
}
