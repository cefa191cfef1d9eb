package io.pharos.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RegexSizeTest {
  private static final List<String> ATOMS =
      List.of(
          "a",
          ".",
          "\\d",
          "\\.",
          "[a-z]",
          "[^\\d]",
          "\\x{10ffff}",
          "é",
          "(?:b|c)",
          "(d)",
          "^",
          "$",
          "[[:alpha:]_]",
          "\\pL",
          "\\Qx+y\\E",
          "(?i:k)",
          "(?P<n>z)",
          "[]a]",
          "[^]a]",
          "\\b",
          "()",
          "(a||b)",
          "{",
          "}",
          "a{,3}",
          "\uD83D\uDE00");
  private static final List<String> OPERATORS =
      List.of(
          "", "", "", "*", "+", "?", "*?", "{3}", "{2,}", "{0,4}", "{0}", "{1,2}?", "|", "{7,7}");

  private static long estimate(String regex) {
    return Re2.Size.of(regex, false).instructions();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "a",
        "abc|def",
        "(?i)get|post",
        "5..",
        "[a-z]+(-[a-z]+)*",
        "x{3}",
        "x{3,}",
        "x{2,5}",
        "(a|b){10}",
        "((x{10}){10}){10}",
        "(?s).{1000}",
        "(?:.{100}){10}",
        "\\pL{20}",
        "\\Qa.b\\E{3}",
        "a{",
        "a{x}",
        "a{1",
        "{2}",
        "[[:digit:]]{4}",
        "(((((a)))))",
        "(|a|)",
        "(?P<x>y){9}"
      })
  void estimate_isAtLeastTheProgram(String regex) {
    Pattern pattern;
    try {
      pattern = Pattern.compile(regex);
    } catch (PatternSyntaxException _) { // what is refused weighs nothing
      return;
    }
    assertThat(estimate(regex)).isGreaterThanOrEqualTo(pattern.programSize());
  }

  @Test
  void estimate_ofExpressionsByChance_isAtLeastTheProgram() {
    var random = new Random(42);
    int compiled = 0;
    for (int round = 0; round < 20_000; round++) {
      String regex = chance(random, 3);
      try {
        int size = Pattern.compile(regex).programSize();
        compiled++;
        assertThat(estimate(regex)).as(regex).isGreaterThanOrEqualTo(size);
      } catch (PatternSyntaxException _) { // not every combination is one
      }
    }
    assertThat(compiled).isGreaterThan(10_000);
  }

  private static String chance(Random random, int depth) {
    var text = new StringBuilder();
    for (int i = random.nextInt(4); i >= 0; i--) {
      String atom =
          depth > 0 && random.nextInt(3) == 0
              ? "(" + (random.nextBoolean() ? "?:" : "") + chance(random, depth - 1) + ")"
              : ATOMS.get(random.nextInt(ATOMS.size()));
      text.append(atom).append(OPERATORS.get(random.nextInt(OPERATORS.size())));
    }
    return text.toString();
  }

  @Test
  void estimate_ofUsualExpressions_isSmall() {
    assertThat(estimate("(?i)^(GET|POST|PUT)$")).isLessThan(50);
    assertThat(estimate("(?:[\u4e00-\u9fa5]{1,20})+")).isLessThan(100);
    assertThat(estimate("/metrics|/api/v1/(agent|proxy)/.*|.*/sse")).isLessThan(100);
    assertThat(estimate(String.join("|", Collections.nCopies(1000, "gpu-node-0123"))))
        .isLessThan(20_000);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "((.{1000}){1000}){1000}",
        "(?:(?:.{999}){999})+",
        "(((a{0,1000}){0,1000})*){2,}",
        "((\\pL{100}){100}){100}"
      })
  void compile_ofAnExpansionToGigabytes_isRefused(String regex) {
    assertThatThrownBy(() -> Re2.compile(regex, 0))
        .isInstanceOf(PatternSyntaxException.class)
        .hasMessageContaining("expression too large");
  }

  /// The library copies the items before each item that is added.
  @Test
  void compile_ofARunOfPlainCharacters_isBoundedBeforeItTakesSeconds() {
    for (String plain : List.of("a", "\\\\", "\\Qa\\E", "{", "a{", "{,3", "[a]")) {
      assertThatThrownBy(() -> Re2.compile(plain.repeat(100_000), 0))
          .hasMessageContaining("expression too large");
    }
    assertThat(Re2.compile("a".repeat(3_000), 0).programSize()).isGreaterThan(3_000);
  }

  @Test
  void compile_ofDeepNesting_isRefused() {
    for (String open : List.of("(", "(?:", "(?P<a>", "a|(")) {
      String deep = open.repeat(100_000) + "a" + ")".repeat(100_000);
      assertThatThrownBy(() -> Re2.compile(deep, 0)).isInstanceOf(PatternSyntaxException.class);
    }
  }

  @Test
  void budget_isSharedByTheExpressionsOfOneQuery() {
    var budget = new RegexBudget(1_500);
    Re2.compile(".{200}", 0, budget);
    Re2.compile(".{200}", 0, budget);
    assertThatThrownBy(() -> Re2.compile(".{500}", 0, budget))
        .isInstanceOf(PatternSyntaxException.class)
        .hasMessageContaining(" (1500 for all expressions together)");
  }

  @Test
  void matcher_withALargeProgram_matchesAsOthersDo() {
    LabelMatcher matcher = LabelMatcher.of(LabelMatcher.Type.REGEX, "a", "(?:x{1000}){5}y?");
    assertThat(matcher.matches("x".repeat(5000))).isTrue();
    assertThat(matcher.matches("x".repeat(5000) + "y")).isTrue();
    assertThat(matcher.matches("x".repeat(4999))).isFalse();
    assertThat(matcher)
        .isEqualTo(LabelMatcher.of(LabelMatcher.Type.REGEX, "a", "(?:x{1000}){5}y?"));
  }
}
