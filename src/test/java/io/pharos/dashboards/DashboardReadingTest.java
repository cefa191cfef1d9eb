package io.pharos.dashboards;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.pharos.dashboards.DashboardFiles.LabelValues;
import io.pharos.dashboards.DashboardReading.QuerySources;
import io.pharos.dashboards.PanelView.Mark;
import io.pharos.dashboards.PanelView.Undrawn;
import io.pharos.model.Labels;
import io.pharos.promql.value.Evaluator;
import io.pharos.promql.value.InstantVector;
import io.pharos.promql.value.Query;
import io.pharos.promql.value.QueryException;
import io.pharos.promql.value.QueryException.Kind;
import io.pharos.promql.value.QueryResult;
import io.pharos.promql.value.RangeMatrix;
import io.pharos.promql.value.Scalar;
import io.pharos.promql.value.Value;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The queries of a dashboard, their times, and how results become panels.
class DashboardReadingTest {
  private static final long HOUR = 3_600_000;
  private static final long NOW = 20_000 * HOUR;

  private final List<Query> asked = new ArrayList<>();
  private String groups = "[]";

  private DashboardReading reading(long hours, Value answer) {
    return reading(hours, answer, Optional.empty());
  }

  private DashboardReading reading(long hours, Value answer, Optional<QuerySources.Logs> logs) {
    Evaluator metrics =
        query -> {
          asked.add(query);
          return QueryResult.of(answer);
        };
    return reading(hours, metrics, logs);
  }

  private DashboardReading reading(
      long hours, Evaluator metrics, Optional<QuerySources.Logs> logs) {
    return new DashboardReading(
        new QuerySources(metrics, logs, () -> Panels.json(groups)),
        NOW - hours * HOUR,
        NOW,
        Duration.ofSeconds(15),
        InstantSource.fixed(Instant.ofEpochMilli(NOW)),
        Duration.ofMinutes(1));
  }

  private static PanelView view(DashboardReading reading, String panel) {
    Expansion none = reading.variables(Panels.json("{}"), VariableChoices.DEFAULT).expansion();
    return reading.view(Panels.json(panel), none, List.of());
  }

  private final class Loki implements QuerySources.Logs {
    private final int lines;

    Loki(int lines) {
      this.lines = lines;
    }

    @Override
    public Evaluator metrics() {
      return query -> {
        asked.add(query);
        return QueryResult.of(new Scalar(NOW, 3));
      };
    }

    @Override
    public LabelValues labels() {
      return (selector, label) -> List.of(selector + "/" + label);
    }

    @Override
    public List<PanelView.LogLine> lines(String query, long from, long until, int limit) {
      return Collections.nCopies(
          Math.min(lines, limit), new PanelView.LogLine(until, "", query + " from " + from));
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "1    | {}                                      | 1  | 15",
        "1    | {interval:'1m'}                         | 1  | 60",
        "1    | {maxDataPoints:20}                      | 1  | 300",
        "1    | {gridPos:{w:1}}                         | 1  | 60",
        "1    | {timeFrom:'24h',maxDataPoints:100}      | 24 | 900",
        "720  | {maxDataPoints:10}                      | 720 | 604800",
        "9999 | {maxDataPoints:10}                      | 9999 | 3628800",
      })
  void step_isOneThatPeopleWouldChoose_forTheRangeAndThePoints(
      long hours, String more, long range, long step) {
    var panel =
        (ObjectNode)
            Panels.json(
                "{type:'stat',datasource:{type:'prometheus'},targets:[{refId:'A',expr:'x[$__range]'}]}");
    panel.setAll((ObjectNode) Panels.json(more));
    view(reading(hours, new Scalar(NOW, 1)), panel.toString());
    Query query = asked.getFirst();
    assertThat(query.text()).isEqualTo("x[" + range * 3600 + "s]");
    assertThat(query.span())
        .isInstanceOfSatisfying(
            Query.Steps.class,
            steps -> {
              assertThat(steps.step()).hasSeconds(step);
              assertThat(steps.fromMillis() % (step * 1000)).isZero();
              assertThat(steps.toMillis()).isBetween(NOW - step * 1000, NOW);
              assertThat(steps.fromMillis())
                  .isBetween(NOW - range * HOUR - step * 1000, NOW - range * HOUR);
            });
  }

