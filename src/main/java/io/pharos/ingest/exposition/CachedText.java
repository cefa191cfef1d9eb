package io.pharos.ingest.exposition;

/// A text that a target exposed before: a series with its labels, or a line. It is a range of an
/// array that several texts may share. Texts that follow each other on a page should be stored in
/// the same array.
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

  /// The length in bytes.
  public final int length() {
    return to - from;
  }

  /// Copies the text to offset `at` of an array and makes that copy the text.
  public final void moveTo(byte[] shared, int at) {
    System.arraycopy(bytes, from, shared, at, length());
    set(shared, at, at + length());
  }
}
