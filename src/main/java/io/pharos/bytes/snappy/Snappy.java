package io.pharos.bytes.snappy;

import java.util.Arrays;

/// Snappy's block format: the length as a varint, then literals and copies of what came before.
public final class Snappy {
  /* A tag's two lowest bits say what it is. 0: a literal of 1 + (tag >> 2) bytes, where 60 to 63
   * mean that the length less one follows in one to four bytes. 1: a copy of 4 to 11 bytes with an
   * offset of eleven bits. 2 and 3: a copy of 1 to 64 bytes with an offset of two or four bytes.
   * All numbers are little-endian. An offset smaller than the length repeats what it copies.
   *
   * The encoder is the greedy one: a table remembers by a hash of four bytes where they were last
   * seen within a fragment of 64 KiB, so that two bytes suffice for every offset. */
  private static final int LITERAL = 0;
  private static final int COPY_1 = 1;
  private static final int COPY_2 = 2;

  private static final int FRAGMENT = 1 << 16;
  private static final int TABLE_BITS = 14;
  private static final int MAX_COPY = 64;

  private Snappy() {}

  /// What a block holds.
  ///
  /// @param maxLength the most bytes that it may hold
  /// @throws SnappyException when it holds more or is damaged
  public static byte[] decode(byte[] block, int maxLength) {
    return new Decoder(block).decode(maxLength);
  }

  private static final class Decoder {
    private final byte[] in;
    private int at;

    Decoder(byte[] in) {
      this.in = in;
    }

    byte[] decode(int maxLength) {
      long length = length();
      if (length > maxLength) {
        throw new SnappyException(
            "the block holds " + length + " bytes, expected at most " + maxLength, true);
      }
      // A copy gives at most 64 bytes for three; so a few bytes can't claim much memory.
      if (length > 22L * in.length) {
        throw damaged("a block of " + in.length + " bytes can't hold " + length);
      }
      var out = new byte[(int) length];
      int size = 0;
      while (at < in.length) {
        int tag = in[at++] & 0xff;
        int kind = tag & 3;
        if (kind == LITERAL) {
          int count = literalLength(tag >>> 2);
          require(count <= in.length - at && count <= out.length - size, "literal");
          System.arraycopy(in, at, out, size, count);
          at += count;
          size += count;
        } else {
          int count = kind == COPY_1 ? 4 + ((tag >>> 2) & 7) : 1 + (tag >>> 2);
          int offset = offset(tag, kind);
          require(offset > 0 && offset <= size && count <= out.length - size, "copy");
          for (int end = size + count; size < end; size++) {
            out[size] = out[size - offset];
          }
        }
      }
      if (size != out.length) {
        throw damaged("it ends after " + size + " of " + out.length + " bytes");
      }
      return out;
    }

    private long length() {
      long length = 0;
      for (int shift = 0; shift < 35; shift += 7) {
        require(at < in.length, "length");
        int next = in[at++];
        length |= (next & 0x7fL) << shift;
        if (next >= 0) {
          require(length <= 0xffffffffL, "length");
          return length;
        }
      }
      throw damaged("bad length");
    }

    private int literalLength(int code) {
      if (code < 60) {
        return code + 1;
      }
      long count = littleEndian(code - 59) + 1;
      require(count <= Integer.MAX_VALUE, "literal");
      return (int) count;
    }

    private int offset(int tag, int kind) {
      long offset =
          switch (kind) {
            case COPY_1 -> (long) (tag >>> 5) << 8 | littleEndian(1);
            case COPY_2 -> littleEndian(2);
            default -> littleEndian(4);
          };
      return (int) Math.min(offset, Integer.MAX_VALUE); // no block is that long: refused as too far
    }

    private long littleEndian(int bytes) {
      require(bytes <= in.length - at, "tag");
      long value = 0;
      for (int i = 0; i < bytes; i++) {
        value |= (in[at++] & 0xffL) << (8 * i);
      }
      return value;
    }

    private void require(boolean good, String part) {
      if (!good) {
        throw damaged("bad " + part);
      }
    }

    private SnappyException damaged(String what) {
      return new SnappyException("damaged block of Snappy at byte " + at + ": " + what, false);
    }
  }

  /// A block that holds these bytes.
  public static byte[] encode(byte[] bytes) {
    return new Encoder(bytes).encode();
  }

  private static final class Encoder {
    private final byte[] in;
    private final short[] table = new short[1 << TABLE_BITS];
    private final byte[] out;
    private int size;

    Encoder(byte[] in) {
      this.in = in;
      // A literal costs at most five bytes per fragment more than it holds; copies never grow.
      this.out = new byte[Math.addExact(in.length, 32 + in.length / 6)];
    }

    byte[] encode() {
      int rest = in.length;
      while (rest > 0x7f) {
        out[size++] = (byte) (rest | 0x80);
        rest >>>= 7;
      }
      out[size++] = (byte) rest;
      for (int from = 0; from < in.length; from += FRAGMENT) {
        encode(from, Math.min(in.length, from + FRAGMENT));
      }
      return Arrays.copyOf(out, size);
    }

    private void encode(int from, int to) {
      Arrays.fill(table, (short) 0);
      int literal = from;
      int at = from + 1;
      int misses = 32;
      while (at + 4 <= to) {
        int four = four(at);
        int slot = (four * 0x1e35a7bd) >>> (32 - TABLE_BITS);
        int seen = from + (table[slot] & 0xffff);
        table[slot] = (short) (at - from);
        if (seen >= at || four(seen) != four) {
          at += misses++ >> 5; // what does not repeat is walked through faster and faster
          continue;
        }
        literal(literal, at);
        int end = at + 4;
        while (end < to && in[end] == in[seen + end - at]) {
          end++;
        }
        copy(at - seen, end - at);
        at = end;
        literal = end;
        misses = 32;
      }
      literal(literal, to);
    }

    private int four(int i) {
      return (in[i] & 0xff)
          | (in[i + 1] & 0xff) << 8
          | (in[i + 2] & 0xff) << 16
          | (in[i + 3] & 0xff) << 24;
    }

    private void literal(int from, int to) {
      int count = to - from;
      if (count == 0) {
        return;
      }
      int less = count - 1;
      if (less < 60) {
        out[size++] = (byte) (less << 2);
      } else if (less < 256) {
        out[size++] = (byte) (60 << 2);
        out[size++] = (byte) less;
      } else {
        out[size++] = (byte) (61 << 2);
        out[size++] = (byte) less;
        out[size++] = (byte) (less >>> 8);
      }
      System.arraycopy(in, from, out, size, count);
      size += count;
    }

    private void copy(int offset, int count) {
      int rest = count;
      while (rest > 0) {
        int next = Math.min(rest, MAX_COPY);
        out[size++] = (byte) ((next - 1) << 2 | COPY_2);
        out[size++] = (byte) offset;
        out[size++] = (byte) (offset >>> 8);
        rest -= next;
      }
    }
  }
}
