package io.pharos.dashboards;

import static io.pharos.dashboards.Panels.answer;
import static io.pharos.dashboards.Panels.series;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.pharos.dashboards.PanelView.Empty;
import io.pharos.dashboards.PanelView.Heat;
import io.pharos.dashboards.PanelView.State;
import io.pharos.dashboards.PanelView.States;
import io.pharos.model.Labels;
import io.pharos.model.histogram.Histogram;
import io.pharos.promql.parser.SeriesDescription;
import io.pharos.promql.value.RangeMatrix;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Heat maps and timelines of states.
class GridDrawingTest {
  private static Heat heat(String panel, Answer... answers) {
    return (Heat) GridDrawing.heat(Panels.drawing(panel, answers));
  }

  /// @param notations for the times from the first one on; empty where there is a float instead
  private static RangeMatrix.Series histograms(long from, String... notations) {
    var all = new @Nullable Histogram[notations.length];
    for (int i = 0; i < notations.length; i++) {
      if (!notations[i].isEmpty()
          && SeriesDescription.items(notations[i]).getFirst()
              instanceof SeriesDescription.HistogramSample sample) {
        all[i] = sample.histogram();
      }
    }
    return new RangeMatrix.Series(
        Labels.empty(),
        IntStream.range(0, all.length).mapToLong(i -> from + i * 10_000L).toArray(),
        new double[all.length],
        all);
  }

  @Test
  void nativeHistograms_areCountedInTwoBucketsForEachDoubling() {
    Heat heat =
        heat(
            "{}",
            answer(
                "A",
                histograms(
                    0,
                    "{{schema:3 sum:5 count:4 buckets:[1 2 1]}}",
                    "",
                    "{{schema:0 sum:5 count:6 buckets:[2 4]}}")));
    assertThat(heat.buckets()).containsExactly("1", "1.41", "2");
    assertThat(heat.counts().get(0)).containsExactly(1.0, null, 2.0, null, null);
    assertThat(heat.counts().get(1)).containsExactly(3.0, null, null, null, null);
    assertThat(heat.counts().get(2)).containsExactly(null, null, 4.0, null, null);
    assertThat(heat.most()).isEqualTo("4");
  }

  @Test
  void nativeHistograms_withBoundsOfTheirOwn_keepThem() {
    Heat heat =
        heat(
            "{options:{yAxis:{unit:'s'}}}",
            answer(
                "A",
                histograms(
                    0, "{{schema:-53 sum:5 count:6 custom_values:[0.1 0.5] buckets:[2 4]}}")));
    assertThat(heat.buckets()).containsExactly("100 ms", "500 ms");
    assertThat(heat.counts().get(1)).startsWith(4.0);
  }

  @Test
  void samples_outsideOfTheRange_areNotCounted() {
    String one = "{{schema:0 sum:1 count:1 buckets:[1]}}";
    assertThat(
            heat("{}", answer("A", histograms(-20_000, one, "", one, one, "", "", "", one)))
                .counts())
        .singleElement()
        .satisfies(row -> assertThat(row).containsExactly(1.0, 1.0, null, null, null));
    var classic =
        new RangeMatrix.Series(
            Panels.labels("le=+Inf"),
            new long[] {-20_000, 10_000, 20_000, 90_000},
            new double[] {5, 6, Double.NaN, 8});
    assertThat(heat("{}", answer("A", classic)).counts())
        .singleElement()
        .satisfies(row -> assertThat(row).containsExactly(null, 6.0, null, null, null));
  }

  @Test
  void classicBuckets_countNothingTwice_evenWhereTheyFall() {
    Heat heat =
        heat(
            "{fieldConfig:{defaults:{unit:'s'}}}",
            answer(
                "A",
                series("le=+Inf", 9, 2, 4),
                series("le=0.5", 4, 3, 4),
                series("le=2", 9, 3, 4)));
    assertThat(heat.buckets()).containsExactly("500 ms", "2 s", "∞");
    assertThat(heat.counts().get(0)).containsExactly(4.0, 3.0, 4.0, null, null);
    assertThat(heat.counts().get(1)).containsExactly(5.0, null, null, null, null);
    assertThat(heat.counts().get(2)).containsOnlyNulls();
  }

  @Test
  void heatMap_withoutCounts_isEmpty() {
    for (Answer none : new Answer[] {answer("A"), answer("A", series("le=1", 0, 0))}) {
      assertThat(GridDrawing.heat(Panels.drawing(Panels.fields("{noValue:'calm'}"), none)))
          .isEqualTo(new Empty("calm"));
    }
  }

  @Test
  void heatMap_thatCannotBeDrawn_saysWhy() {
    RangeMatrix.Series[] many =
        IntStream.range(0, 61)
            .mapToObj(i -> series("le=" + i, i))
            .toArray(RangeMatrix.Series[]::new);
    assertThatThrownBy(() -> heat("{}", answer("A", many)))
        .isInstanceOf(UndrawnException.class)
        .hasMessage("The heat map has 61 buckets, expected at most 60");
    assertThatThrownBy(() -> heat("{}", answer("A", series("job=a", 1))))
        .isInstanceOf(UndrawnException.class)
        .hasMessageContaining("needs series with a number in the label le")
        .hasMessageContaining("job");
    assertThatThrownBy(() -> heat("{options:{calculate:true}}", answer("A", series("le=1", 1))))
        .isInstanceOf(UndrawnException.class)
        .hasMessageContaining("calculate their buckets");
  }

  @Test
  void states_endWhereNothingIsKnown() {
    var states =
        (States)
            GridDrawing.states(
                Panels.drawing(
                    Panels.fields(
                        "{mappings:[{type:'value',options:{'1':{text:'on',color:'red'}}}],color:{mode:'palette-classic'}}"),
                    answer("A", series("job=a", 1, 1, Double.NaN, 0, 1), series("job=gone"))));
    assertThat(states.rows())
        .singleElement()
        .satisfies(
            row -> {
              assertThat(row.name()).isEqualTo("a");
              assertThat(row.states())
                  .containsExactly(
                      new State(0, 20_000, "on", "red"),
                      new State(30_000, 40_000, "0", "blue"),
                      new State(40_000, 40_000, "on", "red"));
            });
    assertThat(states.more()).isZero();
  }

  @Test
  void states_thatBeganAtTheEnd_areAtTheEnd() {
    double none = Double.NaN;
    assertThat(
            (States)
                GridDrawing.states(
                    Panels.drawing("{}", answer("A", series("job=a", none, none, none, none, 1)))))
        .extracting(it -> it.rows().getFirst().states().getFirst().from())
        .isEqualTo(40_000L);
  }

  @ParameterizedTest
  @CsvSource({"60,60,0", "63,60,3"})
  void states_ofVeryMany_sayHowManyAreLeftOut(int all, int rows, int more) {
    RangeMatrix.Series[] many =
        IntStream.range(0, all)
            .mapToObj(i -> series("n=" + i, i))
            .toArray(RangeMatrix.Series[]::new);
    assertThat((States) GridDrawing.states(Panels.drawing("{}", answer("A", many))))
        .extracting(it -> it.rows().size(), States::more)
        .isEqualTo(tuple(rows, more).toList());
  }

  @Test
  void states_ofNothing_areEmpty() {
    assertThat(GridDrawing.states(Panels.drawing("{}", answer("A", series("job=a")))))
        .isEqualTo(new Empty("No data"));
  }
}
