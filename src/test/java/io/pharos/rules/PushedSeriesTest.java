package io.pharos.rules;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.model.Labels;
import io.pharos.model.StaleMarker;
import io.pharos.promql.parser.ParserOptions;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Estimates of when a pushed series gets its next sample.
class PushedSeriesTest {
  private static final Labels X = Labels.of("__name__", "x", "instance", "i");
  private static final Labels KEY = Labels.of("instance", "i");

  private final PushedSeries pushed = new PushedSeries();

  private Collection<PushedSeries.Arrived> push(Labels series, long millis, double value) {
    return pushed.stored(List.of(new PushedSeries.Sample(series, millis, value)), millis);
  }

  private boolean isComplete(String expression, long slot) {
    return pushed.isComplete(KEY, part(expression), slot);
  }

  private static InstanceIndependence part(String expression) {
    RuleExpression parsed =
        RuleExpression.Language.promql(ParserOptions.defaults()).parse(expression);
    return InstanceIndependence.of(parsed, Set.of()).orElseThrow();
  }

  /// The time after the last sample until which none is expected; 0 if unknown.
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          0                                      | 0
          0 10000 20000                          | 0
          0 10000 20000 30000                    | 9000
          0 10000 20500 30200                    | 8730
          0 10000 20000 40000 50000              | 9000
          0 10000 20000 40000 60000              | 0
          0 10000 12000 30000                    | 0
          0 3000 4000 9000 20000 21000           | 0
          0 1000 11000 21000 31000 41000         | 9000
          0 10000 20000 30000 31000              | 0
          0 10000 20000 30000 340000             | 0
          0 10000 20000 30000 340000 350000      | 0
          0 301000 602000 903000                 | 0
          0 10000 20000 30000 20000 10000        | 9000
          """)
  void series_keepsToItsPace(String times, long quiet) {
    long last = 0;
    for (String time : times.split(" ")) {
      var _ = push(X, Long.parseLong(time), 1);
      last = Math.max(last, Long.parseLong(time));
    }
    assertThat(isComplete("x > 0", last + Math.max(1, quiet - 1))).isEqualTo(quiet > 0);
    assertThat(isComplete("x > 0", last + Math.max(1, quiet))).isFalse();
  }

  @Test
  void whatTheExpressionDoesNotRead_isNotWaitedFor() {
    var _ = push(X, 0, 1);
    var _ = push(Labels.of("__name__", "y", "instance", "i", "part", "a"), 0, 1);
    assertThat(isComplete("y{part=\"b\"} > 0", 1)).isTrue();
    assertThat(isComplete("y > 0", 1)).isFalse();
    assertThat(isComplete("z > 0 and on (instance) x", 1)).isFalse();
    assertThat(pushed.isComplete(Labels.of("instance", "j"), part("x > 0"), 1)).isTrue();
  }

  @Test
  void otherProbeOfTheInstance_isWaitedForWhereTheRuleDoesNotKeepThemApart() {
    var _ = push(X.with("probe", "b"), 0, 1);
    Labels key = Labels.of("instance", "i", "probe", "a");
    assertThat(pushed.isComplete(key, part("x > 0"), 1)).isTrue();
    assertThat(part("sum by (instance) (x) > 0").key(key)).isEqualTo(KEY);
    assertThat(isComplete("sum by (instance) (x) > 0", 1)).isFalse();
  }

  @Test
  void seriesThatEnded_isNotWaitedFor() {
    var _ = push(X, 0, 1);
    assertThat(isComplete("x > 0", 1)).isFalse();
    assertThat(push(X, 1000, StaleMarker.VALUE)).isEmpty();
    assertThat(isComplete("x > 0", 1001)).isTrue();
  }

  @Test
  void seriesThatDidNotComeForLong_isNotWaitedFor_andForgotten() {
    var _ = push(X, 0, 1);
    assertThat(isComplete("x > 0", 300_000)).isFalse();
    assertThat(isComplete("x > 0", 300_001)).isTrue();
    var _ = push(Labels.of("__name__", "y", "instance", "j"), 400_000, 1);
    assertThat(pushed.instances()).isOne();
  }

  @Test
  void moreSeriesThanAreFollowed_makeTheirNameUnknown_untilThereIsRoomAgain() {
    var samples = new ArrayList<PushedSeries.Sample>();
    for (int i = 0; i < 10_000; i++) {
      samples.add(
          new PushedSeries.Sample(Labels.of("__name__", "x", "instance", "h" + i), 1000, 1));
    }
    var _ = pushed.stored(samples, 1000);
    Labels more = Labels.of("__name__", "y", "instance", "i");
    assertThat(push(more, 1000, 1)).isEmpty();
    assertThat(isComplete("y > 0", 1001)).isFalse();
    assertThat(isComplete("x > 0", 1001)).isTrue();
    assertThat(pushed.instances()).isEqualTo(10_000);

    assertThat(push(more, 400_000, 1)).hasSize(1);
    assertThat(pushed.instances()).isOne();
  }

  @Test
  void whatCame_isToldForEachInstance() {
    Labels up = Labels.of("__name__", "up", "instance", "j");
    Collection<PushedSeries.Arrived> arrived =
        pushed.stored(
            Stream.of(X, Labels.of("__name__", "y", "instance", "i"), up)
                .map(series -> new PushedSeries.Sample(series, 1000, 0))
                .toList(),
            1000);
    assertThat(arrived)
        .containsExactlyInAnyOrder(
            new PushedSeries.Arrived("i", 1000, Set.of("x", "y"), false),
            new PushedSeries.Arrived("j", 1000, Set.of("up"), true));
    assertThat(pushed.isNotable("j")).isTrue();
    assertThat(pushed.isNotable("i")).isFalse();
    // The recovery also deserves an early evaluation.
    assertThat(push(up, 2000, 1)).extracting(PushedSeries.Arrived::notable).containsExactly(true);
    assertThat(push(up, 3000, 1)).extracting(PushedSeries.Arrived::notable).containsExactly(false);
    assertThat(push(up, 2500, 0)).isEmpty();
  }
}
