package io.pharos.tsdb.wal;

/// Where and why the reading of a segment ended.
sealed interface SegmentEnd {
  /// At the end of the file, after a whole record.
  record Clean() implements SegmentEnd {}

  /// In a record that was never written to its end: nothing of it was acknowledged as durable.
  ///
  /// @param goodBytes the length of what is whole before it
  record Torn(long goodBytes) implements SegmentEnd {}

  /// At bytes that were written and are not what was written.
  ///
  /// @param goodBytes the length of what is whole before them
  record Corrupt(long goodBytes, String reason) implements SegmentEnd {}
}
