package io.pharos.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.model.LabelMatcher.Type;
import org.junit.jupiter.api.Test;

class LabelMatcherTest {
  @Test
  void equals_differentDotFlags_areNotEqual() {
    LabelMatcher promql = LabelMatcher.of(Type.REGEX, "a", "x.y");
    LabelMatcher alertmanager = LabelMatcher.of(Type.REGEX, "a", "x.y", false);
    assertThat(promql.matches("x\ny")).isTrue();
    assertThat(alertmanager.matches("x\ny")).isFalse();
    assertThat(promql).isNotEqualTo(alertmanager);
    assertThat(promql)
        .isEqualTo(LabelMatcher.of(Type.REGEX, "a", "x.y", true))
        .hasSameHashCodeAs(LabelMatcher.of(Type.REGEX, "a", "x.y", true));
    assertThat(LabelMatcher.of(Type.EQUAL, "a", "b", false))
        .isEqualTo(LabelMatcher.equal("a", "b"));
  }
}
