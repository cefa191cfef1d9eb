package io.pharos.lint.rule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pharos.config.yaml.ConfigException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Reads the file with the values of labels.
class LabelValuesTest {
  private static final LabelValues KNOWN =
      LabelValues.parse(
          "f",
          """
          http_requests_total:
            status: ['404', '200', '200']
            method: [GET]
          shop_*:
            region: [eu]
          """);

  @Test
  void file_tellsOfMetrics_eachValueOnce() {
    LabelValues.Entry status = KNOWN.of("http_requests_total", "status").orElseThrow();

    assertThat(status.values()).containsExactly("200", "404");
    assertThat(status.from()).isEqualTo("f:2");
    assertThat(KNOWN.of("shop_orders_total", "region").orElseThrow().values())
        .containsExactly("eu");
    assertThat(KNOWN.of("http_requests_total", "path")).isEmpty();
    assertThat(KNOWN.of("other_total", "status")).isEmpty();
  }

  @Test
  void more_areAskedFirst() {
    var more = new LabelValues.Entry("http_*", "status", List.of("500"), "elsewhere");

    assertThat(KNOWN.with(List.of(more)).of("http_requests_total", "status")).contains(more);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          a: {b: [200]}   | f:1 | expected a string in quotes, found 200
          a: {b: []}      | f:1 | expected the values of b, found none
          a: {b: x}       | f:1 | expected a list
          a: [b]          | f:1 | expected a mapping
          a: {b: [[x]]}   | f:1 | expected a string
          """)
  void file_thatSaysNoValues_isRefusedWithThePlace(String text, String place, String says) {
    assertThatThrownBy(() -> LabelValues.parse("f", text))
        .isInstanceOf(ConfigException.class)
        .hasMessageStartingWith(place)
        .hasMessageContaining(says);
  }
}
