package io.pharos.server.web.query;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.promql.ast.Printer;
import io.pharos.promql.parser.PromqlParser;
import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ChartedConditionTest {
  /// `joined drawn, drawn {bounds}` of each chart.
  private static String charts(String expression) {
    return ChartedCondition.of(PromqlParser.parse(expression)).stream()
        .map(
            condition ->
                (condition.joined()
                        + " "
                        + condition.drawn().stream()
                            .map(Printer::print)
                            .collect(Collectors.joining(", "))
                        + " {"
                        + condition.boundText()
                        + "}")
                    .strip())
        .collect(Collectors.joining(" / "));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      textBlock =
          """
          up | up {}
          up == 0 | up {== 0}
          0.5 < rate(x[5m]) | rate(x[5m]) {> 0.5}
          85 < temp < 95 | temp {> 85 and < 95}
          (3 * 86400 <= expiry - time()) < 21 * 86400 | expiry - time() {>= 259200 and < 1.8144e+06}
          a / (b > 0.2) > -0.1 | a / (b > 0.2) {> -0.1}
          x > bool 1 | x > bool 1 {}
          online < 0.8 * max_over_time(online[1h]) | online {< 0.8 * max_over_time(online[1h]) (dashed line)}
          x > scalar(y) | x {> scalar(y) (dashed line)}
          scalar(y) < x | x {> scalar(y) (dashed line)}
          up == 0 unless on () probe == 1 | up {== 0} / unless probe {== 1}
          p95 > 1 and rate(n[2m]) > 0.2 | p95 {> 1} / and rate(n[2m]) {> 0.2}
          r1h > 14.4 * 0.005 and r5m > 14.4 * 0.005 | r1h, r5m {> 0.07200000000000001}
          a > 1 or (b > 1 and c) | a, b {> 1} / and c {}
          absent(up) | absent(up) {}
          """)
  void of_expression_drawsWhatIsComparedApartFromItsBounds(String expression, String charts) {
    assertThat(charts(expression)).isEqualTo(charts);
  }

  @ParameterizedTest
  @CsvSource({"x > 1, 2, true", "x > 1, 1, false", "1 < x <= 2, 2, true", "1 < x <= 2, 3, false"})
  void holds_value_asTheComparisonSays(String expression, double value, boolean holds) {
    var condition = ChartedCondition.of(PromqlParser.parse(expression)).getFirst();
    assertThat(condition.holds(value)).isEqualTo(holds);
  }
}
