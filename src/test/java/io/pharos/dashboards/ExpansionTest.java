package io.pharos.dashboards;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.pharos.dashboards.DashboardFiles.LabelValues;
import io.pharos.dashboards.DashboardFiles.Window;
import io.pharos.dashboards.Expansion.Chosen;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Variables in queries and titles, as in Grafana.
class ExpansionTest {
  private static final Expansion ALL_KINDS =
      new Expansion(
          Map.of(
              "job", new Chosen(List.of("a.b", "c"), false, true),
              "one", new Chosen(List.of("a.b"), false, true),
              "all", new Chosen(List.of(".+"), true, true),
              "jo", Chosen.plain("never"),
              "filter", Chosen.plain("a.b|c")));

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '\0',
      value = {
        "up{job=~\"$job\"};                  up{job=~\"(a\\\\.b|c)\"}",
        "up{job=~\"${job}\"};                up{job=~\"(a\\\\.b|c)\"}",
        "up{job=~\"[[job]]\"};               up{job=~\"(a\\\\.b|c)\"}",
        "up{job=~\"$one\"};                  up{job=~\"a\\\\.b\"}",
        "up{job=~\"$all\"};                  up{job=~\".+\"}",
        "{a=\"b\"} |= \"$filter\";           {a=\"b\"} |= \"a.b|c\"",
        "${job:pipe} ${job:csv} ${job:raw};  a.b|c a.b,c {a.b,c}",
        "${job:regex};                       (a\\.b|c)",
        "label_replace(x, \"a\", \"$1\");    label_replace(x, \"a\", \"$1\")",
        "${1}xx $unknown ${unknown} $ ${;    ${1}xx $unknown ${unknown} $ ${",
        "${job:unheard};                     ${job:unheard}",
        "[[job [[unknown]] [[;               [[job [[unknown]] [[",
        "$JOB_9 $_ ${one:raw};               $JOB_9 $_ a.b",
      })
  void query_withVariables_isWhatGrafanaSends(String raw, String sent) {
    assertThat(ALL_KINDS.query(raw)).isEqualTo(sent);
  }

  @Test
  void text_withSeveralValues_namesThemAll() {
    assertThat(ALL_KINDS.text("Jobs $job")).isEqualTo("Jobs a.b + c");
  }

  @ParameterizedTest
  @CsvSource({"15,30,60", "15,60,75", "10,300,310", "60,60,240"})
  void rateInterval_isFourScrapesAtLeast_andAScrapeMoreThanTheStep(int scrape, int step, int rate) {
    var window =
        new Window(Duration.ofSeconds(scrape), Duration.ofSeconds(step), Duration.ofHours(1));
    assertThat(window.rateInterval()).hasSeconds(rate);
  }

  private static Variables variables(String list, LabelValues known) throws Exception {
    return variables(list, VariableChoices.DEFAULT, known);
  }

  private static Variables variables(String list, VariableChoices choices, LabelValues known)
      throws Exception {
    return Variables.of(
        new ObjectMapper().readTree("{\"templating\":{\"list\":[" + list + "]}}"),
        choices,
        new Window(Duration.ofSeconds(15), Duration.ofSeconds(30), Duration.ofHours(1)),
        Map.of("prometheus", known));
  }

  @Test
  void variables_atAll_areAskedForInOrder() throws Exception {
    var asked = new ArrayList<String>();
    Variables read =
        variables(
            """
            {"name":"job","type":"query","label":"Job","query":"label_values(up, job)","multi":true,
             "includeAll":true,"allValue":null,"current":{"value":["$__all"]}},
            {"name":"instance","type":"query","query":{"query":"label_values(up{job=~\\"$job\\"}, instance)"},
             "regex":"/(.*):9100/","current":{}}
            """,
            (selector, label) -> {
              asked.add(selector + " " + label);
              return label.equals("job") ? List.of("b", "a") : List.of("x:80", "y:9100", "z:9100");
            });
    assertThat(asked).containsExactly("up job", "up{job=~\"(a|b)\"} instance");
    assertThat(read.expansion().query("$job $instance $__range $__range_s $__rate_interval"))
        .isEqualTo("(a|b) y 3600s 3600 60s");
    assertThat(read.shown()).extracting(Sheet.ShownVariable::text).containsExactly("All", "y");
    assertThat(read.shown()).allMatch(shown -> shown.options().isEmpty());
    assertThat(read.remarks()).isEmpty();
  }

  @Test
  void variables_thatAReaderChose_haveTheChosenValues_andTheirOptions() throws Exception {
    var choices =
        new VariableChoices(
            Map.of("job", List.of("a", "c.d"), "instance", List.of("$__all")), true);
    Variables read =
        variables(
            """
            {"name":"job","type":"query","query":"label_values(up, job)","multi":true,"includeAll":true,
             "current":{"value":["$__all"]}},
            {"name":"instance","type":"query","query":"label_values(up{job=~\\"$job\\"}, instance)",
             "includeAll":true,"current":{"value":"x"}}
            """,
            choices,
            (selector, label) ->
                label.equals("job") ? List.of("a", "c.d", "e") : List.of(selector, "y"));
    assertThat(read.expansion().query("up{job=~\"$job\"}")).isEqualTo("up{job=~\"(a|c\\\\.d)\"}");
    String all = "up{job=~\"(a|c\\\\.d)\"}";
    assertThat(read.shown())
        .containsExactly(
            new Sheet.ShownVariable(
                "job",
                "job",
                "a + c.d",
                List.of("a", "c.d"),
                List.of("a", "c.d", "e"),
                false,
                true,
                true),
            new Sheet.ShownVariable(
                "instance",
                "instance",
                "All",
                List.of("$__all"),
                List.of(all, "y"),
                false,
                false,
                true));
  }

  @Test
  void variables_thatAskSomethingElse_areRemarkedOn() throws Exception {
    Variables read =
        variables(
            """
            {"name":"x","type":"query","query":"query_result(up)","current":{}}
            """,
            (_, _) -> List.of());
    assertThat(read.remarks()).singleElement().asString().contains("variable x", "label_values");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '"',
      value = {
        "type:'custom',query:'a, b ,c'                                     ; a    ; a",
        "type:'custom',query:'Alpha : a, Beta : b'                         ; a    ; a",
        "type:'custom',query:'a,b',current:{value:'b'}                     ; b    ; b",
        "type:'custom',query:'a,b',current:{value:['b','a']},multi:true    ; (b|a) ; b + a",
        "type:'custom',query:'a,b',current:{value:[]},multi:true           ; a    ; a",
        "type:'custom',query:'a,b',current:{value:null}                    ; a    ; a",
        "type:'custom',query:'a,b',current:{value:'$__all'},includeAll:true   ; (a|b) ; All",
        "type:'custom',query:'a,b',current:{value:['$__all']},includeAll:true ; (a|b) ; All",
        "type:'custom',query:'a,b',current:{value:'$__all'},includeAll:true,allValue:'.*' ; .* ; All",
        "type:'custom',query:'a,b',current:{value:'$__all'},includeAll:true,allValue:''   ; (a|b) ; All",
        "type:'interval',query:'1m,5m'                                     ; 1m   ; 1m",
        "type:'interval',query:'1m,5m',current:{value:'5m'}                ; 5m   ; 5m",
        "type:'textbox',query:'typed'                                      ; typed ; typed",
        "type:'constant',query:'fixed'                                     ; fixed ; fixed",
        "type:'query',query:'label_values(x)'                              ; one  ; one",
        "type:'query',query:'label_values(up, x)',regex:'/^t/'             ; two  ; two",
        "type:'query',query:'label_values(up, x)',regex:'^t'               ; two  ; two",
        "type:'query',query:'label_values(up, x)',regex:'/^t(.)/'          ; w    ; w",
        "type:'query',query:'label_values(up, x)',regex:'/^t(z)?/'         ; two  ; two",
        "type:'query',query:'label_values(up, x)',regex:'/nothing/'        ; \"\" ; \"\"",
      })
  void variable_hasTheValueThatTheDashboardOpensWith(String options, String query, String shown)
      throws Exception {
    Variables read =
        variables(
            Panels.json("{name:'x'," + options + "}").toString(), (_, _) -> List.of("two", "one"));
    assertThat(read.expansion().query("a=~\"$x\"")).isEqualTo("a=~\"" + query + "\"");
    assertThat(read.shown()).extracting(Sheet.ShownVariable::text).containsExactly(shown);
    assertThat(read.remarks()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"0,query,true", "1,query,false", "2,query,false", "0,datasource,false"})
  void variables_thatAreHidden_andDataSources_areNotShown(int hide, String type, boolean isShown)
      throws Exception {
    Variables read =
        variables(
            Panels.json(
                    "{name:'x',label:'X',hide:%d,type:'%s',current:{value:'v'}}"
                        .formatted(hide, type))
                .toString(),
            (_, _) -> List.of());
    assertThat(read.shown())
        .extracting(Sheet.ShownVariable::label)
        .isEqualTo(isShown ? List.of("X") : List.of());
    assertThat(read.expansion().query("$x")).isEqualTo("v");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "query:'label_values(up, x)',regex:'/(/'                    | variable v: invalid regex",
        "query:'label_values(up, x)',datasource:{type:'influxdb'}   | variable v: no data source for label_values(up, x)",
        "query:'label_values(up, x'                                 | variable v: label_values(up, x is not supported",
        "query:{query:'metrics(up)'}                                | variable v: metrics(up) is not supported",
      })
  void variables_thatCannotBeAsked_areEmpty_andSayWhy(String options, String remark)
      throws Exception {
    Variables read =
        variables(
            Panels.json("{name:'v',type:'query'," + options + "}").toString(),
            (_, _) -> List.of("one"));
    assertThat(read.expansion().query("[$v]")).isEqualTo("[]");
    assertThat(read.remarks()).singleElement().asString().startsWith(remark);
  }
}
