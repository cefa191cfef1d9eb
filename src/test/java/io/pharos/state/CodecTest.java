package io.pharos.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pharos.bytes.CorruptDataException;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class CodecTest {
  @Test
  void micros_timesBeforeTheEpochAndFarOnes_roundTripOrClamp() {
    Instant early = Instant.parse("0001-01-01T00:00:00Z");
    assertThat(Codec.instant(Codec.micros(early))).isEqualTo(early);
    assertThat(Codec.micros(Instant.MIN)).isNegative();
    assertThat(Codec.micros(Instant.MAX)).isPositive();
  }

  @Test
  void labels_notJson_namesTheText() {
    assertThatThrownBy(() -> Codec.labels("{oops"))
        .isInstanceOf(CorruptDataException.class)
        .hasMessageContaining("{oops");
  }

  @Test
  void matchers_unknownType_isRefused() {
    assertThatThrownBy(() -> Codec.matchers("[{\"name\":\"a\",\"type\":\"~\",\"value\":\"b\"}]"))
        .isInstanceOf(CorruptDataException.class)
        .hasMessageContaining("unknown kind of matcher");
  }
}
