package io.pharos.dashboards;

import static io.pharos.dashboards.Panels.answer;
import static io.pharos.dashboards.Panels.instant;
import static io.pharos.dashboards.Panels.series;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.pharos.dashboards.PanelView.Empty;
import io.pharos.dashboards.PanelView.Reading;
import io.pharos.dashboards.PanelView.Readings;
import io.pharos.promql.value.RangeMatrix;
import io.pharos.promql.value.Scalar;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Panels of single numbers.
class ReadingsDrawingTest {
  private static Readings readings(String panel, Answer... answers) {
    return (Readings) ReadingsDrawing.of(Panels.drawing(panel, answers), "stat");
  }

  private static List<String> texts(Readings readings) {
    return readings.readings().stream()
        .map(it -> (it.name() + ": " + it.text() + it.suffix()).strip())
        .toList();
  }

  @ParameterizedTest
  @CsvSource({
    "lastNotNull,3",
    "firstNotNull,4",
    "max,9",
    "min,2",
    "mean,4.5",
    "sum,18",
    "count,4",
    "range,7",
    "diff,-1",
  })
  void stat_isWhatItsCalculationMakesOfTheSeries(String calc, String text) {
    String options = "options:{reduceOptions:{calcs:['%s']%s}}";
    Answer answer = answer("A", series("job=a", Double.NaN, 4, 9, 2, 3));
    assertThat(readings("{" + options.formatted(calc, "") + "}", answer).readings())
        .extracting(Reading::text)
        .containsExactly(text);
    assertThat(
            readings("{" + options.formatted(calc, ",fields:'/^Value$/'") + "}", answer).readings())
        .extracting(Reading::text)
        .containsExactly(text);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "auto           | : 1           | a: 1, b: 2",
        "value          | : 1           | : 1, : 2",
        "name           | : a           | : a, : b",
        "value_and_name | a: 1          | a: 1, b: 2",
        "none           | : 1           | a: 1, b: 2",
      })
  void textMode_saysWhetherNamesAndValuesAreShown(String mode, String one, String two) {
    String panel = "{options:{textMode:'" + mode + "'}}";
    assertThat(String.join(", ", texts(readings(panel, answer("A", series("job=a", 1, 1))))))
        .isEqualTo(one);
    assertThat(
            String.join(
                ", ",
                texts(readings(panel, answer("A", series("job=a", 1, 1), series("job=b", 2, 2))))))
        .isEqualTo(two);
  }

  @ParameterizedTest
  @CsvSource({"background,true", "background_solid,true", "value,false", "none,false"})
  void colourMode_fillsTheGround(String mode, boolean isFilled) {
    assertThat(
            readings("{options:{colorMode:'" + mode + "'}}", answer("A", series("", 1))).isFilled())
        .isEqualTo(isFilled);
  }

  @Test
  void spark_isThePast_withItsGaps_andAnInstantHasNone() {
    String panel = "{options:{graphMode:'area'}}";
    assertThat(
            readings(panel, answer("A", series("", 1, Double.NaN, 3, 4, 5)))
                .readings()
                .getFirst()
                .spark())
        .containsExactly(1.0, null, 3.0, 4.0, 5.0);
    var instant = new Answer(Panels.json("{refId:'A'}"), new Scalar(Panels.TIMES.until(), 7));
    assertThat(readings(panel, instant).readings().getFirst().spark()).isEmpty();
    assertThat(
            readings("{options:{graphMode:'none'}}", answer("A", series("", 1, 2)))
                .readings()
                .getFirst()
                .spark())
        .isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "{noValue:'idle',color:{mode:'palette-classic'}} | idle | green",
        "{}                                              | NaN  | gray",
        "{color:{mode:'palette-classic'}}                | NaN  | green",
      })
  void reading_thatIsNoNumber_saysWhatThePanelSaysThen(String defaults, String text, String color) {
    for (String reduce : List.of("{}", "{fields:'/^Value$/',values:true}")) {
      assertThat(
              readings(
                      "{fieldConfig:{defaults:%s},options:{reduceOptions:%s}}"
                          .formatted(defaults, reduce),
                      answer("A", instant("job=a", Double.NaN)))
                  .readings())
          .extracting(Reading::text, Reading::color)
          .containsExactly(tuple(text, color));
    }
  }

  @Test
  void values_ofATable_areNamedByItsTexts() {
    Readings readings =
        readings(
            """
            {options:{reduceOptions:{values:true}},
             fieldConfig:{defaults:{unit:'s',max:10,thresholds:{steps:[{color:'blue',value:null},{color:'red',value:5}]}}}}
            """,
            answer("A", instant("job=a,host=x", 2), instant("job=b", 6)));
    assertThat(readings.readings())
        .extracting(Reading::name, it -> it.text() + it.suffix(), Reading::color, Reading::share)
        .containsExactly(tuple("x a", "2s", "blue", 0.2), tuple("b", "6s", "red", 0.6));
  }

  @Test
  void columns_ofATransformedTable_areNamedWhereThereAreSeveral() {
    String panel =
        """
        {transformations:[{id:'merge',options:{}},{id:'organize',options:{excludeByName:{job:%s},
          renameByName:{'Value #A':'Requests','Value #B':'Errors'}}}],
         options:{reduceOptions:{calcs:['sum']%s}},
         fieldConfig:{defaults:{},overrides:[{matcher:{id:'byName',options:'Errors'},properties:[{id:'unit',value:'percent'}]}]}}
        """;
    Answer a = answer("A", instant("job=x", 2), instant("job=y", 3));
    Answer b = answer("B", instant("job=x", 7));
    assertThat(texts(readings(panel.formatted("true", ""), a, b)))
        .containsExactly("Requests: 5", "Errors: 7%");
    assertThat(texts(readings(panel.formatted("false", ",fields:'/^Errors$/'"), a, b)))
        .containsExactly(": 7%");
    assertThat(texts(readings(panel.formatted("false", ",fields:'/^job$/',calcs:['last']"), a, b)))
        .containsExactly(": y");
    assertThat(texts(readings(panel.formatted("false", ",fields:'/^job$/',calcs:['count']"), a, b)))
        .containsExactly(": 2");
    assertThat(
            texts(readings(panel.formatted("false", ",fields:'/^(Err|Time)/',values:true"), a, b)))
        .as("a row without a number, and times")
        .containsExactly("x: 1970-01-01T00:00:40Z", "x: 7%", "y: 1970-01-01T00:00:40Z", "y:");
  }

  @Test
  void allFields_areTheNumbersOfTheSeries() {
    assertThat(
            texts(
                readings(
                    "{options:{reduceOptions:{fields:'/.*/',calcs:['last']}}}",
                    answer("A", series("job=a", 1, 2)))))
        .containsExactly(": 2");
  }

  @Test
  void panel_withVeryMany_hasTheFirstSixty() {
    var many =
        IntStream.range(0, 70)
            .mapToObj(i -> instant("n=" + i, i))
            .toArray(RangeMatrix.Series[]::new);
    for (String reduce : List.of("{}", "{values:true}")) {
      assertThat(readings("{options:{reduceOptions:" + reduce + "}}", answer("A", many)).readings())
          .hasSize(60)
          .last()
          .extracting(Reading::text)
          .isEqualTo("59");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {"{}", "{values:true}", "{fields:'/unheard/'}"})
  void panel_withoutReadings_isEmpty(String reduce) {
    String panel =
        "{fieldConfig:{defaults:{noValue:'quiet'}},options:{reduceOptions:" + reduce + "}}";
    assertThat(ReadingsDrawing.of(Panels.drawing(panel, answer("A")), "gauge"))
        .isEqualTo(new Empty("quiet"));
  }

  @Test
  void unknownField_isEmpty_andUnknownCalculationIsNamed() {
    Answer some = answer("A", instant("job=a", 1));
    assertThat(
            ReadingsDrawing.of(
                Panels.drawing("{options:{reduceOptions:{fields:'gone'}}}", some), "stat"))
        .isEqualTo(new Empty("No data"));
    for (String fields : List.of("", "/^Value$/")) {
      Drawing drawing =
          Panels.drawing("{options:{reduceOptions:{fields:'" + fields + "',calcs:['p95']}}}", some);
      assertThatThrownBy(() -> ReadingsDrawing.of(drawing, "stat"))
          .isInstanceOf(UndrawnException.class)
          .hasMessageContaining("p95");
    }
  }
}
