package io.pharos.dashboards;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ReducerTest {
  @ParameterizedTest
  @CsvSource({
    "lastNotNull,Last,3,NaN",
    "last,Last,3,NaN",
    "firstNotNull,First,4,NaN",
    "first,First,4,NaN",
    "max,Max,9,NaN",
    "min,Min,2,NaN",
    "mean,Mean,4.5,NaN",
    "avg,Mean,4.5,NaN",
    "sum,Total,18,NaN",
    "total,Total,18,NaN",
    "count,Count,4,0",
    "range,Range,7,NaN",
    "diff,Difference,-1,NaN",
  })
  void values_becomeOne_inWhichGapsDoNotCount(
      String name, String label, Double reduced, Double ofNothing) {
    Reducer reducer = Reducer.named(name);
    assertThat(reducer.label()).isEqualTo(label);
    assertThat(reducer.of(new double[] {Double.NaN, 4, 9, Double.NaN, 2, 3, Double.NaN}))
        .isEqualTo(reduced);
    assertThat(reducer.of(new double[] {Double.NaN})).isEqualTo(ofNothing);
  }

  @Test
  void unknownCalculation_isNamed() {
    assertThatThrownBy(() -> Reducer.named("p99"))
        .isInstanceOf(UndrawnException.class)
        .hasMessage("The calculation p99 is not supported.");
  }
}
