package io.pharos.rules;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.promql.parser.PromqlParser;
import io.pharos.rules.ActiveAlert.WorstValue;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WorstValueTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "x > 0.1                          | HIGHEST",
        "(x >= 1) and on (job) y > 3      | HIGHEST",
        "x / (y > 0) < 0.15 unless z == 1 | LOWEST",
        "x <= 0.5 * y                     | LOWEST",
        "10 < x                           | HIGHEST",
        "3 > x                            | LOWEST",
        "x > 1 or y > 2                   | HIGHEST",
        "x > 1 or y < 2                   | UNKNOWN",
        "x == 0                           | UNKNOWN",
        "x > bool 1                       | UNKNOWN",
        "up unless y                      | UNKNOWN",
        "absent(x)                        | UNKNOWN",
      })
  void worstValue_isInTheDirectionOfTheComparison(String expression, WorstValue order) {
    assertThat(WorstValue.of(PromqlParser.parse(expression))).isEqualTo(order);
  }
}
