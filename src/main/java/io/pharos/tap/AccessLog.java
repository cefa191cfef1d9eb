package io.pharos.tap;

/// Where the lines of the access log go.
public interface AccessLog {
  /// Takes an entry without ever waiting.
  ///
  /// @return false where there is no room for it
  boolean offer(AccessEntry entry);
}
