package io.pharos.rules.gap;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.model.Labels;
import io.pharos.promql.ast.Printer;
import io.pharos.promql.parser.PromqlParser;
import io.pharos.promql.value.Query;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NarrowingTest {
  private static final Labels A = Labels.of("job", "j", "path", "/a");
  private static final Labels B = Labels.of("job", "j", "path", "/b.c");

  private static String narrowed(String expression, Set<Labels> wanted, Set<String> overridden) {
    Query query = Query.at(expression, PromqlParser.parse(expression), 0);
    return Printer.print(Narrowing.narrowed(query, wanted, overridden).tree().orElseThrow());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "x > 1 | x{job=\"j\",path=\"/a\"} > 1",
        "rate(x[5m]) > 1 | rate(x{job=\"j\",path=\"/a\"}[5m]) > 1",
        "sum by (job, path) (x) | sum by (job, path) (x{job=\"j\",path=\"/a\"})",
        "sum by (path) (x) / sum by (path) (y) | sum by (path) (x{path=\"/a\"}) / sum by (path) (y{path=\"/a\"})",
        "histogram_quantile(0.9, sum by (path, le) (rate(x[5m]))) > 1 | histogram_quantile(0.9, sum by (path, le) (rate(x{path=\"/a\"}[5m]))) > 1",
        "max without (path) (x) | max without (path) (x{job=\"j\"})",
        "x * on (job) group_left (path) y | x{job=\"j\"} * on (job) group_left (path) y{job=\"j\"}",
        "topk by (path) (2, x) | topk by (path) (2, x{path=\"/a\"})",
      })
  void expression_hasMatchersForTheLabelsThatSeparateItsElements(
      String expression, String narrowed) {
    assertThat(narrowed(expression, Set.of(A), Set.of())).isEqualTo(narrowed);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "absent(x)",
        "x unless y",
        "label_replace(x, 'path', '/a', 'z', '')",
        "count_values('path', x)",
        "sum(x)",
        "sort(topk(3, x))",
        "x and on () y",
        "x - x offset 5m",
      })
  void expression_whoseElementsDependOnOtherSeries_isNotNarrowed(String expression) {
    assertThat(narrowed(expression, Set.of(A), Set.of()))
        .isEqualTo(Printer.print(PromqlParser.parse(expression)));
  }

  @Test
  void elementsWithSeveralValues_areAlternativesOfOneExpression() {
    assertThat(narrowed("x", Set.of(A, B), Set.of()))
        .isEqualTo("x{job=\"j\",path=~\"/a|/b\\\\.c\"}");
  }

  @Test
  void labelsThatComeFromElsewhere_orThatNotAllElementsHave_areLeftOut() {
    assertThat(narrowed("x", Set.of(A), Set.of("job"))).isEqualTo("x{path=\"/a\"}");
    assertThat(narrowed("x", Set.of(A, Labels.of("job", "k")), Set.of()))
        .isEqualTo("x{job=~\"j|k\"}");
  }

  @Test
  void noElements_orTooManyOfThem_leaveTheQueryAsItIs() {
    var many = new HashSet<Labels>();
    for (int i = 0; i < 65; i++) {
      many.add(A.with("path", "/" + i));
    }
    assertThat(narrowed("x", Set.of(), Set.of())).isEqualTo("x");
    assertThat(narrowed("x", many, Set.of())).isEqualTo("x");
    many.remove(A.with("path", "/0"));
    assertThat(narrowed("x", many, Set.of())).contains("/64");
  }
}
