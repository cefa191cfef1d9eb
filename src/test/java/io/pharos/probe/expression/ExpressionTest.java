package io.pharos.probe.expression;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvFileSource;
import org.junit.jupiter.params.provider.CsvSource;

class ExpressionTest {
  private static final ObjectMapper JSON =
      new ObjectMapper().enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS);
  private static final Map<String, Type> VARIABLES =
      Map.of(
          "status", Type.Plain.NUMBER,
          "text", Type.Plain.STRING,
          "ok", Type.Plain.BOOL,
          "body", Type.Plain.ANY,
          "headers", new Type.ListOf(Type.Plain.STRING),
          "phases", new Type.Fields(Map.of("connect", Type.Plain.NUMBER)));
  private static final String SEEN =
      """
      {"status": 200, "text": "hello\\nworld", "ok": true, "headers": {"content-type": "text/html"},
       "phases": {"connect": 0.25},
       "body": {"code": 0, "msg": "fine", "data": {"list": [{"id": 7}], "odd key": null, "yes": true,
         "big": 9007199254740993, "huge": 1e400, "vast": 1e999999999,
         "tags": ["red", 2], "wide": 18446744073709551616, "empty": "", "lines": "a\\tb\\r\\nc"}}}
      """;

  private static Expression.Answer seen(String variable) {
    try {
      JsonNode value = JSON.readTree(SEEN).get(variable);
      return value == null
          ? new Expression.Answer.None("not seen")
          : new Expression.Answer.Value(value);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String outcome(String expression) {
    try {
      return Expression.parse(expression, VARIABLES).failure(ExpressionTest::seen).orElse("holds");
    } catch (ExpressionException e) {
      return "refused at " + e.column() + ": " + e.getMessage();
    }
  }

  @ParameterizedTest
  @CsvFileSource(resources = "/probe/expressions.csv", delimiter = '|', quoteCharacter = '\0')
  void expression_isJudged(String expression, String expected) {
    assertThat(outcome(expression)).isEqualTo(expected);
  }

  /// In a table of its own, whose columns the sign of an alternative does not cut.
  @ParameterizedTest
  @CsvSource(
      delimiterString = " => ",
      value = {
        "ok || body.none => holds",
        "body.none || ok => holds",
        "body.code == 1 || body.none == 1 => expected body.code == 1 || body.none == 1: there is no body.none, with body.code = 0",
        "body.none == 1 || !ok => expected body.none == 1 || !ok: there is no body.none, with ok = true",
        "!ok || body.code == 1 => expected !ok || body.code == 1, with ok = true, body.code = 0",
        "body.msg || !ok => expected body.msg || !ok: body.msg is not a boolean, with body.msg = \"fine\", ok = true",
        "ok && (body.code == 1 || !ok) => expected body.code == 1 || !ok, with body.code = 0, ok = true",
        "!ok || ok && status == 200 => holds",
        "ok || text => refused at 7: expected a boolean as the right side of ||, found a string",
        "ok || => refused at 6: found the end, expected a value",
      })
  void expression_ofAlternatives_isJudged(String expression, String expected) {
    assertThat(outcome(expression)).isEqualTo(expected);
  }

  private static String found(String path) {
    try {
      return switch (ValuePath.parse(path, VARIABLES).find(ExpressionTest::seen)) {
        case Expression.Answer.Value(JsonNode value) -> value.toString();
        case Expression.Answer.None(String reason) -> reason;
      };
    } catch (ExpressionException e) {
      return "refused at " + e.column() + ": " + e.getMessage();
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "body.data.list[0].id | 7",
        "body['data']['odd key'] | null",
        "headers[\"content-type\"] | \"text/html\"",
        "body.data.list[4].id | there is no body.data.list[4].id",
        "body.data + 1 | refused at 11: found \"+\", expected the end of the path",
        "[0] | refused at 1: found \"[\", expected a name",
      })
  void path_leadsToItsValue_orSaysWhyNot(String path, String expected) {
    assertThat(found(path)).isEqualTo(expected);
  }

  @Test
  void path_long_isRefusedAtItsBound() {
    assertThat(found("body" + ".a".repeat(1000)))
        .isEqualTo("refused at 2001: expected at most 2000 characters");
  }

  @Test
  void parse_longExpression_isRefusedAtItsBound() {
    assertThat(outcome("ok && ".repeat(400) + "ok"))
        .isEqualTo("refused at 2001: expected at most 2000 characters");
  }

  @Test
  void parse_deepExpression_isRefused() {
    var refusal =
        catchThrowableOfType(
            ExpressionException.class,
            () -> Expression.parse("(".repeat(900) + "ok" + ")".repeat(900), VARIABLES));

    assertThat(refusal).hasMessage("expected at most 40 levels of brackets");
    assertThat(outcome("!".repeat(900) + "ok")).contains("expected at most 40 levels");
    assertThat(outcome("(".repeat(30) + "ok" + ")".repeat(30))).isEqualTo("holds");
  }

  @Test
  void failure_ofHostileValues_takesNoTime() {
    long began = System.nanoTime();

    assertThat(outcome("body.data.vast > body.data.huge")).startsWith("expected body.data.vast");
    assertThat(outcome("body.data.vast * body.data.vast + 1 > 3")).isEqualTo("holds");
    assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(5));
  }

  @Test
  void variables_areThoseThatItLooksAt() throws ExpressionException {
    assertThat(Expression.parse("status == 200 && (has(body.x) || !ok)", VARIABLES).variables())
        .containsExactly("body", "ok", "status");
  }
}
