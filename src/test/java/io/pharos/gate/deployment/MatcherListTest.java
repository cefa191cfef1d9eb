package io.pharos.gate.deployment;

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
        "a|at character 3 of {a}: unexpected \"}\" in label matching, expected a label matching operator",
        "=\"x\"|at character 2 of {=\"x\"}: unexpected \"=\" in label matching, expected identifier",
        "a=x|at character 4 of {a=x}: unexpected identifier \"x\" in label matching, expected string",
        "a=\"x|at character 4 of {a=\"x}: unterminated quoted string, expected a closing \"",
        "a=\"\\q\"|at character 4 of {a=\"\\q\"}: unknown escape sequence",
        "a=\"x\" b=\"y\"|at character 8 of {a=\"x\" b=\"y\"}: unexpected identifier \"b\" in label matching",
        "{a=\"x\"} or {b=\"y\"}|at character 9 of {a=\"x\"} or {b=\"y\"}: unexpected",
        "a=\"x\"} or x{b=\"y\"|at character 9 of {a=\"x\"} or x{b=\"y\"}: unexpected",
        "up{a=\"x\"}|at character 4 of {up{a=\"x\"}}: unexpected left brace",
        "a=~\"(\"|error parsing regexp",
      })
  void parse_badText_saysWhere(String text, String expected) {
    assertThatThrownBy(() -> MatcherList.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(expected);
  }
}
