package io.pharos.alerting.message;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MeasuredValueTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      textBlock =
          """
          26.32%                          | 26 %
          26.5 %                          | 26.5 %
          7.234%                          | 7.2 %
          0.1234%                         | 0.12 %
          99.95%                          | 99.95 %
          99.9871%                        | 99.987 %
          93.42%                          | 93.4 %
          100%                            | 100 %
          -26.32%                         | -26 %
          123.4%                          | 123 %
          10.00%                          | 10 %
          1.234s                          | 1.2 s
          850.1ms                         | 850 ms
          1m 30s                          | 1m 30s
          2h 5m 30s                       | 2h 5m 30s
          26.32% of 4 requests took 1.234s. | 26 % of 4 requests took 1.2 s.
          https://x/a?b=26.32%2F          | https://x/a?b=26.32%2F
          release v1.2345s                | release v1.2345s
          0.26315789                      | 0.2632
          1234.5678                       | 1235
          93                              | 93
          """)
  void numbers_haveOneSpellingAndSensibleDigits(String written, String shown) {
    assertThat(MeasuredValue.tidy(written)).isEqualTo(shown);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          26.32%  | 10 %            | 26 % (limit 10 %)      | 26 %（阈值 10 %）
          7.2 %   | > 2 %           | 7.2 % (limit 2 %)      | 7.2 %（阈值 2 %）
          70.51%  | < 80 %          | 71 % (at least 80 % expected) | 71 %（应不低于 80 %）
          1.234s  | 1 s             | 1.2 s (limit 1 s)      | 1.2 s（阈值 1 s）
          10.04%  | 10 %            | 10.04 % (limit 10 %)   | 10.04 %（阈值 10 %）
          97      | 95 °C for 1 min | 97 (limit 95 °C for 1 min) | 97（阈值 95 °C for 1 min）
          3       | none allowed    | 3 (none allowed)       | 3（none allowed）
          85 °C   | 90 °C, ends at 80 °C | 85 °C (limit 90 °C, ends at 80 °C) | 85 °C（阈值 90 °C, ends at 80 °C）
          """)
  void valueBesideItsBound_saysWhatTheBoundIs(
      String value, String threshold, String english, String chinese) {
    String tidy = MeasuredValue.tidyValue(value, MeasuredValue.tidy(threshold));
    String bound = MeasuredValue.tidy(threshold);
    assertThat(MeasuredValue.against(tidy, bound, Language.ENGLISH)).isEqualTo(english);
    assertThat(MeasuredValue.against(tidy, bound, Language.CHINESE)).isEqualTo(chinese);
  }
}
