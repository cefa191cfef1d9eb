package io.pharos.tsdb.wal;

import io.pharos.bytes.ByteSink;
import io.pharos.bytes.ByteSource;
import io.pharos.bytes.CorruptDataException;
import io.pharos.bytes.DecimalForm;
import java.util.Arrays;

/// The last value of each series of a segment, and the encoding of the next value relative to it
/// (docs/format/wal.md, "Values"). The writer and each reader of a segment have their own object;
/// after the same values, the objects have the same state.
final class SeriesValues {
  /// A first byte of this number or more begins a histogram or a run, not a value.
  static final int NO_VALUE = 0xF3;

  /// First byte of a histogram.
  static final int HISTOGRAM = 0xF3;

  /// First byte of a run of two values that repeat the last values of their series; the next number
  /// means three values, and so on.
  static final int RUN = 0xF4;

  /// Maximum number of repeated values in a run.
  static final int MAX_RUN = 0xFF - RUN + 2;

  /* First bytes of values with this encoded length in bytes. */
  private static final int TWO_BYTES = 0xC0;
  private static final int THREE_BYTES = 0xE0;
  private static final int FIVE_BYTES = 0xF0;
  private static final int EIGHT_BYTES = 0xF1;
  private static final int NOT_DECIMAL = 0xF2;

  /* Minimum numbers with an encoded length of three and of five bytes. */
  private static final int MIN_OF_THREE = TWO_BYTES + (1 << 13);
  private static final int MIN_OF_FIVE = MIN_OF_THREE + (1 << 20);

  private long[] bits = new long[64];
  private byte[] exponents = new byte[64];
  private int size;

  /// Number of series.
  int size() {
    return size;
  }

  /// Adds a series. Its first value is encoded relative to 0.
  void add() {
    if (size == bits.length) {
      bits = Arrays.copyOf(bits, size * 2);
      exponents = Arrays.copyOf(exponents, size * 2);
    }
    bits[size] = 0;
    exponents[size++] = 0;
  }

  /// Removes all series.
  void clear() {
    size = 0;
  }

  /// The last value of a series.
  double last(int series) {
    return Double.longBitsToDouble(bits[series]);
  }

  /// Whether a value repeats the last value of a series.
  boolean isLast(int series, double value) {
    return Double.doubleToRawLongBits(value) == bits[series];
  }

  /// Appends the next value of a series to a sink.
  void write(ByteSink sink, int series, double value) {
    int exponent = exponents[series];
    if (exponent != DecimalForm.NO_EXPONENT) {
      long mantissa = DecimalForm.mantissa(value, exponent);
      if (mantissa != DecimalForm.NO_MANTISSA) {
        difference(sink, mantissa - DecimalForm.mantissa(last(series), exponent));
        bits[series] = Double.doubleToRawLongBits(value);
        return;
      }
      sink.u8(NOT_DECIMAL);
    }
    long change = Double.doubleToRawLongBits(value) ^ bits[series];
    int code = Change.code(change);
    sink.u8(code);
    Change.write(sink, code, change);
    setLast(series, value);
  }

  private static void difference(ByteSink sink, long difference) {
    long zigzag = (difference << 1) ^ (difference >> 63);
    if (zigzag < TWO_BYTES) {
      sink.u8((int) zigzag);
    } else if (zigzag < MIN_OF_THREE) {
      int rest = (int) zigzag - TWO_BYTES;
      sink.u8(TWO_BYTES | rest >> 8);
      sink.u8(rest);
    } else if (zigzag < MIN_OF_FIVE) {
      int rest = (int) zigzag - MIN_OF_THREE;
      sink.u8(THREE_BYTES | rest >> 16);
      sink.topBytes((long) rest << 48, 2);
    } else if (zigzag >>> 32 == 0) {
      sink.u8(FIVE_BYTES);
      sink.u32((int) zigzag);
    } else {
      sink.u8(EIGHT_BYTES);
      sink.topBytes(zigzag << 8, 7);
    }
  }

  /// Reads the next value of a series.
  ///
  /// @param first the first byte of the value, which was already read
  /// @throws CorruptDataException when the encoding is invalid
  double read(ByteSource source, int series, int first) {
    int exponent = exponents[series];
    if (exponent != DecimalForm.NO_EXPONENT && first != NOT_DECIMAL) {
      long zigzag = zigzag(source, first);
      long mantissa =
          DecimalForm.mantissa(last(series), exponent) + ((zigzag >>> 1) ^ -(zigzag & 1));
      double value = DecimalForm.value(mantissa, exponent);
      if (DecimalForm.mantissa(value, exponent) != mantissa) {
        throw new CorruptDataException(
            "found the invalid mantissa " + mantissa + " for the exponent " + exponent);
      }
      bits[series] = Double.doubleToRawLongBits(value);
      return value;
    }
    int code = exponent == DecimalForm.NO_EXPONENT ? first : source.u8();
    double value = Double.longBitsToDouble(bits[series] ^ Change.read(source, code));
    setLast(series, value);
    return value;
  }

  private static long zigzag(ByteSource source, int first) {
    if (first < TWO_BYTES) {
      return first;
    }
    if (first < THREE_BYTES) {
      return TWO_BYTES + ((first - TWO_BYTES) << 8 | (long) source.u8());
    }
    if (first < FIVE_BYTES) {
      return MIN_OF_THREE + ((first - THREE_BYTES) << 16 | source.u8() << 8 | (long) source.u8());
    }
    return first == FIVE_BYTES ? Integer.toUnsignedLong(source.u32()) : source.topBytes(7) >>> 8;
  }

  private void setLast(int series, double value) {
    bits[series] = Double.doubleToRawLongBits(value);
    exponents[series] = (byte) DecimalForm.exponent(value);
  }

  /// Encodes the difference between two values of a series. The encoding consists of the bytes of
  /// the exclusive-or of their bits, without zero bytes at both ends, and of a code of 0 to 36 for
  /// the position of those bytes.
  ///
  /// Code 0 means no difference. The other codes enumerate the pairs (`leading`, `count`) in
  /// ascending order. `leading` is the number of zero bytes at the high end, 0 to 7. `count` is the
  /// number of bytes from there to the last non-zero byte, 1 to `8 - leading`.
  static final class Change {
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

    private Change() {}

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

    /// Reads the bytes of a difference. Throws CorruptDataException when the code is invalid.
    static long read(ByteSource source, int code) {
      if (code >= CODES) {
        throw new CorruptDataException("change code " + code + ", expected 0 to 36");
      }
      return source.topBytes(COUNT[code]) >>> (8 * LEADING[code]);
    }
  }
}