  @Test
  void instantQueries_areAskedOnce_andHiddenOnesNotAtAll() {
    DashboardReading reading = reading(1, new Scalar(NOW, 7));
    PanelView view =
        view(
            reading,
            """
            {type:'gauge',datasource:{type:'prometheus'},targets:[
              {refId:'A',expr:'a',instant:true},{refId:'B',expr:'b',queryType:'instant'},{refId:'C',expr:'c',hide:true}]}
            """);
    assertThat(asked).extracting(Query::text).containsExactly("a", "b");
    assertThat(asked).allSatisfy(query -> assertThat(query.span()).isEqualTo(new Query.At(NOW)));
    assertThat(view)
        .isInstanceOfSatisfying(
            PanelView.Readings.class,
            it -> {
              assertThat(it.layout()).isEqualTo("gauge");
              assertThat(it.readings())
                  .extracting(PanelView.Reading::text)
                  .containsExactly("7", "7");
            });
  }

  @ParameterizedTest
  @CsvSource({"true,3600s", "false,15s"})
  void loki_countsOverTheWholeRange_whereItIsAskedOnce(boolean isInstant, String auto) {
    DashboardReading reading = reading(1, new Scalar(NOW, 1), Optional.of(new Loki(0)));
    view(
        reading,
        "{type:'stat',targets:[{datasource:{type:'loki'},expr:'count_over_time({a=\"b\"}[$__auto])',instant:%s}]}"
            .formatted(isInstant));
    assertThat(asked)
        .extracting(Query::text)
        .containsExactly("count_over_time({a=\"b\"}[" + auto + "])");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "{type:'stat',timeShift:'1d'}                  | Panels with a time shift are not supported.",
        "{type:'stat'}                                 | The panel has no query.",
        "{type:'stat',targets:[{expr:'x',hide:true}]}  | The panel has no query.",
        "{type:'stat',timeFrom:'now/d'}                | The panel's time now/d is not a duration such as 30d.",
        "{type:'stat',interval:'often'}                | The panel's time often is not a duration such as 30d.",
        "{type:'stat',datasource:{type:'influxdb'},targets:[{expr:'x'}]} | Data sources of type influxdb are not supported.",
        "{type:'logs',targets:[{expr:'x'}]}            | The panel needs a Loki; set --loki.",
      })
  void panel_thatCannotBeAsked_saysWhy(String panel, String reason) {
    assertThat(view(reading(1, new Scalar(NOW, 1)), panel)).isEqualTo(new Undrawn(reason));
    assertThat(asked).isEmpty();
  }

  @Test
  void alertGroups_areThoseOfTheNotifier_withTheirStates() {
    groups =
        """
        [{labels:{alertname:'Down'},receiver:{name:'ops'},alerts:[
          {labels:{alertname:'Down',job:'a'},startsAt:'2026-03-01T12:00:00.123Z',
           status:{state:'active',silencedBy:[],inhibitedBy:[]}},
          {labels:{alertname:'Down',job:'b'},startsAt:'2026-03-01T12:01:00Z',
           status:{state:'suppressed',silencedBy:['1'],inhibitedBy:['2'],mutedBy:[]}}]}]
        """;
    PanelView view = view(reading(1, new Scalar(NOW, 1)), "{type:'alertGroups'}");
    assertThat(((PanelView.Table) view).rows())
        .extracting(row -> row.stream().map(PanelView.Cell::text).toList())
        .containsExactly(
            List.of("alertname=Down", "ops", "job=a", "active", "2026-03-01T12:00:00Z"),
            List.of(
                "alertname=Down", "ops", "job=b", "silenced, inhibited", "2026-03-01T12:01:00Z"));
  }

  @Test
  void alertGroups_whenThereAreNone_showTheTextOfThePanel() {
    assertThat(
            view(
                reading(1, new Scalar(NOW, 1)),
                "{type:'alertGroups',fieldConfig:{defaults:{noValue:'nothing fires'}}}"))
        .isEqualTo(new PanelView.Empty("nothing fires"));
  }

  @ParameterizedTest
  @CsvSource({"0,0,false", "3,3,false", "199,199,false", "200,200,true", "500,200,true"})
  void logs_showTheirLines_andSayWhenThereAreMore(int lines, int shown, boolean isCut) {
    PanelView view =
        view(
            reading(1, new Scalar(NOW, 1), Optional.of(new Loki(lines))),
            "{type:'logs',targets:[{expr:'{a=\"b\"}'}]}");
    if (lines == 0) {
      assertThat(view).isEqualTo(new PanelView.Empty("No lines"));
      return;
    }
    assertThat(view)
        .isInstanceOfSatisfying(
            PanelView.LogLines.class,
            it -> {
              assertThat(it.lines()).hasSize(shown);
              assertThat(it.lines().getFirst().line()).isEqualTo("{a=\"b\"} from " + (NOW - HOUR));
              assertThat(it.isCut()).isEqualTo(isCut);
            });
  }

  @Test
  void range_thatEndsBeforeItBegins_isRefused() {
    assertThatThrownBy(() -> reading(0, new Scalar(NOW, 1)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("the range ends before it begins");
  }

  private static JsonNode variable(String query, String type) {
    return Panels.json(
        "{templating:{list:[{name:'v',type:'query',query:'%s',datasource:{type:'%s'}}]}}"
            .formatted(query, type));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "label_values(job)     | group by (job) (last_over_time({job!=\"\"}[3600s]))",
        "label_values(up, job) | group by (job) (last_over_time(up[3600s]))",
      })
  void labelValues_areThoseOfTheRange(String query, String sent) {
    InstantVector answer =
        InstantVector.builder(NOW)
            .add(Labels.empty(), 1)
            .add(Labels.of("job", "b"), 1)
            .add(Labels.of("job", "c"), 1)
            .build();
    Variables read =
        reading(1, answer).variables(variable(query, "prometheus"), VariableChoices.DEFAULT);
    assertThat(asked).extracting(Query::text).containsExactly(sent);
    assertThat(texts(read)).containsExactly("v: b");
  }

  @Test
  void labelValues_areOfTheSourceOfTheVariable_andUnknownWithoutOne() {
    DashboardReading reading = reading(1, new Scalar(NOW, 1), Optional.of(new Loki(0)));
    assertThat(
            texts(
                reading.variables(
                    variable("label_values({a=b}, x)", "loki"), VariableChoices.DEFAULT)))
        .containsExactly("v: {a=b}/x");
    assertThat(
            texts(
                reading.variables(
                    variable("label_values(x)", "prometheus"), VariableChoices.DEFAULT)))
        .as("an answer that is no vector")
        .containsExactly("v: ");
    Evaluator away =
        _ -> {
          throw new QueryException(Kind.UNAVAILABLE, "nobody there");
        };
    assertThat(
            reading(1, away, Optional.empty())
                .variables(variable("label_values(x)", "prometheus"), VariableChoices.DEFAULT)
                .remarks())
        .containsExactly("the values of x can't be read: nobody there");
  }

  private static List<String> texts(Variables read) {
    return read.shown().stream().map(shown -> shown.label() + ": " + shown.text()).toList();
  }

  private static JsonNode annotations(String list) {
    return Panels.json("{annotations:{list:[" + list + "]}}");
  }

  private static List<Mark> marks(
      DashboardReading reading, String annotation, List<String> remarks) {
    JsonNode dashboard = annotations(annotation);
    return reading.marks(
        dashboard, reading.variables(dashboard, VariableChoices.DEFAULT).expansion(), remarks);
  }

  @Test
  void annotations_areMarks_ofWhichNeighboursAreOne() {
    long minute = 60_000;
    var deploys =
        new RangeMatrix.Series(
            Labels.of("v", "1.2"),
            new long[] {0, minute, 2 * minute, 3 * minute, 9 * minute, 10 * minute},
            new double[] {1, 2, 0, Double.NaN, 1, 1});
    var never = new RangeMatrix.Series(Labels.of("v", "0"), new long[] {0}, new double[] {0});
    var remarks = new ArrayList<String>();
    List<Mark> marks =
        marks(
            reading(1, new RangeMatrix(List.of(deploys, never))),
            """
            {name:'off',enable:false,datasource:{type:'prometheus'},expr:'off'},
            {name:'grafana',enable:true,datasource:{type:'grafana'}},
            {name:'on',enable:true,datasource:{type:'prometheus'},expr:'on',titleFormat:'Deploy {{v}}',iconColor:'purple'},
            {name:'plain',enable:true,datasource:{type:'prometheus'},expr:'plain'}
            """,
            remarks);
    assertThat(asked).extracting(Query::text).containsExactly("on", "plain");
    assertThat(marks)
        .containsExactly(
            new Mark(0, minute, "Deploy 1.2", "purple"),
            new Mark(9 * minute, 10 * minute, "Deploy 1.2", "purple"),
            new Mark(0, minute, "1.2", "blue"),
            new Mark(9 * minute, 10 * minute, "1.2", "blue"));
    assertThat(remarks).isEmpty();
  }

  @Test
  void annotations_thatAreTooMany_orCannotBeAsked_areRemarkedOn() {
    String one = "{name:'on',enable:true,datasource:{type:'prometheus'},expr:'on'}";
    List<RangeMatrix.Series> many =
        IntStream.range(0, 41)
            .mapToObj(
                i ->
                    new RangeMatrix.Series(
                        Labels.of("n", "" + i), new long[] {i}, new double[] {1}))
            .toList();
    var remarks = new ArrayList<String>();
    assertThat(marks(reading(1, new RangeMatrix(many)), one, remarks)).hasSize(40);
    assertThat(remarks).containsExactly("only 40 of 41 annotations are drawn");
    remarks.clear();
    assertThat(marks(reading(1, new RangeMatrix(many.subList(0, 40))), one, remarks)).hasSize(40);
    assertThat(marks(reading(1, new Scalar(NOW, 1)), one, remarks)).isEmpty();
    assertThat(remarks).isEmpty();

    Evaluator away =
        _ -> {
          throw new QueryException(Kind.UNAVAILABLE, "nobody there");
        };
    assertThat(marks(reading(1, away, Optional.empty()), one, remarks)).isEmpty();
    assertThat(remarks).containsExactly("annotations on are not drawn: nobody there");
  }

  @Test
  void annotations_afterTheDeadline_areNotAsked() {
    var late =
        new DashboardReading(
            new QuerySources(
                query -> {
                  asked.add(query);
                  return QueryResult.of(new Scalar(NOW, 1));
                },
                Optional.empty(),
                () -> Panels.json("[]")),
            NOW - HOUR,
            NOW,
            Duration.ofSeconds(15),
            InstantSource.fixed(Instant.ofEpochMilli(NOW)),
            Duration.ofMillis(-1));
    var remarks = new ArrayList<String>();
    assertThat(
            marks(
                late, "{name:'on',enable:true,datasource:{type:'prometheus'},expr:'on'}", remarks))
        .isEmpty();
    assertThat(remarks)
        .singleElement()
        .asString()
        .contains("annotations on", "the time limit for all panels was reached");
    assertThat(asked).isEmpty();
  }
}
