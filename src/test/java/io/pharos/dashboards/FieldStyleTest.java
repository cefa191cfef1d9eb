package io.pharos.dashboards;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The style of a field by its options and overrides.
class FieldStyleTest {
  private static FieldStyle style(String options) {
    return new FieldStyle(Panels.json(options));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "Total                                       | Total",
        "${__field.labels.job} at ${__field.labels.host} | api at h1",
        "${__field.name}!                            | up!",
        "of ${__field.labels.gone}.                  | of .",
        "broken ${__field.name                       | broken ${__field.name",
        "\"\"                                        | up",
      })
  void displayName_hasTheLabelsOfItsSeries(String displayName, String shown) {
    assertThat(
            style("{displayName:'" + displayName + "'}")
                .name("up", Panels.labels("job=api,host=h1")))
        .isEqualTo(shown);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "{type:'value',options:{'1':{text:'up',color:'green'}}}     | 1    | up         | green",
        "{type:'value',options:{'1':{text:'up'}}}                   | 2    | 2          | gray",
        "{type:'value',options:{'0.5':{text:'half'}}}               | 0.5  | half       | gray",
        "{type:'value',options:{'1':{color:'blue'}}}                | 1    | 1          | blue",
        "{type:'range',options:{from:1,to:5,result:{text:'few'}}}   | 1    | few        | gray",
        "{type:'range',options:{from:1,to:5,result:{text:'few'}}}   | 5    | few        | gray",
        "{type:'range',options:{from:1,to:5,result:{text:'few'}}}   | 5.1  | 5.1        | gray",
        "{type:'range',options:{from:1,to:5,result:{text:'few'}}}   | 0    | 0          | gray",
        "{type:'range',options:{from:null,to:5,result:{text:'low'}}}| -1e9 | low        | gray",
        "{type:'range',options:{from:5,to:null,result:{text:'hi'}}} | 1e9  | hi         | gray",
        "{type:'range',options:{from:5,result:{text:'hi'}}}         | NaN  | NaN        | gray",
        "{type:'regex',options:{pattern:'/^5../',result:{text:'server',color:'red'}}} | 503 | server | red",
        "{type:'regex',options:{pattern:'5..',result:{text:'server'}}}                | 5030 | 5030  | gray",
        "{type:'special',options:{match:'nan',result:{text:'n/a',color:'dark-red'}}}  | NaN  | n/a   | dark-red",
        "{type:'special',options:{match:'null+nan',result:{text:'n/a'}}}              | NaN  | n/a   | gray",
        "{type:'special',options:{match:'null+nan',result:{text:'n/a'}}}              | 0    | 0     | gray",
        "{type:'special',options:{match:'true',result:{text:'yes'}}}                  | NaN  | NaN   | gray",
      })
  void number_withAMapping_hasItsTextAndColour(
      String mapping, double value, String text, String color) {
    FieldStyle style =
        style("{mappings:[%s],thresholds:{steps:[{color:'gray',value:null}]}}".formatted(mapping));
    assertThat(style.shown(value)).hasToString(text);
    assertThat(style.color(value)).isEqualTo(color);
  }

  @ParameterizedTest
  @CsvSource({"1,first", "3,second", "30,30"})
  void number_withSeveralMappings_hasTheFirstThatIsForIt(double value, String text) {
    assertThat(
            style(
                    """
                    {mappings:[{type:'value',options:{'1':{text:'first'}}},
                     {type:'range',options:{from:0,to:9,result:{text:'second'}}}]}
                    """)
                .shown(value))
        .hasToString(text);
  }

  @ParameterizedTest
  @CsvSource({"1", "NaN"})
  void unknownMapping_isNamed(double value) {
    FieldStyle style = style("{mappings:[{type:'unheard'}]}");
    assertThatThrownBy(() -> style.shown(value))
        .isInstanceOf(UndrawnException.class)
        .hasMessage("The mapping \"unheard\" is not supported.");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "{mode:'absolute',steps:[{color:'blue',value:null},{color:'red',value:80}]} | 79.9 | blue",
        "{mode:'absolute',steps:[{color:'blue',value:null},{color:'red',value:80}]} | 80   | red",
        "{mode:'absolute',steps:[{color:'blue',value:null},{color:'red',value:80}]} | NaN  | gray",
        "{mode:'percentage',steps:[{color:'blue',value:null},{color:'red',value:50}]} | 299 | blue",
        "{mode:'percentage',steps:[{color:'blue',value:null},{color:'red',value:50}]} | 300 | red",
        "{mode:'absolute',steps:[{color:'red',value:10}]}                           | 9    | green",
        "{mode:'absolute',steps:[{value:null}]}                                     | 9    | gray",
        "{}                                                                         | 9    | green",
      })
  void value_hasTheColourOfTheLastThresholdThatItReaches(
      String thresholds, double value, String color) {
    assertThat(style("{min:200,max:400,thresholds:" + thresholds + "}").color(value))
        .isEqualTo(color);
  }

  @ParameterizedTest
  @CsvSource({
    "fixed,50,purple",
    "shades,50,purple",
    "palette-classic,50,''",
    "palette-classic-by-name,50,''",
    "continuous-GrYlRd,10,green",
    "continuous-GrYlRd,50,yellow",
    "continuous-GrYlRd,90,red",
    "continuous-RdYlGr,10,red",
    "continuous-RdYlGr,50,yellow",
    "continuous-RdYlGr,90,green",
    "thresholds,50,green",
  })
  void colour_isByTheScheme(String mode, double value, String color) {
    assertThat(style("{color:{mode:'%s',fixedColor:'purple'}}".formatted(mode)).color(value))
        .isEqualTo(color);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "{}                   | 25   | 0.25",
        "{unit:'percentunit'} | 0.25 | 0.25",
        "{min:20,max:40}      | 25   | 0.25",
        "{min:20,max:40}      | 10   | 0",
        "{min:20,max:40}      | 50   | 1",
        "{min:20,max:20}      | 20   | 0",
        "{}                   | NaN  | 0",
      })
  void share_isBetweenTheBounds(String options, double value, double share) {
    assertThat(style(options).share(value)).isEqualTo(share);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "{id:'byName',options:'up'}                  | up    | A | true  | true",
        "{id:'byName',options:'up'}                  | upper | A | true  | false",
        "{id:'byRegexp',options:'/^up/'}             | upper | A | true  | true",
        "{id:'byRegexp',options:'up'}                | upper | A | true  | false",
        "{id:'byRegexp',options:'up.*'}              | upper | A | true  | true",
        "{id:'byRegexp',options:'/'}                 | /     | A | true  | true",
        "{id:'byRegexp',options:'/a'}                | /a    | A | true  | true",
        "{id:'byFrameRefID',options:'B'}             | up    | B | true  | true",
        "{id:'byFrameRefID',options:'B'}             | up    | A | true  | false",
        "{id:'byType',options:'number'}              | up    | A | true  | true",
        "{id:'byType',options:'number'}              | up    | A | false | false",
        "{id:'byType',options:'string'}              | up    | A | false | true",
        "{id:'byNames',options:{names:['x','up']}}   | up    | A | true  | true",
        "{id:'byNames',options:{names:['x']}}        | up    | A | true  | false",
      })
  void override_isForTheFieldsThatItsMatcherFinds(
      String matcher, String name, String refId, boolean isNumber, boolean isOverridden) {
    var config =
        new FieldConfig(
            (ObjectNode) Panels.json("{unit:'short',custom:{width:1}}"),
            Panels.json(
                "[{matcher:%s,properties:[{id:'unit',value:'s'},{id:'custom.width',value:9},{id:'custom.a.b',value:7}]}]"
                    .formatted(matcher)));
    FieldStyle style = config.style(name, refId, isNumber);
    assertThat(style.unit()).isEqualTo(isOverridden ? "s" : "short");
    assertThat(style.custom().path("width").asInt()).isEqualTo(isOverridden ? 9 : 1);
    assertThat(style.custom().at("/a/b").asInt()).isEqualTo(isOverridden ? 7 : 0);
    assertThat(config.style().unit()).isEqualTo("short");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "{id:'byValue',options:{}}     | The override's matcher byValue is not supported.",
        "{id:'byRegexp',options:'(up'} | Invalid regular expression (up:",
      })
  void override_thatIsNotUnderstood_saysWhy(String matcher, String reason) {
    var config =
        new FieldConfig((ObjectNode) Panels.json("{}"), Panels.json("[{matcher:" + matcher + "}]"));
    assertThatThrownBy(() -> config.style("up", "A", true))
        .isInstanceOf(UndrawnException.class)
        .hasMessageStartingWith(reason);
  }
}
