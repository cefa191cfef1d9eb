package io.pharos.server.web.query;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.model.LabelMatcher;
import io.pharos.model.Labels;
import io.pharos.server.web.query.Completions.Option;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CompletionsTest {
  private static final SeriesIndex INDEX =
      new SeriesIndex() {
        @Override
        public List<String> labelNames(List<LabelMatcher> matchers) {
          return List.of("__name__", "instance", "job");
        }

        @Override
        public List<String> labelValues(String label, List<LabelMatcher> matchers) {
          return switch (label) {
            case "__name__" ->
                IntStream.range(0, 100)
                    .mapToObj(i -> "rate_limit_" + i)
                    .filter(name -> LabelMatcher.matchesAll(matchers, labels(name)))
                    .toList();
            case "job" -> List.of("api", "a \"quoted\" \\ one");
            default -> List.of();
          };
        }

        @Override
        public Map<String, Metadata> metadata() {
          return Map.of(
              "rate_limit_7", new Metadata("gauge", "The limit.", ""),
              "requests_total", new Metadata("counter", "", ""),
              "seconds", new Metadata("histogram", "", ""),
              "temperature", new Metadata("gauge", "", ""));
        }
      };

  private static Labels labels(String name) {
    return Labels.of("__name__", name);
  }

  private static List<Option> options(String text) {
    return new Completions(INDEX).at(text.replace("|", ""), text.indexOf('|')).options();
  }

  @Test
  void name_hasFunctionsWithArguments_andMetricsWithTypeAndHelp() {
    List<Option> options = options("sum(rat|");
    assertThat(options.getFirst()).isEqualTo(new Option("rate(", "function", "(vector[range])"));
    assertThat(options)
        .contains(new Option("rate_limit_7", "metric", "gauge: The limit."))
        .hasSizeLessThanOrEqualTo(40);
    assertThat(options("bot|"))
        .containsExactly(new Option("bottomk", "aggregation", "by (labels) (vector)"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '`',
      value = {
        "histogram_q|      ; histogram_quantile(",
        "roun|             ; round(",
        "unl|              ; unless",
        "up{ins|           ; instance",
        "sum by (j|        ; job",
        "up{job=\"ap|      ; api",
        "up{job=\"quo|     ; a \\\"quoted\\\" \\\\ one",
        "rate(up[5|        ; 5m",
      })
  void first_option_isTheNearest(String text, String first) {
    assertThat(options(text).getFirst().text()).isEqualTo(first);
  }

  @Test
  void label_neverIsTheName_andACommentHasNoOptions() {
    assertThat(options("up{|")).extracting(Option::text).containsExactly("job", "instance");
    assertThat(options("# ra|")).isEmpty();
    assertThat(options("|")).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "requests_total              ; rate(requests_total[5m])",
        "requests_total{a='b'}       ; rate(requests_total{a=\"b\"}[5m])",
        "other_total                 ; rate(other_total[5m])",
        "seconds_bucket              ; histogram_quantile(0.95, sum by (le) (rate(seconds_bucket[5m])))",
        "seconds                     ; histogram_quantile(0.95, sum(rate(seconds[5m])))",
        "rate(temperature[5m])       ; delta(temperature[5m])",
      })
  void hints_sayTheBetterExpression(String expression, String better) {
    assertThat(new QueryHints(INDEX).of(expression))
        .singleElement()
        .extracting(QueryHints.Hint::expression)
        .isEqualTo(better);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "rate(requests_total[5m])",
        "temperature",
        "seconds_count",
        "sum(",
        "requests_total > 5",
        "delta(temperature[5m])",
      })
  void hints_ofAGoodExpression_areNone(String expression) {
    assertThat(new QueryHints(INDEX).of(expression)).isEmpty();
  }
}
