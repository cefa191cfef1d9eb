package io.pharos.tsdb.wal;

import io.pharos.bytes.ByteSink;
import io.pharos.bytes.ByteSource;
import io.pharos.bytes.CorruptDataException;

/// Encodes the difference between two values of a series: the non-zero bytes of the exclusive-or of
/// their bits, and a code of 0 to 36 for the position of those bytes.
///
/// Code 0 means no difference. The other codes enumerate the pairs of `leading`, the number of zero
/// bytes at the high end, 0 to 7, and `count`, the number of bytes from there to the last non-zero
/// one, 1 to `8 - leading`, in this order.
final class ValueChange {
  private static final int CODES = 37;
  private static final byte[] LEADING = new byte[CODES];
  private static final byte[] COUNT = new byte[CODES];

  static {
    for (int leading = 0; leading < 8; leading++) {
      for (int count = 1; count <= 8 - leading; count++) {
        LEADING[code(leading, count)] = (byte) leading;
        COUNT[code(leading, count)] = (byte) count;
      }
    }
  }

  private ValueChange() {}

  private static int code(int leading, int count) {
    return leading * 8 - leading * (leading - 1) / 2 + count;
  }

  /// The code of a difference.
  static int code(long difference) {
    if (difference == 0) {
      return 0;
    }
    int leading = Long.numberOfLeadingZeros(difference) / 8;
    return code(leading, 8 - leading - Long.numberOfTrailingZeros(difference) / 8);
  }

  /// Appends the bytes of a difference to a sink.
  static void write(ByteSink sink, int code, long difference) {
    sink.topBytes(difference << (8 * LEADING[code]), COUNT[code]);
  }

  /// Reads the bytes of a difference.
  ///
  /// @throws CorruptDataException when the code is invalid
  static long read(ByteSource source, int code) {
    if (code >= CODES) {
      throw new CorruptDataException("change code " + code + ", 0 to 36 was expected");
    }
    return source.topBytes(COUNT[code]) >>> (8 * LEADING[code]);
  }
}
