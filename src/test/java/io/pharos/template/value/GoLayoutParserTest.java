package io.pharos.template.value;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The results are those of Go's `time.Parse`.
class GoLayoutParserTest {
  @ParameterizedTest
  @CsvSource({
    "2006-01-02 03:04 PM, 2026-03-01 12:05 AM, 2026-03-01 00:05",
    "2006-01-02 03:04 PM, 2026-03-01 12:05 PM, 2026-03-01 12:05",
    "2006-01-02 03:04 PM, 2026-03-01 01:05 AM, 2026-03-01 01:05",
    "2006-01-02 03:04 PM, 2026-03-01 11:05 PM, 2026-03-01 23:05",
    "2006-01-02 3:04pm, 2026-03-01 12:05am, 2026-03-01 00:05",
    "2006-01-02 3:04pm, 2026-03-01 3:05pm, 2026-03-01 15:05",
    "2006-01-02 15:04, 2026-03-01 3:05, 2026-03-01 03:05",
    "06-01-02 15:04, 68-03-01 10:00, 2068-03-01 10:00",
    "06-01-02 15:04, 69-03-01 10:00, 1969-03-01 10:00",
    "15:04, 10:42, 0000-01-01 10:42",
  })
  void text_inTheLayout_isParsed(String layout, String text, String time) {
    assertThat(GoLayoutParser.parse(layout, text).format("2006-01-02 15:04")).isEqualTo(time);
  }

  @ParameterizedTest
  @CsvSource({
    "03:04 PM, 12:05 XY",
    "03:04 PM, 12:05 pm",
    "03:04 PM, 12:05 P",
    "'03:04 PM', '12:05 '",
    "03:04 PM, 12:05 PMX",
    "03:04 PM, 13:05 PM",
    "3:04pm, 3:05PM",
    "15:04, 24:00",
  })
  void text_notInTheLayout_isRefused(String layout, String text) {
    assertThatThrownBy(() -> GoLayoutParser.parse(layout, text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("parsing time");
  }
}
