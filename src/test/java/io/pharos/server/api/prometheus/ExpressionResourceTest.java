package io.pharos.server.api.prometheus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.pharos.server.api.Parameters;
import io.pharos.server.api.Rendering;
import jakarta.ws.rs.core.MultivaluedHashMap;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ExpressionResourceTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final ExpressionResource resource = new ExpressionResource();

  private static Parameters query(String text) {
    var map = new MultivaluedHashMap<String, String>();
    map.add("query", text);
    return new Parameters(map);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          1.5e3       | {"type":"numberLiteral","val":"1500"}
          "a\\n"      | {"type":"stringLiteral","val":"a\\n"}
          (-1)        | {"type":"parenExpr","expr":{"type":"numberLiteral","val":"-1"}}
          -a          | {"type":"unaryExpr","op":"-","expr":{"type":"vectorSelector","name":"a","matchers":[{"name":"__name__","value":"a","type":"="}],"offset":0,"timestamp":null,"startOrEnd":null,"anchored":false,"smoothed":false}}
          {b="c"} offset -5m @ end() | {"type":"vectorSelector","name":"","matchers":[{"name":"b","value":"c","type":"="}],"offset":-300000,"timestamp":null,"startOrEnd":"end","anchored":false,"smoothed":false}
          a[5m] @ 1.5 | {"type":"matrixSelector","range":300000,"name":"a","matchers":[{"name":"__name__","value":"a","type":"="}],"offset":0,"timestamp":1500,"startOrEnd":null,"anchored":false,"smoothed":false}
          vector(1)[1h:1m] @ start() | {"type":"subquery","expr":{"type":"call","func":{"name":"vector","argTypes":["scalar"],"variadic":0,"returnType":"vector"},"args":[{"type":"numberLiteral","val":"1"}]},"range":3600000,"step":60000,"offset":0,"timestamp":null,"startOrEnd":"start"}
          sum without (b) (vector(1)) | {"type":"aggregation","op":"sum","expr":{"type":"call","func":{"name":"vector","argTypes":["scalar"],"variadic":0,"returnType":"vector"},"args":[{"type":"numberLiteral","val":"1"}]},"param":null,"grouping":["b"],"without":true}
          1 > bool 2  | {"type":"binaryExpr","op":">","lhs":{"type":"numberLiteral","val":"1"},"rhs":{"type":"numberLiteral","val":"2"},"bool":true,"matching":null}
          """)
  void parse_eachKindOfNode_hasItsFields(String text, String expected) throws IOException {
    assertThat(parsed(text)).isEqualTo(JSON.readTree(expected));
  }

  private JsonNode parsed(String text) throws IOException {
    return JSON.readTree(((Rendering) resource.parse(query(text)).getEntity()).bytes())
        .path("data");
  }

  @Test
  void parse_matchingOfTwoVectors_isTold() throws IOException {
    assertThat(parsed("a * on (b) group_left (c) d").path("matching"))
        .isEqualTo(
            JSON.readTree(
                "{\"card\":\"many-to-one\",\"labels\":[\"b\"],\"on\":true,\"include\":[\"c\"],"
                    + "\"fillValues\":{\"lhs\":null,\"rhs\":null}}"));
    assertThat(parsed("topk(3, a)").path("param").path("val").asText()).isEqualTo("3");
    assertThat(parsed("round(a)").path("func").path("variadic").asInt()).isEqualTo(1);
    assertThat(parsed("label_join(a, \"x\", \"\")").path("func").path("variadic").asInt())
        .isEqualTo(-1);
  }

  @Test
  void format_shortExpression_standsInOneLine() throws IOException {
    var answer =
        JSON.readTree(
            ((Rendering) resource.format(query("sum(a{b='c'})by(d)")).getEntity()).bytes());
    assertThat(answer.path("data").asText()).isEqualTo("sum by (d) (a{b=\"c\"})");
  }

  @Test
  void badExpression_isRefusedWithItsPlace() {
    assertThatThrownBy(() -> resource.parse(query("sum(")))
        .hasMessageStartingWith("invalid parameter \"query\": 1:5: parse error:");
    assertThatThrownBy(() -> resource.format(query("")))
        .hasMessageContaining("no expression found in input");
  }
}
