package io.pharos.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NotationTest {
  @ParameterizedTest
  @CsvSource({
    "0,0,0s",
    "15s,15000,15s",
    "1h30m,5400000,1h30m",
    "250ms,250,250ms",
    "1d,86400000,1d",
    "7d,604800000,1w",
    "8d,691200000,8d",
    "365d,31536000000,1y",
    "1m40s,100000,1m40s",
    "10s53ms,10053,10s53ms",
    "90m,5400000,1h30m"
  })
  void duration_parsed_isMillisecondsAndPrintsShortest(String text, long millis, String printed) {
    assertThat(PromDuration.parseMillis(text)).isEqualTo(millis);
    assertThat(PromDuration.format(PromDuration.parse(text))).isEqualTo(printed);
    assertThat(PromDuration.parseMillis(printed)).isEqualTo(millis);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "1",
        "1x",
        "s",
        "1s1m",
        "1m1m",
        "-1s",
        "1.5h",
        " 1s",
        "9999999999999999s",
        "999999999999y"
      })
  void duration_notInTheNotation_isRefused(String text) {
    assertThatThrownBy(() -> PromDuration.parse(text)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void duration_negative_printsALeadingMinus() {
    assertThat(PromDuration.format(-90_000)).isEqualTo("-1m30s");
  }

  @ParameterizedTest
  @CsvSource({
    "0,0,0,0e+00",
    "-0.0,-0,-0,-0e+00",
    "1,1,1,1e+00",
    "0.1,0.1,0.1,1e-01",
    "1000000,1000000,1e+06,1e+06",
    "123456,123456,123456,1.23456e+05",
    "1234567,1234567,1.234567e+06,1.234567e+06",
    "0.0001,0.0001,0.0001,1e-04",
    "0.00001,0.00001,1e-05,1e-05",
    "1e21,1000000000000000000000,1e+21,1e+21",
    "1e100,,1e+100,1e+100",
    "-2.5,-2.5,-2.5,-2.5e+00",
    "NaN,NaN,NaN,NaN",
    "Infinity,+Inf,+Inf,+Inf",
    "-Infinity,-Inf,-Inf,-Inf"
  })
  void float_printed_isGosSpelling(double value, String plain, String general, String exponent) {
    if (plain != null) {
      assertThat(GoFloat.plain(value)).isEqualTo(plain);
    }
    assertThat(GoFloat.general(value)).isEqualTo(general);
    assertThat(GoFloat.exponent(value)).isEqualTo(exponent);
  }

  @Test
  void float_ofAnySize_isPlainWithTheDigitsThatReadBack() {
    var random = new Random(1);
    for (int i = 0; i < 20_000; i++) {
      double value =
          switch (i % 4) {
            case 0 -> random.nextLong(1_000_000_000_000L);
            case 1 -> random.nextInt(1_000_000) / 1000.0;
            case 2 -> Double.longBitsToDouble(random.nextLong());
            default -> random.nextDouble() * Math.pow(10, random.nextInt(20) - 10);
          };
      if (Double.isFinite(value)) {
        String text = GoFloat.plain(value);
        assertThat(text).doesNotContain("E").isEqualTo(digits(value));
        assertThat(Double.parseDouble(text)).isEqualTo(value);
      }
    }
  }

  private static String digits(double value) {
    return new BigDecimal(Double.toString(value)).stripTrailingZeros().toPlainString();
  }

  @Test
  void quoted_controlAndUnusualCharacters_areEscapedAsInGo() {
    assertThat(Quoted.of("a\"\\\n\r\t\u0007\b\f\u000b"))
        .isEqualTo("\"a\\\"\\\\\\n\\r\\t\\a\\b\\f\\v\"");
    assertThat(Quoted.of("\u0001\u007f")).isEqualTo("\"\\x01\\x7f\"");
    assertThat(Quoted.of("\u0085")).isEqualTo("\"\\u0085\"");
    assertThat(Quoted.of("错误 😀")).isEqualTo("\"错误 😀\"");
  }

  @Test
  void staleMarker_isDistinguishedFromOtherNaNsByItsBits() {
    assertThat(StaleMarker.is(StaleMarker.VALUE)).isTrue();
    assertThat(StaleMarker.is(Double.NaN)).isFalse();
    assertThat(Double.doubleToRawLongBits(StaleMarker.VALUE)).isEqualTo(StaleMarker.BITS);
  }

  @ParameterizedTest
  @CsvSource({
    "job,true,true",
    "a:b,false,true",
    "1a,false,false",
    "a.b,false,false",
    "_x9,true,true"
  })
  void name_isLegacyOrNot(String name, boolean label, boolean metric) {
    assertThat(LabelName.isLegacy(name)).isEqualTo(label);
    assertThat(LabelName.isLegacyMetric(name)).isEqualTo(metric);
  }

  @ParameterizedTest
  @CsvSource({
    "EQUAL,a,a,true", "EQUAL,a,b,false", "NOT_EQUAL,a,b,true", "REGEX,a|b,b,true",
    "REGEX,a|b,ab,false", "NOT_REGEX,a.*,abc,false", "NOT_REGEX,a.*,b,true", "EQUAL,'','',true"
  })
  void matcher_compares(LabelMatcher.Type type, String pattern, String value, boolean matches) {
    var matcher = LabelMatcher.of(type, "l", pattern);
    assertThat(matcher.matches(value)).isEqualTo(matches);
    assertThat(matcher.matches(Labels.of("l", value))).isEqualTo(matches);
    assertThat(matcher)
        .isEqualTo(LabelMatcher.of(type, "l", pattern))
        .hasSameHashCodeAs(LabelMatcher.of(type, "l", pattern));
  }

  @Test
  void matcher_dot_matchesNewlineOnlyIfRequested() {
    assertThat(LabelMatcher.of(LabelMatcher.Type.REGEX, "l", "a.b").matches("a\nb")).isTrue();
    assertThat(LabelMatcher.of(LabelMatcher.Type.REGEX, "l", "a.b", false).matches("a\nb"))
        .isFalse();
  }

  @Test
  void matcher_badPattern_isRefusedWithThePattern() {
    assertThatThrownBy(() -> LabelMatcher.of(LabelMatcher.Type.REGEX, "l", "a("))
        .hasMessage("error parsing regexp: missing closing ): `a(`");
    assertThat(LabelMatcher.equal("a.b", "c")).hasToString("\"a.b\"=\"c\"");
  }

  @ParameterizedTest
  @CsvSource({
    "0,0",
    "NaN,NaN",
    "5,5",
    "-12.345,-12",
    "99.5,1e+02",
    "100,1e+02",
    "123456,1.2e+05",
    "0.015625,0.016",
    "0.00001234,1.2e-05"
  })
  void number_rounded_hasTwoDigitsAtMost(double value, String text) {
    assertThat(GoFloat.rounded(value, 2)).isEqualTo(text);
  }
}
