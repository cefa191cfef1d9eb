package io.pharos.dashboards;

import static io.pharos.dashboards.Panels.answer;
import static io.pharos.dashboards.Panels.instant;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pharos.dashboards.PanelView.Cell;
import io.pharos.dashboards.PanelView.Column;
import io.pharos.dashboards.PanelView.Table;
import io.pharos.promql.value.RangeMatrix;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Tables.
class TableDrawingTest {
  private static final Answer TWO = answer("A", instant("job=a,v=x", 80), instant("job=b", 20));

  private static Table table(String panel, Answer... answers) {
    return (Table) TableDrawing.of(Panels.drawing(panel, answers));
  }

  private static List<String> column(Table table, String name) {
    int at = table.columns().stream().map(Column::name).toList().indexOf(name);
    return table.rows().stream().map(row -> row.get(at).text()).toList();
  }

  @Test
  void table_hasTheTimeTheLabelsAndTheNumber() {
    Table table = table("{}", TWO);
    assertThat(table.columns())
        .containsExactly(
            new Column("Time", false),
            new Column("job", false),
            new Column("v", false),
            new Column("Value", true));
    assertThat(table.rows().getLast())
        .extracting(Cell::text)
        .containsExactly("1970-01-01T00:00:40Z", "b", "", "20");
    assertThat(table.more()).isZero();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "{id:'custom.hidden',value:true}",
        "{id:'custom.hideFrom',value:{viz:true}}",
        "{id:'custom.hideFrom.viz',value:true}",
      })
  void column_thatIsHidden_isNotThere(String property) {
    assertThat(
            table(
                    "{fieldConfig:{overrides:[{matcher:{id:'byRegexp',options:'/Time|v/'},properties:[%s]}]}}"
                        .formatted(property),
                    TWO)
                .columns())
        .extracting(Column::name)
        .containsExactly("job", "Value");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "[{displayName:'Share'}]             | b a",
        "[{displayName:'Value'}]             | b a",
        "[{displayName:'Share',desc:true}]   | a b",
        "[{displayName:'job',desc:true}]     | b a",
        "[{displayName:'gone'}]              | a b",
        "[]                                  | a b",
      })
  void rows_areSortedByWhatTheHeadSays(String sortBy, String jobs) {
    Table table =
        table(
            """
            {options:{sortBy:%s},
             fieldConfig:{overrides:[{matcher:{id:'byName',options:'Value'},properties:[{id:'displayName',value:'Share'}]}]}}
            """
                .formatted(sortBy),
            TWO);
    assertThat(table.columns().getLast()).isEqualTo(new Column("Share", true));
    assertThat(String.join(" ", column(table, "job"))).isEqualTo(jobs);
  }

  @ParameterizedTest
  @CsvSource({
    "auto,'',-1,false",
    "color-text,red,-1,false",
    "color-background,red,-1,true",
    "gauge,red,0.8,false",
  })
  void number_looksAsItsCellOptionsSay(String type, String color, double share, boolean isFilled) {
    Table table =
        table(
            Panels.fields(
                "{thresholds:{steps:[{color:'green',value:null},{color:'red',value:50}]},custom:{cellOptions:{type:'%s'}}}"
                    .formatted(type)),
            TWO);
    assertThat(table.rows().getFirst().getLast()).isEqualTo(new Cell("80", color, share, isFilled));
  }

  @Test
  void mappings_areForTextsAndForNumbers() {
    Table table =
        table(
            Panels.fields(
                """
                {mappings:[{type:'special',options:{match:'null+nan',result:{text:'none'}}},
                  {type:'value',options:{a:{text:'Alpha',color:'blue'},b:{color:'red'},'20':{text:'few',color:'yellow'}}}],
                 custom:{cellOptions:{type:'color-background'}},color:{mode:'palette-classic'}}
                """),
            TWO);
    assertThat(table.rows().get(0).subList(1, 4))
        .containsExactly(
            new Cell("Alpha", "blue", -1, true),
            new Cell("x", "", -1, false),
            new Cell("80", "", -1, true));
    assertThat(table.rows().get(1).subList(1, 4))
        .containsExactly(
            new Cell("b", "red", -1, true),
            new Cell("", "", -1, false),
            new Cell("few", "yellow", -1, true));
  }

  @Test
  void number_thatIsNone_isMapped() {
    assertThat(
            column(
                table(
                    Panels.fields(
                        "{mappings:[{type:'special',options:{match:'nan',result:{text:'none'}}}]}"),
                    answer("A", instant("job=a", Double.NaN))),
                "Value"))
        .containsExactly("none");
  }

  @Test
  void rowsThatAreTooMany_areCounted() {
    RangeMatrix.Series[] many =
        IntStream.range(0, 104)
            .mapToObj(i -> instant("n=" + i, i))
            .toArray(RangeMatrix.Series[]::new);
    Table table = table("{}", answer("A", many));
    assertThat(table.rows()).hasSize(100);
    assertThat(table.more()).isEqualTo(4);
  }

  @Test
  void tables_thatNothingMakesOneOf_areNotDrawn_andOneWithoutRowsIsNone() {
    Answer other = answer("B", instant("job=a", 1));
    assertThatThrownBy(() -> table("{}", TWO, other))
        .isInstanceOf(UndrawnException.class)
        .hasMessageStartingWith("The panel has 2 tables");
    assertThat(column(table("{}", TWO, answer("B")), "Value #A")).containsExactly("80", "20");
    assertThat(TableDrawing.of(Panels.drawing(Panels.fields("{noValue:'none'}"), answer("A"))))
        .isEqualTo(new PanelView.Empty("none"));
    assertThat(table("{transformations:[{id:'unheard',disabled:true}]}", TWO).rows()).hasSize(2);
  }
}
