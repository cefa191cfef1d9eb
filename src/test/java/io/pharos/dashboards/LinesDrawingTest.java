package io.pharos.dashboards;

import static io.pharos.dashboards.Panels.answer;
import static io.pharos.dashboards.Panels.instant;
import static io.pharos.dashboards.Panels.series;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.pharos.dashboards.PanelView.Line;
import io.pharos.dashboards.PanelView.Lines;
import io.pharos.promql.value.RangeMatrix;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Panels of lines.
class LinesDrawingTest {
  private static Lines lines(String panel, Answer... answers) {
    return (Lines) LinesDrawing.of(Panels.drawing(panel, answers));
  }

  private static Line line(String defaults, RangeMatrix.Series series) {
    return lines(Panels.fields(defaults), answer("A", series)).lines().getFirst();
  }

  @Test
  void line_withoutOptions_isAThinOne() {
    assertThat(line("{}", series("job=a", 1, 2, Double.NaN, 4, 5)))
        .satisfies(
            line -> {
              assertThat(line.values()).containsExactly(1.0, 2.0, null, 4.0, 5.0);
              assertThat(line.name()).isEqualTo("a");
              assertThat(line.draw()).isEqualTo("line");
              assertThat(line.width()).isEqualTo(1);
              assertThat(line.fill()).isZero();
              assertThat(line.isStacked()).isFalse();
              assertThat(line.isDashed()).isFalse();
              assertThat(line.isRight()).isFalse();
              assertThat(line.isStepped()).isFalse();
              assertThat(line.spans()).isFalse();
            });
  }

  @Test
  void line_withOptions_looksAsTheySay() {
    Line line =
        line(
            """
            {custom:{drawStyle:'bars',lineWidth:3,fillOpacity:50,stacking:{mode:'normal'},lineStyle:{fill:'dash'},
             axisPlacement:'right',lineInterpolation:'stepAfter',spanNulls:true,transform:'negative-Y'}}
            """,
            series("", 1, 2, 3, 4, 5));
    assertThat(line)
        .isEqualTo(
            new Line(
                "Value",
                "green",
                "bars",
                3,
                0.5,
                true,
                true,
                true,
                true,
                true,
                List.of(-1.0, -2.0, -3.0, -4.0, -5.0),
                List.of()));
  }

  @ParameterizedTest
  @CsvSource({"true,true", "false,false", "3600000,true"})
  void gaps_areBridged_alsoUpToATime(String spanNulls, boolean spans) {
    assertThat(line("{custom:{spanNulls:" + spanNulls + "}}", series("", 1, 2)).spans())
        .isEqualTo(spans);
  }

  @ParameterizedTest
  @CsvSource({"dash,true", "dot,true", "solid,false"})
  void lineStyle_isDashedOrNot(String fill, boolean isDashed) {
    assertThat(line("{custom:{lineStyle:{fill:'" + fill + "'}}}", series("", 1, 2)).isDashed())
        .isEqualTo(isDashed);
  }

  @Test
  void colour_byThresholds_isThatOfTheLastValue() {
    String steps = "thresholds:{steps:[{color:'blue',value:null},{color:'red',value:3}]}";
    assertThat(line("{color:{mode:'thresholds'}," + steps + "}", series("", 1, 2, 3)).color())
        .isEqualTo("red");
    assertThat(line("{color:{mode:'palette-classic'}," + steps + "}", series("", 1, 2)).color())
        .isEmpty();
    assertThat(line("{color:{mode:'fixed',fixedColor:'#123456'}}", series("", 1, 2)).color())
        .isEqualTo("#123456");
  }

  @Test
  void instant_standsAtTheEndOfItsLine() {
    assertThat(line("{}", instant("", 7)).values()).containsExactly(null, null, null, null, 7.0);
  }

  @Test
  void series_thatAreHidden_areNotDrawn() {
    String hidden =
        "[{matcher:{id:'byName',options:'%s'},properties:[{id:'custom.hideFrom',value:{viz:true}}]}]";
    Answer two = answer("A", series("job=a", 1), series("job=b", 2));
    assertThat(lines("{fieldConfig:{overrides:" + hidden.formatted("a") + "}}", two).lines())
        .extracting(Line::name)
        .containsExactly("b");
    assertThat(
            LinesDrawing.of(
                Panels.drawing(
                    "{fieldConfig:{defaults:{noValue:'-'},overrides:"
                        + hidden.formatted("a")
                        + "}}",
                    answer("A", series("job=a", 1)))))
        .isEqualTo(new PanelView.Empty("-"));
  }

