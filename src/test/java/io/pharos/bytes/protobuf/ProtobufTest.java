package io.pharos.bytes.protobuf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pharos.model.StaleMarker;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Reads what the writer wrote and what other writers may write.
class ProtobufTest {
  private static ProtoReader reader(String hex) {
    return new ProtoReader(HexFormat.of().parseHex(hex.replace(" ", "")));
  }

  private static ProtoReader at(ProtoReader reader, int field) {
    assertThat(reader.next()).isTrue();
    assertThat(reader.field()).isEqualTo(field);
    return reader;
  }

  @Test
  void writer_everyKind_isReadBack() {
    byte[] bytes =
        new ProtoWriter()
            .int64(1, -1)
            .int64(2, 0)
            .sint64(3, Long.MIN_VALUE)
            .float64(4, StaleMarker.VALUE)
            .string(5, "")
            .element(6, "")
            .string(7, "π")
            .message(1000, inner -> inner.int64(1, 300))
            .int64s(9, 1, 300)
            .sint64s(10, -1, 1)
            .float64s(11, 0, -0.5)
            .toByteArray();
    var reader = new ProtoReader(bytes);
    assertThat(at(reader, 1).int64()).isEqualTo(-1);
    assertThat(at(reader, 3).sint64()).isEqualTo(Long.MIN_VALUE);
    assertThat(Double.doubleToRawLongBits(at(reader, 4).float64()))
        .isEqualTo(Double.doubleToRawLongBits(StaleMarker.VALUE));
    assertThat(at(reader, 6).string()).isEmpty();
    assertThat(at(reader, 7).string()).isEqualTo("π");
    assertThat(at(at(reader, 1000).message(), 1).int32()).isEqualTo(300);
    var longs = new ArrayList<Long>();
    at(reader, 9).int64s(longs::add);
    at(reader, 10).sint64s(longs::add);
    assertThat(longs).containsExactly(1L, 300L, -1L, 1L);
    var doubles = new ArrayList<Double>();
    at(reader, 11).float64s(doubles::add);
    assertThat(doubles).isEqualTo(List.of(0.0, -0.5));
    assertThat(reader.next()).isFalse();
  }

  @Test
  void repeated_notPacked_isReadToo() {
    var values = new ArrayList<Number>();
    var reader = reader("08 05 08 06 11 000000000000f03f");
    at(reader, 1).int64s(values::add);
    at(reader, 1).sint64s(values::add);
    at(reader, 2).float64s(values::add);
    assertThat(values).containsExactly(5L, 3L, 1.0);
  }

  @Test
  void unreadFields_areSkipped() {
    var reader = reader("08 ff01 11 0000000000000000 1a 02 aabb 25 00000000 28 07");
    assertThat(at(reader, 1).next()).isTrue();
    at(reader, 3);
    at(reader, 4);
    assertThat(at(reader, 5).int64()).isEqualTo(7);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          08                         | the message ends within a field
          08 80                      | the message ends within a field
          08 ffffffffffffffffffff 01 | found a variable-length integer of more than ten bytes
          0a 05 6162                 | the message ends within a field
          0a ffffffffffffffffff01    | the message ends within a field
          09 00                      | the message ends within a field
          0d 00                      | the message ends within a field
          0b                         | field 1 has the unknown wire type 3
          00                         | found the invalid field number 0
          ffffffffff01               | found the invalid field number
          """)
  void bytes_thatAreNoMessage_areRefusedWithTheirOffset(String hex, String reason) {
    assertThatThrownBy(
            () -> {
              var reader = reader(hex);
              while (reader.next()) {}
            })
        .isInstanceOf(ProtoReader.ProtobufException.class)
        .hasMessageContaining(reason)
        .hasMessageStartingWith("byte ");
  }

  @Test
  void field_ofAnotherWireType_isRefused() {
    assertThatThrownBy(() -> at(reader("08 01"), 1).float64())
        .hasMessageContaining("field 1 has the wire type 0, expected 1");
    assertThatThrownBy(() -> at(reader("08 01"), 1).message()).hasMessageContaining("expected 2");
    assertThatThrownBy(() -> at(reader("0a 01 ff"), 1).string()).hasMessageContaining("not UTF-8");
  }
}
