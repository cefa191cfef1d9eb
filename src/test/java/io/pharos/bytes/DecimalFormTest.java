package io.pharos.bytes;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DecimalFormTest {
  @ParameterizedTest
  @CsvSource({
    "0, 0, 0",
    "7, 0, 7",
    "-7, 0, -7",
    "12.5, 1, 125",
    "0.1, 1, 1",
    "-1234.56, 2, -123456",
    "0.000123456, 9, 123456",
    "1e-12, 12, 1",
    "9007199254740992, 0, 9007199254740992",
    "1e15, 0, 1000000000000000",
  })
  void value_withFewDigits_isWholeNumberOfTheLeastPower(double value, int exponent, long mantissa) {
    assertThat(DecimalForm.exponent(value)).isEqualTo(exponent);
    assertThat(DecimalForm.mantissa(value, exponent)).isEqualTo(mantissa);
    assertThat(DecimalForm.value(mantissa, exponent)).isEqualTo(value);
  }

  @ParameterizedTest
  @CsvSource({
    "-0.0",
    "NaN",
    "Infinity",
    "-Infinity",
    "4.9E-324",
    "1e300",
    "0.3333333333333333",
    "1e-13",
    "9007199254740994"
  })
  void value_thatIsNoDecimal_hasNoExponent(double value) {
    assertThat(DecimalForm.exponent(value)).isEqualTo(DecimalForm.NO_EXPONENT);
    assertThat(DecimalForm.mantissa(value, 0)).isEqualTo(DecimalForm.NO_MANTISSA);
  }

  /// Longer decimals may be missed: their product with the power of ten is not exact enough.
  @Test
  void value_writtenWithUpToTwelveDecimalsAndFifteenDigits_comesBackWithItsBits() {
    var random = new Random(1);
    for (int i = 0; i < 200_000; i++) {
      int digits = random.nextInt(DecimalForm.MAX_EXPONENT + 1);
      long mantissa =
          random.nextLong(1L << random.nextInt(1, 51)) * (random.nextBoolean() ? 1 : -1);
      double value = BigDecimal.valueOf(mantissa, digits).doubleValue();
      int exponent = DecimalForm.exponent(value);
      assertThat(exponent).as("%s", value).isLessThanOrEqualTo(digits);
      assertThat(DecimalForm.value(DecimalForm.mantissa(value, exponent), exponent))
          .isEqualTo(value);
      assertThat(DecimalForm.mantissa(value, digits)).isEqualTo(mantissa);
    }
  }

  @Test
  void value_ofAnyBits_isADecimalOnlyWithItsOwnBits() {
    var random = new Random(2);
    for (int i = 0; i < 200_000; i++) {
      double value = Double.longBitsToDouble(random.nextLong());
      int exponent = DecimalForm.exponent(value);
      if (exponent != DecimalForm.NO_EXPONENT) {
        double again = DecimalForm.value(DecimalForm.mantissa(value, exponent), exponent);
        assertThat(Double.doubleToRawLongBits(again)).isEqualTo(Double.doubleToRawLongBits(value));
      }
    }
  }
}
