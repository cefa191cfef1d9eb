package io.pharos.bytes.protobuf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.CodedOutputStream;
import io.pharos.model.StaleMarker;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Compares the reader and the writer with protobuf-java.
class ProtobufPeerTest {
  private static final long[] NUMBERS = {
    1, 127, 128, -1, Long.MIN_VALUE, Long.MAX_VALUE, 1L << 35, 300
  };

  @Test
  void written_isReadByProtobufJava() throws IOException {
    for (long number : NUMBERS) {
      byte[] bytes =
          new ProtoWriter()
              .int64(1, number)
              .sint64(2, number)
              .float64(3, StaleMarker.VALUE)
              .message(
                  536_870_911, inner -> inner.string(1, "π \uFFFD").sint64s(2, number, -number))
              .toByteArray();

      var in = CodedInputStream.newInstance(bytes);
      assertThat(in.readTag()).isEqualTo(8);
      assertThat(in.readInt64()).isEqualTo(number);
      assertThat(in.readTag()).isEqualTo(16);
      assertThat(in.readSInt64()).isEqualTo(number);
      assertThat(in.readTag()).isEqualTo(25);
      assertThat(in.readFixed64()).isEqualTo(Double.doubleToRawLongBits(StaleMarker.VALUE));
      assertThat(in.readTag() >>> 3).isEqualTo(536_870_911);
      in.pushLimit(in.readRawVarint32());
      assertThat(in.readTag()).isEqualTo(10);
      assertThat(in.readStringRequireUtf8()).isEqualTo("π \uFFFD");
      assertThat(in.readTag()).isEqualTo(18);
      in.readRawVarint32();
      assertThat(in.readSInt64()).isEqualTo(number);
      assertThat(in.readSInt64()).isEqualTo(-number);
      assertThat(in.isAtEnd()).isTrue();
    }
  }

  @Test
  void writtenByProtobufJava_isRead() throws IOException {
    for (long number : NUMBERS) {
      var bytes = new ByteArrayOutputStream();
      CodedOutputStream out = CodedOutputStream.newInstance(bytes);
      out.writeInt64(1, number);
      out.writeSInt64(2, number);
      out.writeDouble(3, -0.5);
      out.writeString(4, "π \uFFFD");
      out.writeFixed32(5, 7);
      out.flush();

      var reader = new ProtoReader(bytes.toByteArray());
      assertThat(reader.next()).isTrue();
      assertThat(reader.int64()).isEqualTo(number);
      assertThat(reader.next()).isTrue();
      assertThat(reader.sint64()).isEqualTo(number);
      assertThat(reader.next()).isTrue();
      assertThat(reader.float64()).isEqualTo(-0.5);
      assertThat(reader.next()).isTrue();
      assertThat(reader.utf8()).contains("π \uFFFD");
      assertThat(reader.next()).isTrue();
      assertThat(reader.next()).isFalse();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"ÿ", "abcé", "Ã(", "í\u00a0\u0080", "ð\u0082\u0082¬"})
  void text_thatIsNotUtf8_isRefusedByBoth(String latin1) throws IOException {
    var bytes = new ByteArrayOutputStream();
    CodedOutputStream out = CodedOutputStream.newInstance(bytes);
    out.writeByteArray(1, latin1.getBytes(StandardCharsets.ISO_8859_1));
    out.flush();
    CodedInputStream peer = CodedInputStream.newInstance(bytes.toByteArray());
    assertThat(peer.readTag()).isEqualTo(10);
    assertThatThrownBy(peer::readStringRequireUtf8).isInstanceOf(IOException.class);

    var reader = new ProtoReader(bytes.toByteArray());
    assertThat(reader.next()).isTrue();
    assertThat(reader.utf8()).isEmpty();
  }
}
