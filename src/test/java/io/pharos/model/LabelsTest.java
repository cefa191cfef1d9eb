package io.pharos.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class LabelsTest {
  @Test
  void of_anyOrder_isSortedByName() {
    Labels labels = Labels.of("job", "a", "__name__", "up", "env", "dev");
    assertThat(labels.names()).containsExactly("__name__", "env", "job");
    assertThat(labels).isEqualTo(Labels.of(Map.of("env", "dev", "job", "a", "__name__", "up")));
    assertThat(labels.hashCode()).isEqualTo(labels.toBuilder().build().hashCode());
  }

  @Test
  void of_emptyValue_isTheSameAsNoLabel() {
    assertThat(Labels.of("a", "", "b", "c")).isEqualTo(Labels.of("b", "c"));
    assertThat(Labels.of("a", "")).isSameAs(Labels.empty());
  }

  @Test
  void of_badInput_isRefusedWithTheName() {
    assertThatThrownBy(() -> Labels.of("a")).hasMessageContaining("a value for each name");
    assertThatThrownBy(() -> Labels.of("a", "1", "a", "2"))
        .hasMessage("the label name 'a' is given twice");
    assertThatThrownBy(() -> Labels.of("", "1")).hasMessageContaining("empty");
  }

  @Test
  void get_missing_isEmpty() {
    assertThat(Labels.empty().get("x")).isEmpty();
    assertThat(Labels.of("x", "1").has("x")).isTrue();
  }

  @Test
  void with_setsReplacesAndRemoves() {
    Labels labels = Labels.of("a", "1");
    assertThat(labels.with("b", "2")).isEqualTo(Labels.of("a", "1", "b", "2"));
    assertThat(labels.with("a", "3").get("a")).isEqualTo("3");
    assertThat(labels.with("a", "")).isEqualTo(Labels.empty());
  }

  @Test
  void keep_only_without_selectByName() {
    Labels labels = Labels.of("__name__", "up", "a", "1", "b", "2");
    assertThat(labels.only(List.of("b", "z"))).isEqualTo(Labels.of("b", "2"));
    assertThat(labels.without(List.of("b"))).isEqualTo(Labels.of("__name__", "up", "a", "1"));
    assertThat(labels.withoutMetricName()).isEqualTo(Labels.of("a", "1", "b", "2"));
    assertThat(labels.keep(_ -> true)).isSameAs(labels);
    assertThat(labels.keep(_ -> false)).isSameAs(Labels.empty());
  }

  @Test
  void compareTo_comparesPairsThenLength() {
    assertThat(Labels.of("a", "1")).isLessThan(Labels.of("a", "2"));
    assertThat(Labels.of("a", "1")).isLessThan(Labels.of("a", "1", "b", "1"));
    assertThat(Labels.of("a", "9")).isLessThan(Labels.of("b", "1"));
  }

  @Test
  void toString_quotesValuesAndUnusualNames() {
    assertThat(Labels.of("a", "x\"y\n", "b.c", "d"))
        .hasToString("{a=\"x\\\"y\\n\", \"b.c\"=\"d\"}");
  }

  @Test
  void builder_lastSetWinsAndNamesAreACopy() {
    var builder = Labels.builder().set("a", "1").set("a", "2").setAll(Labels.of("b", "3"));
    assertThat(builder.get("a")).isEqualTo("2");
    var names = builder.names();
    builder.remove("b");
    assertThat(names).containsExactly("a", "b");
    assertThat(builder.build().toMap()).containsExactly(Map.entry("a", "2"));
  }

  @Test
  @Timeout(5)
  void manyLabels_areSortedInTime() {
    var pairs = new String[400_000];
    for (int i = 0; i < pairs.length; i += 2) {
      pairs[i] = "l%06d".formatted(pairs.length - i);
      pairs[i + 1] = "v" + i;
    }
    Labels labels = Labels.of(pairs);
    assertThat(labels.size()).isEqualTo(200_000);
    assertThat(labels.name(0)).isEqualTo("l000002");
    assertThat(labels.get("l000002")).isEqualTo("v399998");
    assertThat(labels.name(199_999)).isEqualTo("l400000");
  }
}
