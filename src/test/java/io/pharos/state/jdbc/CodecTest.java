package io.pharos.state.jdbc;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pharos.bytes.CorruptDataException;
import org.junit.jupiter.api.Test;

class CodecTest {
  @Test
  void labels_notJson_namesTheText() {
    assertThatThrownBy(() -> Codec.labels("{oops"))
        .isInstanceOf(CorruptDataException.class)
        .hasMessageContaining("{oops");
  }

  @Test
  void matchers_unknownType_isRefused() {
    assertThatThrownBy(() -> Codec.matchers("[{\"name\":\"a\",\"type\":\"~\",\"value\":\"b\"}]"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("unknown operator ~");
  }
}
