package io.pharos.bytes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ByteSourceTest {
  private static final long[] NUMBERS = {
    0, 1, -1, 63, 64, -64, -65, 127, 128, 1L << 35, Long.MAX_VALUE, Long.MIN_VALUE
  };

  private static ByteSource source(ByteSink sink) {
    return new ByteSource(MemorySegment.ofArray(sink.toByteArray()));
  }

  @Test
  void numbers_readBackAsWritten() {
    var sink = new ByteSink(1);
    for (long number : NUMBERS) {
      sink.varint(number);
      sink.uvarint(number);
      sink.i64(number);
      sink.u32((int) number);
      sink.u8((int) number);
      sink.topBytes(number, 8);
    }
    ByteSource source = source(sink);
    for (long number : NUMBERS) {
      assertThat(source.varint()).isEqualTo(number);
      assertThat(source.uvarint()).isEqualTo(number);
      assertThat(source.i64()).isEqualTo(number);
      assertThat(source.u32()).isEqualTo((int) number);
      assertThat(source.u8()).isEqualTo((int) (number & 0xFF));
      assertThat(source.topBytes(8)).isEqualTo(number);
    }
    assertThat(source.remaining()).isZero();
  }

  @Test
  void source_ofAnArray_readsAsThatOfASegment_andEndsWhereItDoes() {
    var sink = new ByteSink(16);
    sink.u8(0xFE);
    sink.u32(0xFEDC_BA98);
    sink.i64(0x8877_6655_4433_2211L);
    sink.string("Grüße");
    sink.varint(-300);
    sink.topBytes(0x8899_AA00_0000_0000L, 3);
    byte[] bytes = sink.toByteArray();
    for (int size = 0; size <= bytes.length; size++) {
      var array = new ByteSource(bytes, size);
      var segment = new ByteSource(MemorySegment.ofArray(bytes).asSlice(0, size));

      assertThat(readAll(array)).as("%d bytes", size).isEqualTo(readAll(segment));
    }
  }

  private static List<Object> readAll(ByteSource source) {
    var read = new ArrayList<Object>();
    try {
      read.add(source.u8());
      read.add(source.u32());
      read.add(source.i64());
      read.add(source.string());
      read.add(source.varint());
      read.add(source.topBytes(3));
    } catch (CorruptDataException e) {
      read.add(String.valueOf(e.getMessage()));
    }
    read.add(source.remaining());
    return read;
  }

  @Test
  void uvarint_usesSevenBitsAByte() {
    var sink = new ByteSink(16);
    sink.uvarint(300);
    assertThat(sink.toByteArray()).containsExactly(0xAC, 0x02);
  }

  @Test
  void string_readsBackAsWritten() {
    var sink = new ByteSink(16);
    sink.string("");
    sink.string("Grüße \uD83D\uDE00");
    ByteSource source = source(sink);
    assertThat(source.string()).isEmpty();
    assertThat(source.string()).isEqualTo("Grüße \uD83D\uDE00");
  }

  @Test
  void read_pastTheEnd_reportsTheMissingBytes() {
    var sink = new ByteSink(16);
    sink.u8(0x80);
    assertThatThrownBy(() -> source(sink).uvarint()).isInstanceOf(CorruptDataException.class);
    assertThatThrownBy(() -> source(sink).i64())
        .isInstanceOf(CorruptDataException.class)
        .hasMessage("the data ends at byte 1, expected 8 more bytes");
  }

  @Test
  void count_largerThanWhatRemains_isRefused() {
    var sink = new ByteSink(16);
    sink.uvarint(3);
    sink.i64(0);
    assertThatThrownBy(() -> source(sink).count(4))
        .isInstanceOf(CorruptDataException.class)
        .hasMessage("found a count of 3, but only 8 bytes remain");
    assertThat(source(sink).count(2)).isEqualTo(3);
  }
}
