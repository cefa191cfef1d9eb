package io.pharos.ingest.exposition;

/// A text that a target wrote before: a series with its labels, or a line. It is a stretch of an
/// array, which others may share: what stands behind each other in a page is best kept so.
public class CachedText {
  private byte[] bytes;
  private int from;
  private int to;

  /// @param bytes not to be changed any more
  public CachedText(byte[] bytes) {
    this.bytes = bytes;
    this.to = bytes.length;
  }

  /// Shows other bytes.
  ///
  /// @param newBytes not to be changed any more
  public final void set(byte[] newBytes, int newFrom, int newTo) {
    bytes = newBytes;
    from = newFrom;
    to = newTo;
  }

  /// The length in bytes.
  public final int length() {
    return to - from;
  }

  /// Copies the text to where it will stay, and is that copy from then on.
  public final void moveTo(byte[] shared, int at) {
    System.arraycopy(bytes, from, shared, at, length());
    set(shared, at, at + length());
  }

  final byte[] bytes() {
    return bytes;
  }

  final int from() {
    return from;
  }

  final int to() {
    return to;
  }
}
