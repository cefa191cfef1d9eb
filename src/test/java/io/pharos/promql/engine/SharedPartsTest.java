package io.pharos.promql.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.promql.ast.Expr;
import io.pharos.promql.engine.cache.SharedParts;
import io.pharos.promql.parser.ParserOptions;
import io.pharos.promql.parser.PromqlParser;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Which parts of expressions are evaluated once for several.
class SharedPartsTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "rate(a[5m])                  | sum(rate( a [5m] ))          | rate(a[5m])",
        "sum(rate(a[5m])) > 1         | (sum(rate(a[5m]))) > 2       | sum(rate(a[5m]))",
        "a / b                        | b / a                        | a; b",
        "sum(a) + sum(a)              | 1 + b                        | sum(a)",
        "a{x=\"1\"}                     | a{x=\"2\"}                     | ``",
        "rate(a[5m])                  | rate(a[6m])                  | ``",
        "rate(a[5m])                  | rate(a[5m] offset 1m)        | ``",
        "rate(a[5m])                  | rate(a[5m] @ 100)            | ``",
        "max_over_time(sum(a)[1h:1m]) | sum(a)                       | ``",
        "info(a)                      | info(a) > 1                  | a",
        "vector(1)                    | vector(1)                    | ``",
        "vector(time()) > 1           | vector(time()) > 1           | ``",
        "sum(rate(a[5m])) + rate(a[5m]) | sum(rate(a[5m]))           | sum(rate(a[5m])); rate(a[5m])",
      })
  void parts_ofTwoExpressions_areThoseThatBothHave(String first, String second, String parts) {
    List<Expr> expressions =
        Stream.of(first, second).map(one -> PromqlParser.parse(one, ParserOptions.all())).toList();
    SharedParts shared = SharedParts.of(expressions);
    List<String> expected =
        parts == null || parts.isEmpty() ? List.of() : List.of(parts.split("; "));

    assertThat(shared.in(expressions.getFirst())).isEqualTo(expected);
  }
}
