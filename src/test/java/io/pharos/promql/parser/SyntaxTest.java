package io.pharos.promql.parser;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SyntaxTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "sum by (job) (rate(http_requests_total{code=~\"5..\"}[5m])) > 0.05 # too many",
        "up{job=\"<script>\u202e\"} == 0",
        "sum(",
        "up{job=\"",
        "",
        "  \n a  \n  and\ton(b) c @ start() offset -5m ",
        "no PromQL at all ☃"
      })
  void parts_anyText_areTheText(String text) {
    assertThat(Syntax.parts(text).stream().map(Syntax::text).collect(joining())).isEqualTo(text);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          sum by (job) (rate(x{code="5"}[5m])) > 0.05 | s-function sum, s-keyword by, s-label job, s-function rate, s-metric x, s-label code, s-string "5", s-number 5m, s-number 0.05
          a and on (b) sum                            | s-metric a, s-keyword and, s-keyword on, s-label b, s-metric sum
          rate + rate(x[1m])                          | s-metric rate, s-function rate, s-metric x, s-number 1m
          """)
  void parts_names_areWhatTheyMeanInTheirPlace(String text, String expected) {
    assertThat(
            Syntax.parts(text).stream()
                .filter(part -> part.kind() != Syntax.Kind.PLAIN)
                .map(part -> part.style() + " " + part.text())
                .collect(joining(", ")))
        .isEqualTo(expected);
  }

  @Test
  void style_plainPart_isNone() {
    assertThat(new Syntax(Syntax.Kind.PLAIN, " > ").style()).isEmpty();
  }
}
