package io.pharos.server.web.query;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.model.Labels;
import io.pharos.promql.ast.Expr;
import io.pharos.promql.parser.PromqlParser;
import io.pharos.promql.value.Evaluator;
import io.pharos.promql.value.InstantVector;
import io.pharos.promql.value.QueryException;
import io.pharos.promql.value.QueryResult;
import io.pharos.promql.value.Value;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ResultTreeTest {
  private final Map<String, Value> values = new HashMap<>();
  private final AtomicLong nanos = new AtomicLong();
  private long cost = 1_000_000;

  private final Evaluator evaluator =
      query -> {
        nanos.addAndGet(cost);
        Value value = values.get(query.text());
        if (value == null) {
          throw new QueryException(QueryException.Kind.EXECUTION, "asked for " + query.text());
        }
        return QueryResult.of(value);
      };

  private static Value vector(double... samples) {
    var vector = InstantVector.builder(0);
    for (int i = 0; i < samples.length; i++) {
      vector.add(Labels.of("host", "h" + i), samples[i]);
    }
    return vector.build();
  }

  private List<ResultTree.Row> tree(String expression) {
    Expr expr = PromqlParser.parse(expression);
    return new ResultTree(evaluator, 0, nanos::get).of(expr);
  }

  /// Draws the rows as a list, with a bracket for each level.
  private static String shape(List<ResultTree.Row> rows) {
    return rows.stream()
        .map(row -> row.text() + (row.opens() ? "[" : "]".repeat(row.closes().size()) + " "))
        .collect(Collectors.joining())
        .strip();
  }

  @Test
  void tree_condition_showsEachPartWithItsValueAndNumberOfSeries() {
    values.put("(sum(a) / b) > 0.05", vector());
    values.put("sum(a) / b", vector(0.03125));
    values.put("sum(a)", vector(3));
    values.put("a", vector(1, 2));
    values.put("b", vector(96, 96));

    List<ResultTree.Row> rows = tree("(sum(a) / b) > 0.05");

    assertThat(shape(rows)).isEqualTo("(sum(a) / b) > 0.05[sum(a) / b[sum(a)[a] b]]");
  }

  @Test
  void tree_results_areValuesOrCountsWithTheirRange() {
    values.put("sum(rate(a[5m]))", vector(0.1234567));
    values.put("rate(a[5m])", vector(0.1, 0.3));
    values.put("count_over_time(a[5m])", vector(10, 12));

    List<ResultTree.Row> rows = tree("sum(rate(a[5m]))");

    assertThat(rows)
        .extracting(ResultTree.Row::text, ResultTree.Row::result, ResultTree.Row::took)
        .containsExactly(
            org.assertj.core.groups.Tuple.tuple("sum(rate(a[5m]))", "0.123457", "1 ms"),
            org.assertj.core.groups.Tuple.tuple("rate(a[5m])", "2 series, from 0.1 to 0.3", "1 ms"),
            org.assertj.core.groups.Tuple.tuple("a[5m]", "22 samples of 2 series", "1 ms"));
    assertThat(rows.getFirst().labels()).isEqualTo("{host=\"h0\"}");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          a > 5      | 1 |   | Empty: the comparison holds for no series.
          a > b      | 1 | 1 | Empty: the comparison holds for no two series with the same labels.
          a / b      | 1 | 1 | Empty: no two series of the sides have the same labels.
          a and b    | 1 | 0 | Empty, because the right side is empty.
          a and b    | 0 | 0 | Empty, because both sides are empty.
          a unless b | 1 | 1 | Empty: the right side has all series of the left side.
          a unless b | 0 | 1 | Empty, because the left side is empty.
          a or b     | 0 | 0 | Empty, because both sides are empty.
          absent(a)  | 1 |   | Empty: the series exist, so nothing is absent.
          sum(a)     | 0 |   | Empty, because its argument is empty.
          """)
  void tree_emptyPart_saysWhy(String expression, int left, Integer right, String why) {
    values.put(expression, vector());
    values.put("a", left == 0 ? vector() : vector(1));
    values.put("b", right != null && right == 0 ? vector() : vector(1));

    assertThat(tree(expression).getFirst().why()).isEqualTo(why);
  }

  @Test
  void tree_emptySelector_saysWhetherTheNameOrTheLabelsAreWrong() {
    values.put("a{job=\"x\"}", vector());
    values.put("count(a)", vector(7));
    assertThat(tree("a{job=\"x\"}").getFirst().why())
        .isEqualTo("Empty: there are 7 series of this name, but none has these labels.");

    values.put("count(a)", vector());
    assertThat(tree("a{job=\"x\"}").getFirst().why()).isEqualTo("Empty: no series has this name.");
  }

  @Test
  void tree_partWithoutResult_isNeverShownAsEmpty() {
    List<ResultTree.Row> rows = tree("a > 1");

    assertThat(rows)
        .extracting(ResultTree.Row::why)
        .allMatch(why -> why.startsWith("No result: asked for "));
    assertThat(rows).extracting(ResultTree.Row::result).containsOnly("");
  }

  @Test
  void tree_slowParts_stopAfterTheTime() {
    cost = ResultTree.MAX_TIME.toNanos() + 1;
    values.put("a + b", vector(1));

    assertThat(tree("a + b"))
        .extracting(ResultTree.Row::why)
        .containsExactly(
            "",
            "Not evaluated: the parts before took too long.",
            "Not evaluated: the parts before took too long.");
  }

  @Test
  void tree_manyParts_areEvaluatedUpToTheBound() {
    String expression =
        IntStream.range(0, 60).mapToObj(i -> "m" + i).collect(Collectors.joining(" or "));

    List<ResultTree.Row> rows = tree(expression);

    assertThat(rows.stream().filter(row -> !row.took().isEmpty())).hasSize(ResultTree.MAX_PARTS);
    assertThat(rows).anyMatch(row -> row.why().equals("Not evaluated: there are too many parts."));
  }
}
