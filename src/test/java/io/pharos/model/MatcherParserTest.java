package io.pharos.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MatcherParserTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '~',
      quoteCharacter = '`',
      value = {
        "a=b ~ {a=\"b\"}",
        "{a=\"b\", c!=d,} ~ {a=\"b\",c!=\"d\"}",
        "{} ~ {}",
        "a=  ~ {a=\"\"}",
        "a=\"b,c\" ~ {a=\"b,c\"}",
        "a = \"x\\\"y\" ~ {a=\"x\\\"y\"}",
        "a=x\\d ~ {a=\"x\\\\d\"}",
        "\"ü x\"=\"y\" ~ {\"ü x\"=\"y\"}",
        "ü=y ~ {ü=\"y\"}",
        "`a=\"b\\\\c\"` ~ {a=\"b\\\\c\"}",
        "a=\"\\n\" ~ {a=\"\\n\"}",
        "\"a\"=\"\\x41\\u00e4\\U0001F600\\101\\t\" ~ {a=\"Aä😀A\t\"}",
      })
  void parseMatchers_bothNotations_areUnderstood(String text, String printed) {
    assertThat(MatcherParser.format(MatcherParser.parseMatchers(text))).isEqualTo(printed);
  }

  @Test
  void parseMatchers_operators_areDistinguished() {
    assertThat(MatcherParser.format(MatcherParser.parseMatchers("{a=~\"x|y\",b!~\"z\"}")))
        .isEqualTo("{a=~\"x|y\",b!~\"z\"}");
  }

  @Test
  void parseMatchers_notationsDiffer_classicWins() {
    // In UTF-8 notation the escape is a tab, in classic it is a backslash and a t.
    assertThat(MatcherParser.parseMatchers("a=\"\\t\"").getFirst().value()).isEqualTo("\\t");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "x+y",
        "=b",
        "\"\"=\"x\"",
        "\"a",
        "ü=\"\\q\"",
        "ü=\"\\x4\"",
        "ü=",
        "ü",
        "a=\"b",
        "a=b\"c",
        "{ü=y}}",
        "ü=\"\\UFFFFFFFF\"",
        "a=~\"(\"",
        "ü=y z"
      })
  void parseMatchers_nonsense_isRefused(String text) {
    assertThatThrownBy(() -> MatcherParser.parseMatchers(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageMatching("(?s).+");
  }

  @Test
  void parseMatcher_bracesAndSeveral_areRefused() {
    assertThat(MatcherParser.parseMatcher("a=~\"b.*\"").matches("bx")).isTrue();
    assertThat(MatcherParser.parseMatcher("ä=\"b\"").name()).isEqualTo("ä");
    for (String text : new String[] {"{a=b}", "", "ä=b,ö=c", "((("}) {
      assertThatThrownBy(() -> MatcherParser.parseMatcher(text))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void parseMatcher_invalidRegex_isReportedAnchored() {
    assertThatThrownBy(() -> MatcherParser.parseMatcher("a=~\"(\""))
        .hasMessage("error parsing regexp: missing closing ): `^(?:()$`");
  }

  @Test
  void regex_isAnchoredAndDotExcludesNewline() {
    var matcher = MatcherParser.parseMatcher("a=~\"b.c\"");
    assertThat(matcher.matches("bxc")).isTrue();
    assertThat(matcher.matches("xbxc")).isFalse();
    assertThat(matcher.matches("b\nc")).isFalse();
  }
}
