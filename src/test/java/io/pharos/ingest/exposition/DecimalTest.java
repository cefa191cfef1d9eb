package io.pharos.ingest.exposition;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
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
        String plain = new BigDecimal(value).toPlainString();
        assertThat(parse(plain)).isEqualTo(value);
      }
    }
  }

  @Test
  void parse_asManyDigitsAsExportersWrite_agreesWithTheJdk() {
    var random = new Random(11);
    for (int i = 0; i < 300_000; i++) {
      long digits = random.nextLong(1_000_000_000_000_000_000L) / (long) Math.pow(10, i % 17);
      int exponent = random.nextInt(i % 3 == 0 ? 700 : 40) - (i % 3 == 0 ? 350 : 20);
      String text = (i % 2 == 0 ? "-" : "") + digits + "e" + (exponent < 0 ? "" : "+") + exponent;
      double expected = Double.parseDouble(text);
      if (Double.isFinite(expected)) {
        assertThat(Double.doubleToRawLongBits(parse(text)))
            .as(text)
            .isEqualTo(Double.doubleToRawLongBits(expected));
      }
    }
  }

  @Test
  void parse_closeToTheMiddleOfTwoDoubles_agreesWithTheJdk() {
    var random = new Random(13);
    for (int i = 0; i < 100_000; i++) {
      double value = Math.scalb(1 + random.nextDouble(), random.nextInt(240) - 120);
      BigDecimal middle =
          new BigDecimal(value).add(new BigDecimal(Math.nextUp(value))).divide(BigDecimal.TWO);
      RoundingMode rounding = i % 2 == 0 ? RoundingMode.DOWN : RoundingMode.UP;
      BigDecimal near = middle.round(new MathContext(15 + i % 4, rounding));
      String text = near.unscaledValue() + "e" + -near.scale();
      assertThat(parse(text)).as(text).isEqualTo(Double.parseDouble(text));
    }
  }

  @Test
  void scale_shortestTextsOfDoubles_areSeldomInDoubt() {
    var random = new Random(17);
    int doubtful = 0;
    for (int i = 0; i < 10_000; i++) {
      BigDecimal shortest = BigDecimal.valueOf(random.nextDouble());
      long mantissa = shortest.unscaledValue().longValueExact();
      doubtful += Double.isNaN(Decimal.PowersOfTen.scale(mantissa, -shortest.scale())) ? 1 : 0;
    }
    assertThat(doubtful).isLessThan(10);
  }

  @ParameterizedTest
  @ValueSource(strings = {"NaN", "nan", "+Inf", "Inf", "-Inf", "inf", "-infinity"})
  void parse_noNumber_isReadInAnySpelling(String text) {
    double expected =
        switch (text) {
          case "NaN", "nan" -> Double.NaN;
          case "-Inf", "-infinity" -> Double.NEGATIVE_INFINITY;
          default -> Double.POSITIVE_INFINITY;
        };
    assertThat(Double.doubleToLongBits(parse(text))).isEqualTo(Double.doubleToLongBits(expected));
  }

  @Test
  void parse_halvesThatFitALong_roundToEven() {
    for (long odd = (1L << 53) + 1; odd < (1L << 53) + 400; odd += 2) {
      assertThat(parse(odd + "")).isEqualTo((double) odd);
      assertThat(parse(odd + "0e-1")).isEqualTo((double) odd);
      assertThat(parse(odd + "00e-2")).isEqualTo((double) odd);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "-", ".", "1d", "1f", "0x1", "1_000", "1e", "nan1", "--1", "1.2.3"})
  void parse_somethingElse_isRefused(String text) {
    assertThatThrownBy(() -> parse(text)).isInstanceOf(NumberFormatException.class);
  }
}
