package io.pharos.logql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Tests src/test/resources/logql/queries.txt, which LogqlPeerTest also runs against Grafana's
/// grammar.
class LogqlQueryTest {
  private static final Path FILE = Path.of("src/test/resources/logql/queries.txt");

  /// @param expected text after `ok` or `bad`
  /// @param differs whether Grafana's grammar disagrees
  record Case(boolean isGood, String expected, boolean differs, String query) {}

  static List<Case> cases() throws IOException {
    return Files.readAllLines(FILE).stream()
        .filter(line -> !line.startsWith("#"))
        .map(LogqlQueryTest::read)
        .toList();
  }

  private static Case read(String line) {
    int bar = line.indexOf(" | ");
    String query = line.substring(bar + 3);
    boolean differs = query.startsWith("differs ");
    int space = line.indexOf(' ');
    return new Case(
        line.startsWith("ok "),
        line.substring(space + 1, Math.max(space + 1, bar)),
        differs,
        differs ? query.substring("differs ".length()) : query);
  }

  @ParameterizedTest
  @MethodSource("cases")
  void query_isRead_asItsLineSays(Case one) {
    if (!one.isGood) {
      assertThatThrownBy(() -> LogqlQuery.parse(one.query))
          .isInstanceOf(LogqlException.class)
          .hasMessageContaining(one.expected)
          .hasMessageMatching("(?s)\\d+:\\d+: parse error: .*");
      return;
    }
    LogqlQuery query = LogqlQuery.parse(one.query);
    String labels = query.labels().map(names -> String.join(",", new TreeSet<>(names))).orElse("-");
    assertThat(
            "%s %s %s"
                .formatted(
                    query.kind().name().toLowerCase(Locale.ROOT),
                    query.isCondition() ? "yes" : "no",
                    labels)
                .strip())
        .isEqualTo(sorted(one.expected));
  }

  private static String sorted(String expected) {
    String[] words = expected.split(" ");
    return words.length < 3
        ? expected
        : words[0]
            + " "
            + words[1]
            + " "
            + String.join(",", new TreeSet<>(List.of(words[2].split(","))));
  }

  @Test
  void selectors_areThoseOfTheText_withTheirMatchers() {
    LogqlQuery query =
        LogqlQuery.parse(
            "sum(rate({job=\"nginx\"} |= \"5\" [5m])) / sum(rate({job=~\"a|b\",host!=\"x\"}[5m]))");

    assertThat(query.selectors())
        .map(Object::toString)
        .containsExactly("[job=\"nginx\"]", "[job=~\"a|b\", host!=\"x\"]");
  }

  @Test
  void error_saysLineAndColumn() {
    assertThatThrownBy(() -> LogqlQuery.parse("sum(\n  rate({job=\"a\"}[5m]) +\n)"))
        .hasMessage("3:1: parse error: expected \"{\", a function or a number, found \")\"");
  }

  @Test
  void deepQuery_isRefused_andEndsNoStack() {
    assertThatThrownBy(() -> LogqlQuery.parse("(".repeat(100_000)))
        .isInstanceOf(LogqlException.class)
        .hasMessageContaining("nested deeper");
    assertThatThrownBy(() -> LogqlQuery.parse("{a=\"b\"} | " + "(".repeat(100_000)))
        .isInstanceOf(LogqlException.class);
    assertThatThrownBy(() -> LogqlQuery.parse("rate(" + "(".repeat(100_000)))
        .isInstanceOf(LogqlException.class);
    assertThatThrownBy(() -> LogqlQuery.parse("1^".repeat(100_000) + "1"))
        .isInstanceOf(LogqlException.class);
  }

  /// A query with parts removed or doubled either parses or fails with a place.
  @Test
  void brokenQueries_giveNothingButTheirError() throws IOException {
    var random = new Random(12);
    List<Case> all = cases();
    int refused = 0;
    for (int i = 0; i < 20_000; i++) {
      var text = new StringBuilder(all.get(random.nextInt(all.size())).query);
      for (int j = 0; j < 1 + random.nextInt(3) && !text.isEmpty(); j++) {
        int at = random.nextInt(text.length());
        switch (random.nextInt(3)) {
          case 0 -> text.deleteCharAt(at);
          case 1 -> text.insert(at, text.charAt(random.nextInt(text.length())));
          default -> text.setCharAt(at, (char) (32 + random.nextInt(95)));
        }
      }
      try {
        LogqlQuery.parse(text.toString());
      } catch (LogqlException e) {
        refused++;
        assertThat(e.offset()).isBetween(0, text.length());
      }
    }
    assertThat(refused).isBetween(5_000, 19_999);
  }
}
