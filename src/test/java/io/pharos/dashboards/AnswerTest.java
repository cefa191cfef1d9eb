package io.pharos.dashboards;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.pharos.promql.value.RangeMatrix;
import io.pharos.promql.value.Scalar;
import io.pharos.promql.value.StringValue;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Results of a query.
class AnswerTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "{{job}} on {{ host }}.   | job=a,host=x            | a on x.",
        "{{gone}}-                | job=a                   | -",
        "broken {{job             | job=a                   | broken {{job",
        "plain                    | job=a                   | plain",
        "__auto                   | __name__=up,job=a       | a",
        "__auto                   | __name__=up             | up",
        "__auto                   | \"\"                    | Value",
        "\"\"                     | __name__=up,job=a,v=1   | up{job=\"a\", v=\"1\"}",
        "\"\"                     | job=a,v=1               | {job=\"a\", v=\"1\"}",
      })
  void legend_isByItsFormat_orByWhatTheSeriesHas(String format, String labels, String legend) {
    var target = JsonNodeFactory.instance.objectNode().put("legendFormat", format);
    assertThat(new Answer(target, new RangeMatrix(List.of())).legend(Panels.labels(labels)))
        .isEqualTo(legend);
  }

  @Test
  void singleNumber_isASeriesOfOneSample_andATextIsNone() {
    var target = Panels.json("{refId:'B'}");
    assertThat(new Answer(target, new Scalar(5, 7)).series())
        .singleElement()
        .satisfies(
            series -> {
              assertThat(series.labels()).isEqualTo(Panels.labels(""));
              assertThat(series.timestamps()).containsExactly(5);
              assertThat(series.values()).containsExactly(7);
            });
    var text = new Answer(target, new StringValue(5, "x"));
    assertThat(text.series()).isEmpty();
    assertThat(text.refId()).isEqualTo("B");
  }

  @Test
  void samples_outsideOfTheRange_haveNoPoint() {
    var series =
        new RangeMatrix.Series(
            Panels.labels("job=a"),
            new long[] {-30_000, 0, 20_000, 90_000},
            new double[] {1, 2, 3, 4});
    assertThat(Panels.drawing("{}", Panels.answer("A", series)).series().getFirst().values())
        .containsExactly(2, Double.NaN, 3, Double.NaN, Double.NaN);
  }
}
