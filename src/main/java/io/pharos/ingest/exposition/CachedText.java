package io.pharos.ingest.exposition;

/// A text that a target exposed before: a series with its labels, or a line. It is a range of an
/// array that several texts may share; texts that follow each other on a page should share one.
public class CachedText {
  byte[] bytes;
  int from;
  int to;

  /// @param bytes must not be modified afterwards
  public CachedText(byte[] bytes) {
    this.bytes = bytes;
    this.to = bytes.length;
  }

  /// Replaces the array and the range.
  ///
  /// @param newBytes must not be modified afterwards
  public final void set(byte[] newBytes, int newFrom, int newTo) {
    bytes = newBytes;
    from = newFrom;
    to = newTo;
  }

  /// Returns the length in bytes.
  public final int length() {
    return to - from;
  }

  /// Copies the text to an offset of an array, and refers to this copy from now on.
  public final void moveTo(byte[] shared, int offset) {
    System.arraycopy(bytes, from, shared, offset, length());
    set(shared, offset, offset + length());
  }
}
