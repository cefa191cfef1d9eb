package io.pharos.release.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MatcherListTest {
  @Test
  void parse_everyOperatorAndQuote_isRead() {
    assertThat(MatcherList.parse(" { a = \"x\" , b!='y', c=~\"1|2\",d!~\"\\\"\\\\\\n\\t\\r\", } "))
        .extracting(Object::toString)
        .containsExactly("a=\"x\"", "b!=\"y\"", "c=~\"1|2\"", "d!~\"\\\"\\\\\\n\\t\\r\"");
    assertThat(MatcherList.parse("")).isEmpty();
    assertThat(MatcherList.parse("{}")).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "a|at character 2 of a: expected one of = != =~ !~",
        "=\"x\"|at character 1 of =\"x\": expected a label name",
        "a=x|at character 3 of a=x: expected a value in quotes",
        "a=\"x|at character 5 of a=\"x: expected a closing quote",
        "a=\"x\\|expected a character after the backslash",
        "a=\"\\q\"|expected one of the escapes",
        "a=\"x\" b=\"y\"|at character 7 of a=\"x\" b=\"y\": expected a comma",
        "a=~\"(\"|error parsing regexp",
      })
  void parse_badText_saysWhere(String text, String expected) {
    assertThatThrownBy(() -> MatcherList.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(expected);
  }
}
