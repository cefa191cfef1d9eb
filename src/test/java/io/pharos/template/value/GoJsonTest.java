package io.pharos.template.value;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.ZonedDateTime;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GoJsonTest {
  /// As time.Time.MarshalJSON of Go, except for years and offsets that it refuses.
  @ParameterizedTest
  @CsvSource({
    "2026-03-02T10:00:00Z, 2026-03-02T10:00:00Z",
    "2026-03-02T10:00:00.120Z, 2026-03-02T10:00:00.12Z",
    "2026-03-02T10:00:00.000000001Z, 2026-03-02T10:00:00.000000001Z",
    "2026-03-02T10:00:00+05:30, 2026-03-02T10:00:00+05:30",
    "0001-01-01T00:00:00Z, 0001-01-01T00:00:00Z",
    "+12026-03-02T10:00:00Z, 12026-03-02T10:00:00Z",
    "2026-03-02T10:00:00+00:19:32, 2026-03-02T10:00:00+00:19",
  })
  void time_isWrittenAsGoDoes(String time, String json) {
    assertThat(GoJson.write(new TimeValue(ZonedDateTime.parse(time))))
        .isEqualTo("\"" + json + "\"");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "plain text | plain text",
        "a<b & 'c' | a\\u003cb \\u0026 'c'",
        "path\\x | path\\\\x",
        "Grün ✓ | Grün ✓",
      },
      quoteCharacter = '`')
  void text_isEscapedAsGoDoes(String text, String json) {
    assertThat(GoJson.write(text)).isEqualTo("\"" + json + "\"");
  }
}
