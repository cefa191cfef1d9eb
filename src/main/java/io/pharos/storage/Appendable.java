package io.pharos.storage;

/// Where samples are written to.
public interface Appendable {
  /// A new batch. Several may be open at once, each used by one thread.
  Appender appender();
}
