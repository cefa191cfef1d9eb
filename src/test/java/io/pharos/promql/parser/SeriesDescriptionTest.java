package io.pharos.promql.parser;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pharos.model.Labels;
import io.pharos.promql.parser.SeriesDescription.Gap;
import io.pharos.promql.parser.SeriesDescription.Sample;
import io.pharos.promql.parser.SeriesDescription.Stale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SeriesDescriptionTest {
  @Test
  void series_withEveryKindOfItem_isRead() {
    var series =
        SeriesDescription.parse("up{job=\"a\", x='y'}", " 1 2x1 _ _x2 1+2x2 1-0.5x1 stale ");
    assertThat(series.labels()).isEqualTo(Labels.of("__name__", "up", "job", "a", "x", "y"));
    assertThat(series.items())
        .containsExactly(
            new Sample(1),
            new Sample(2),
            new Sample(2),
            new Gap(),
            new Gap(),
            new Gap(),
            new Sample(1),
            new Sample(3),
            new Sample(5),
            new Sample(1),
            new Sample(0.5),
            new Stale());
  }

  @Test
  void numbers_inEverySpelling_areRead() {
    assertThat(SeriesDescription.items("+1 -2 .5 1e3 1_000 Inf +inf -Inf NaN 1e-2x0"))
        .containsExactly(
            new Sample(1),
            new Sample(-2),
            new Sample(0.5),
            new Sample(1000),
            new Sample(1000),
            new Sample(Double.POSITIVE_INFINITY),
            new Sample(Double.POSITIVE_INFINITY),
            new Sample(Double.NEGATIVE_INFINITY),
            new Sample(Double.NaN),
            new Sample(0.01));
  }

  @Test
  void steps_ofInfinity_stayWhatTheyAre() {
    assertThat(SeriesDescription.items("-3-2x1")).containsExactly(new Sample(-3), new Sample(-5));
  }

  @Test
  void line_withUtf8Names_isSplitBehindTheSelector() {
    var series = SeriesDescription.parseLine("{\"http.requests\", \"a}b\"=\"x y\"} 1 2");
    assertThat(series.labels()).isEqualTo(Labels.of("__name__", "http.requests", "a}b", "x y"));
    assertThat(series.items()).hasSize(2);
    assertThat(SeriesDescription.parseLine("up 1").labels()).isEqualTo(Labels.of("__name__", "up"));
    assertThat(SeriesDescription.parseLine("{} 1").labels()).isEqualTo(Labels.empty());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          1 {{count:1        | 1:12: parse error: unexpected end of input, expected schema, sum, count
          {{count:x}}        | 1:9: parse error: unexpected number "x"
          {{count:1 count:2}} | 1:11: parse error: duplicate key "count" in histogram
          {{total:1}}        | 1:3: parse error: unexpected key "total" in histogram, expected schema, sum
          {{count 1}}        | 1:9: parse error: expected ":" after "count"
          {{schema:1.5}}     | 1:10: parse error: expected a whole number, found "1.5"
          {{schema:9}}       | 1:1: parse error: schema 9, expected -4 to 8, or -53 for custom buckets
          {{buckets:1}}      | 1:11: parse error: expected numbers in brackets, such as [1 2 3]
          {{buckets:[1 2}}   | 1:15: parse error: expected a number
          {{custom_values:[1]}} | 1:1: parse error: 1 custom values for schema 0, expected none
          {{counter_reset_hint:maybe}} | 1:22: parse error: expected unknown, reset, not_reset or gauge
          {{}}+1x2           | 1:6: parse error: expected {{…}} after the sign
          {{}}+{{}}          | 1:10: parse error: expected xN after {{…}}+{{…}}
          {{schema:1}}+{{}}x2 | 1:14: parse error: the schema of the step, 0, is lower than the schema of the first
          {{schema:-53}}+{{}}x2 | 1:16: parse error: expected the same kind of buckets (custom or exponential)
          {{}}y              | 1:5: parse error: unexpected "y" after a histogram
          {{}}x99999999999   | 1:1: parse error: x99999999999 repeats too often
          1 foo              | 1:3: parse error: unexpected "foo" in series values, expected a number
          1 2+3              | 1:3: parse error: unexpected "2+3" in series values
          1 x3               | 1:3: parse error: unexpected "x3" in series values
          0x10               | 1:1: parse error: x10 repeats
          1x99999999999      | 1:1: parse error: x99999999999 repeats too often
          1__0               | 1:1: parse error: unexpected number "1__0"
          """)
  void badItem_isRefusedWithItsPlace(String items, String message) {
    if (items.startsWith("0x")) {
      assertThat(SeriesDescription.items(items)).hasSize(11);
      return;
    }
    assertThatThrownBy(() -> SeriesDescription.items(items))
        .isInstanceOf(ParseException.class)
        .hasMessageStartingWith(message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          up{a!="b"}         | 1:1: parse error: unexpected a!="b" in series description, expected label="value"
          up{a="b",a="c"}    | 1:1: parse error: label "a" is given twice
          up{a="b"           | 1:9: parse error: unexpected end of input inside braces
          up + 1             | 1:4: parse error: unexpected <op:+> in series description, expected end of input
          """)
  void badSelector_isRefusedWithItsPlace(String selector, String message) {
    assertThatThrownBy(() -> SeriesDescription.labels(selector))
        .isInstanceOf(ParseException.class)
        .hasMessage(message);
  }

  @Test
  void badLine_namesThePlaceInTheLine() {
    assertThatThrownBy(() -> SeriesDescription.parseLine("up{a=\"b\"} 1 two"))
        .hasMessageStartingWith("1:13: parse error: unexpected \"two\"");
    assertThatThrownBy(() -> SeriesDescription.parseLine("up{a=b} 1"))
        .hasMessageStartingWith("1:6: parse error: unexpected identifier \"b\"");
  }
}
