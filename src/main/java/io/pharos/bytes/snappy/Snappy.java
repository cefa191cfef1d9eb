package io.pharos.bytes.snappy;

import io.airlift.compress.v3.MalformedInputException;
import io.airlift.compress.v3.snappy.SnappyJavaCompressor;
import io.airlift.compress.v3.snappy.SnappyJavaDecompressor;
import java.util.Arrays;
import java.util.OptionalLong;

/// Compresses and decompresses Snappy's block format.
public final class Snappy {
  /// An element of three bytes yields at most 64 bytes, so the content is at most 22 times as long
  /// as the block.
  private static final long MAX_RATIO = 22;

  private Snappy() {}

  /// Returns the length of a block's content in bytes, as the block states; empty if the block is
  /// damaged or can't contain so much.
  public static OptionalLong length(byte[] block) {
    try {
      int length = new SnappyJavaDecompressor().getUncompressedLength(block, 0);
      return length > MAX_RATIO * block.length
          ? OptionalLong.empty()
          : OptionalLong.of(Integer.toUnsignedLong(length));
    } catch (MalformedInputException | IndexOutOfBoundsException | IllegalArgumentException _) {
      return OptionalLong.empty();
    }
  }

  /// Decompresses a block.
  ///
  /// @param maxLength maximum length of the content in bytes
  /// @throws SnappyException when the content is longer or the block is damaged
  public static byte[] decode(byte[] block, int maxLength) {
    var snappy = new SnappyJavaDecompressor();
    try {
      int length = snappy.getUncompressedLength(block, 0);
      if (Integer.compareUnsigned(length, maxLength) > 0) {
        throw new SnappyException(
            "the block contains %s bytes, expected at most %d"
                .formatted(Integer.toUnsignedString(length), maxLength),
            true);
      }
      // The check prevents a short block from allocating much memory.
      if (length > MAX_RATIO * block.length) {
        throw damaged("a block of " + block.length + " bytes can't contain " + length + " bytes");
      }
      var out = new byte[length];
      int size = snappy.decompress(block, 0, block.length, out, 0, length);
      if (size != length) {
        throw damaged("the content ends after " + size + " of " + length + " bytes");
      }
      return out;
    } catch (MalformedInputException | IndexOutOfBoundsException | IllegalArgumentException e) {
      throw damaged(String.valueOf(e.getMessage()));
    }
  }

  private static SnappyException damaged(String reason) {
    return new SnappyException("damaged Snappy block: " + reason, false);
  }

  /// Compresses bytes to a block.
  public static byte[] encode(byte[] bytes) {
    // Create a compressor for each call, because it contains a table that threads can't share.
    var snappy = new SnappyJavaCompressor();
    var out = new byte[snappy.maxCompressedLength(bytes.length)];
    int size = snappy.compress(bytes, 0, bytes.length, out, 0, out.length);
    return Arrays.copyOf(out, size);
  }

  /// Thrown when bytes are not a Snappy block, or its content is longer than allowed.
  public static final class SnappyException extends RuntimeException {
    private final boolean tooLarge;

    SnappyException(String message, boolean tooLarge) {
      super(message);
      this.tooLarge = tooLarge;
    }

    /// Whether the only known error is that the content is too long.
    public boolean tooLarge() {
      return tooLarge;
    }
  }
}
