package io.pharos.probe;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JsonAssertionTest {
  private static final String DOCUMENT =
      """
      {"code": 0, "ratio": 1.50, "name": "ok", "digits": "401", "yes": true, "no": null,
       "data": {"list": [{"id": 7}, {"id": 8}], "odd key": "x"}, "empty": ""}
      """;

  private static JsonAssertion assertion(String path, String operator, String value) {
    return JsonAssertion.of(
        JsonPath.parse(path), JsonAssertion.Operator.parse(operator), value == null ? "" : value);
  }

  @ParameterizedTest
  @CsvSource({
    "$.code, ==, 0, true",
    "$.code, ==, 0.0, true",
    "$.code, ==, 1, false",
    "$.code, ==, x, false",
    "$.code, !=, x, true",
    "$.code, <, 1, true",
    "$.code, <=, 0, true",
    "$.code, >, 0, false",
    "$.code, >=, 0, true",
    "$.ratio, ==, 1.5, true",
    "$.name, ==, ok, true",
    "$.name, !=, ok, false",
    "$.name, <, 5, false",
    "$.digits, ==, 401, true",
    "$.digits, >, 400, false",
    "$.yes, ==, true, true",
    "$.no, ==, null, true",
    "$.no, exists, true, true",
    "$.gone, exists, true, false",
    "$.gone, exists, false, true",
    "$.gone, ==, x, false",
    "$.gone, !=, x, true",
    "$.data.list[1].id, ==, 8, true",
    "$.data.list[2].id, exists, false, true",
    "$.data.list.id, exists, false, true",
    "'$.data[\"odd key\"]', ==, x, true",
    "'$[''data''].list[0].id', ==, 7, true",
    "$.name, matches, ^o, true",
    "$.name, matches, ^k, false",
    "$.code, matches, 0, true",
    "$.empty, ==, , true",
    "$, matches, digits, true",
  })
  void check_document_holdsOrNot(String path, String operator, String value, boolean holds)
      throws Exception {
    JsonNode document = new ObjectMapper().readTree(DOCUMENT);

    assertThat(assertion(path, operator, value).check(document).isEmpty()).isEqualTo(holds);
  }

  @Test
  void check_fails_saysWhatWasFoundAndExpected() throws Exception {
    JsonNode document = new ObjectMapper().readTree(DOCUMENT);

    assertThat(assertion("$.code", "==", "401").check(document))
        .contains("$.code: found 0, expected == \"401\"");
    assertThat(assertion("$.x", "exists", "true").check(document))
        .contains("$.x: found nothing, expected exists \"true\"");
    assertThat(assertion("$", "==", "x").check(document).orElseThrow()).contains("…");
  }
}
