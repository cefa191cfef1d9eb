package io.pharos.remote.read;

import java.util.Arrays;

/// The bits of a chunk in Prometheus' encodings, one behind the other.
final class ChunkBits {
  private byte[] bytes = new byte[64];
  private long size;

  /// @param header how many bytes come before the bits, zero at first
  ChunkBits(int header) {
    size = header * 8L;
  }

  /// A run of values of which each is written as its XOR with the value before: a bit for "the
  /// same", a bit for "in the window before", or five bits of leading zeros, six of length and the
  /// significant bits.
  static final class Values {
    private static final int NO_WINDOW = 0xff;

    private long last;
    private int leading = NO_WINDOW;
    private int trailing;

    void first(double value, ChunkBits to) {
      last = Double.doubleToRawLongBits(value);
      to.write(last, 64);
    }

    void next(double value, ChunkBits to) {
      long bits = Double.doubleToRawLongBits(value);
      long xor = bits ^ last;
      last = bits;
      if (xor == 0) {
        to.write(0, 1);
        return;
      }
      to.write(1, 1);
      int zerosBefore = Math.min(Long.numberOfLeadingZeros(xor), 31);
      int zerosBehind = Long.numberOfTrailingZeros(xor);
      if (leading != NO_WINDOW && zerosBefore >= leading && zerosBehind >= trailing) {
        to.write(0, 1);
      } else {
        leading = zerosBefore;
        trailing = zerosBehind;
        to.write(1, 1);
        to.write(leading, 5);
        to.write(64 - leading - trailing, 6); // 64 becomes 0
      }
      to.write(xor >>> trailing, 64 - leading - trailing);
    }
  }

  /// Whether a number has a code of so many bits, 1 to 63; codes lean to the positive side.
  static boolean fits(long value, int width) {
    return value > -(1L << (width - 1)) && value <= 1L << (width - 1);
  }

  /// Sets a byte of the header.
  void header(int at, int value) {
    bytes[at] = (byte) value;
  }

  void write(long value, int count) {
    if (size + count > bytes.length * 8L) {
      bytes = Arrays.copyOf(bytes, bytes.length * 2);
    }
    for (int i = count - 1; i >= 0; i--, size++) {
      bytes[(int) (size >>> 3)] |= (byte) ((value >>> i & 1) << (7 - (size & 7)));
    }
  }

  byte[] toByteArray() {
    return Arrays.copyOf(bytes, (int) ((size + 7) / 8));
  }
}
