package io.pharos.bytes.snappy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SnappyTest {
  private static byte[] hex(String text) {
    return HexFormat.of().parseHex(text.replace(" ", ""));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          00                       | ''          | nothing
          03 08 616263             | abc         | a literal
          07 08 616263 01 03       | abcabca     | a copy with an offset of one byte, longer than it
          06 08 616263 0a 03 00    | abcabc      | a copy with an offset of two bytes
          06 08 616263 0b 03 00 00 00 | abcabc   | a copy with an offset of four bytes
          05 00 61 0e 01 00        | aaaaa       | a copy of what it writes itself
          03 f0 02 616263          | abc         | a literal with its length in one byte
          03 f4 02 00 616263       | abc         | a literal with its length in two bytes
          03 fc 02 00 00 00 616263 | abc         | a literal with its length in four bytes
          """)
  void decode_eachKindOfElement_givesItsBytes(String block, String text, String what) {
    assertThat(Snappy.decode(hex(block), 100))
        .as(what)
        .isEqualTo(text.getBytes(StandardCharsets.UTF_8));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "80",
        "ffffffff ff 00",
        "ffffffff 7f 00",
        "03",
        "03 08 6162",
        "02 08 616263",
        "04 08 616263",
        "07 08 616263 01",
        "07 08 616263 01 04",
        "07 08 616263 01 00",
        "05 08 616263 01 03",
        "06 08 616263 0b ff ff ff ff",
        "03 fc ff ff ff ff 616263",
        "03 f4 02"
      })
  void decode_damagedBlock_isRefused(String block) {
    assertThatThrownBy(() -> Snappy.decode(hex(block), 100))
        .isInstanceOf(Snappy.SnappyException.class);
  }

  @Test
  void decode_moreThanAllowedOrPossible_isRefusedBeforeMemoryIsTaken() {
    assertThatThrownBy(() -> Snappy.decode(hex("c801 00"), 100))
        .isInstanceOfSatisfying(
            Snappy.SnappyException.class, e -> assertThat(e.tooLarge()).isTrue())
        .hasMessage("the block contains 200 bytes, expected at most 100");
    assertThatThrownBy(() -> Snappy.decode(hex("ffffff3f 00"), Integer.MAX_VALUE))
        .hasMessageContaining("can't contain");
  }

  @Test
  void encode_anything_isDecodedToTheSame() {
    var random = new Random(5);
    for (int round = 0; round < 400; round++) {
      var bytes = new byte[random.nextInt(round < 350 ? 3_000 : 300_000)];
      int alphabet = 1 + random.nextInt(256);
      for (int i = 0; i < bytes.length; i++) {
        bytes[i] =
            i > 70_000 && random.nextInt(50) > 0
                ? bytes[i - 70_000]
                : (byte) random.nextInt(alphabet);
      }
      assertThat(Snappy.decode(Snappy.encode(bytes), bytes.length)).isEqualTo(bytes);
    }
  }

  @Test
  void encode_repetition_isMuchSmaller() {
    var bytes = "http_requests_total{job=\"api\"}".repeat(1000).getBytes(StandardCharsets.UTF_8);
    assertThat(Snappy.encode(bytes)).hasSizeLessThan(bytes.length / 15);
  }

  @Test
  void decode_everyDamagedBitOfARealBlock_isRefusedOrGivesOtherBytes() {
    byte[] text = "some text, some other text, some text".getBytes(StandardCharsets.UTF_8);
    byte[] block = Snappy.encode(text);
    for (int i = 0; i < block.length * 8; i++) {
      byte[] damaged = block.clone();
      damaged[i / 8] ^= (byte) (1 << i % 8);
      try {
        assertThat(Snappy.decode(damaged, 1 << 20)).as("bit " + i).isNotEqualTo(text);
      } catch (Snappy.SnappyException e) {
        assertThat(e).hasMessageStartingWith("damaged Snappy block");
      }
    }
  }
}
