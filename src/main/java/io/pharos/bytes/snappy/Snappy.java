package io.pharos.bytes.snappy;

import io.airlift.compress.v3.MalformedInputException;
import io.airlift.compress.v3.snappy.SnappyJavaCompressor;
import io.airlift.compress.v3.snappy.SnappyJavaDecompressor;
import java.util.Arrays;

/// Snappy's block format, from and to arrays.
public final class Snappy {
  private Snappy() {}

  /// What a block holds.
  ///
  /// @param maxLength the most bytes that it may hold
  /// @throws SnappyException when it holds more or is damaged
  public static byte[] decode(byte[] block, int maxLength) {
    var snappy = new SnappyJavaDecompressor();
    try {
      int length = snappy.getUncompressedLength(block, 0);
      if (Integer.compareUnsigned(length, maxLength) > 0) {
        throw new SnappyException(
            "the block holds "
                + Integer.toUnsignedString(length)
                + " bytes, expected at most "
                + maxLength,
            true);
      }
      // A copy gives at most 64 bytes for three; so a few bytes can't claim much memory.
      if (length > 22L * block.length) {
        throw damaged("a block of " + block.length + " bytes can't hold " + length);
      }
      var out = new byte[length];
      int size = snappy.decompress(block, 0, block.length, out, 0, length);
      if (size != length) {
        throw damaged("it ends after " + size + " of " + length + " bytes");
      }
      return out;
    } catch (MalformedInputException | IndexOutOfBoundsException | IllegalArgumentException e) {
      throw damaged(String.valueOf(e.getMessage()));
    }
  }

  private static SnappyException damaged(String what) {
    return new SnappyException("damaged block of Snappy: " + what, false);
  }

  /// A block that holds these bytes.
  public static byte[] encode(byte[] bytes) {
    var snappy = new SnappyJavaCompressor(); // holds a table, so that threads can't share it
    var out = new byte[snappy.maxCompressedLength(bytes.length)];
    int size = snappy.compress(bytes, 0, bytes.length, out, 0, out.length);
    return Arrays.copyOf(out, size);
  }
}