  @Test
  void axes_areLeftAndRight_eachByItsOwnSeries() {
    String right =
        """
        {fieldConfig:{defaults:{unit:'bytes',min:0,custom:{scaleDistribution:{type:'log'}}},
         overrides:[{matcher:{id:'byRegexp',options:'%s'},properties:[{id:'custom.axisPlacement',value:'right'},
           {id:'unit',value:'s'},{id:'max',value:9},{id:'custom.scaleDistribution',value:{type:'linear'}}]}]}}
        """;
    Answer two = answer("A", series("job=a", 2048, -4096), series("job=b", 0.002, Double.NaN));
    Lines both = lines(right.formatted("b"), two);
    assertThat(both.left()).isEqualTo(new PanelView.Axis(1024, "KiB", 0.0, null, true));
    assertThat(both.right()).isEqualTo(new PanelView.Axis(0.001, "ms", 0.0, 9.0, false));
    Lines allRight = lines(right.formatted("a|b"), two);
    assertThat(allRight.left().max()).isEqualTo(9);
    assertThat(allRight.right()).isNull();
    assertThat(lines(right.formatted("c"), two).right()).isNull();
  }

  @ParameterizedTest
  @CsvSource({
    "off,0,false,false",
    "line,1,true,false",
    "dashed,1,true,false",
    "area,1,false,true",
    "line+area,1,true,true",
    "dashed+area,1,true,true",
  })
  void thresholds_areDrawnAsThePanelSays(String mode, int count, boolean isLine, boolean isArea) {
    Lines lines =
        lines(
            Panels.fields(
                "{thresholds:{steps:[{color:'green',value:null},{color:'red',value:5}]},custom:{thresholdsStyle:{mode:'%s'}}}"
                    .formatted(mode)),
            answer("A", series("", 1)));
    assertThat(lines.bounds())
        .hasSize(count)
        .allSatisfy(
            bound -> assertThat(bound).isEqualTo(new PanelView.Bound(5, "red", isLine, isArea)));
  }

  @Test
  void legend_hasAColumnForEachCalculation() {
    Lines lines =
        lines(
            "{options:{legend:{calcs:['min','mean'],showLegend:false}},fieldConfig:{defaults:{unit:'s',decimals:1}}}",
            answer("A", series("", 1, 2)));
    assertThat(lines.legend()).isEqualTo(new PanelView.Legend(false, List.of("Min", "Mean")));
    assertThat(lines.lines().getFirst().figures()).containsExactly("1.0 s", "1.5 s");
  }

  @Test
  void linesThatAreTooMany_areLeftOut_andThePanelSaysHowMany() {
    RangeMatrix.Series[] many =
        IntStream.range(0, 53)
            .mapToObj(i -> series("n=" + i, i))
            .toArray(RangeMatrix.Series[]::new);
    Lines lines = lines("{}", answer("A", many));
    assertThat(lines.lines()).hasSize(50);
    assertThat(lines.marks())
        .extracting(PanelView.Mark::text, PanelView.Mark::color)
        .containsExactly(tuple("3 more lines are not shown", "orange"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "{fieldConfig:{defaults:{custom:{stacking:{mode:'percent'}}}}} | Stacking in percent is not supported.",
        "{transformations:[{id:'merge'}]}       | The transformation merge is supported only for tables.",
        "{options:{legend:{calcs:['p95']}}}     | The calculation p95 is not supported.",
      })
  void whatCannotBeDrawn_saysWhy(String panel, String reason) {
    Drawing drawing = Panels.drawing(panel, answer("A", series("", 1)));
    assertThatThrownBy(() -> LinesDrawing.of(drawing))
        .isInstanceOf(UndrawnException.class)
        .hasMessage(reason);
  }

  @Test
  void transformation_thatIsDisabled_isNone() {
    assertThat(
            lines("{transformations:[{id:'merge',disabled:true}]}", answer("A", series("", 1)))
                .lines())
        .hasSize(1);
  }
}
