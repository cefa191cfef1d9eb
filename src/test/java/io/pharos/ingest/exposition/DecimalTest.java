package io.pharos.ingest.exposition;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DecimalTest {
  private static double parse(String text) {
    byte[] bytes = ("<" + text + ">").getBytes(US_ASCII);
    return Decimal.parse(bytes, 1, bytes.length - 1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0",
        "-0",
        "+5",
        "1.",
        ".5",
        "9007199254740993",
        "123456789012345678",
        "0.1",
        "1e22",
        "1234567890123456789012",
        "1.7976931348623157e308",
        "4.9e-324",
        "0.000000000000000001",
        "9007199254740993.5",
        "1E5",
        "99999999999999999.9"
      })
  void parse_number_isTheNearestDouble(String text) {
    assertThat(parse(text)).isEqualTo(Double.parseDouble(text));
  }

  @Test
  void parse_randomNumbers_agreeWithTheJdk() {
    var random = new Random(7);
    for (int i = 0; i < 20_000; i++) {
      double value =
          switch (i % 4) {
            case 0 -> random.nextLong();
            case 1 -> random.nextInt(1_000_000) / 1000.0;
            case 2 -> random.nextGaussian();
            default -> Double.longBitsToDouble(random.nextLong());
          };
      if (Double.isFinite(value)) {
        assertThat(parse(Double.toString(value))).isEqualTo(value);
        String plain = new java.math.BigDecimal(value).toPlainString();
        assertThat(parse(plain)).isEqualTo(value);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "-", ".", "1d", "1f", "0x1", "1_000", "1e", "nan1", "--1", "1.2.3"})
  void parse_somethingElse_isRefused(String text) {
    assertThatThrownBy(() -> parse(text)).isInstanceOf(NumberFormatException.class);
  }
}
