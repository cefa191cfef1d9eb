package io.pharos.server.web.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pharos.model.Labels;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AlertLabelsTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "severity=critical alertname=X",
        "{alertname=\"X\", severity=\"critical\"}",
        "alertname = X\nseverity = \"critical\"\n",
        "  alertname=\"X\",severity=critical,  "
      })
  void labels_inAnyNotation_areTheSame(String text) {
    assertThat(AlertLabels.parse(text))
        .isEqualTo(Labels.of("alertname", "X", "severity", "critical"));
  }

  @Test
  void values_mayHoldSpacesBracesAndEscapes() {
    assertThat(AlertLabels.parse("a=\"b, c} d=e\" \"näme\"=\"\\\"q\\\"\" url=http://x/"))
        .isEqualTo(Labels.of("a", "b, c} d=e", "näme", "\"q\"", "url", "http://x/"));
    assertThat(AlertLabels.parse(" \n")).isEqualTo(Labels.empty());
  }

  @Test
  void text_thatIsNoLabels_isRefusedWithItsPart() {
    refused("severity=~\"a|b\"", "found severity=~\"a|b\": an alert has one value of each label");
    refused("a=1 a=2", "found a second one of a");
    refused("a=1 critical", "expected labels such as severity=critical alertname=\"X\"");
    refused("a=1 critical", "found \"critical\"");
    refused("a=1 \"b", "found \"\\\"b\"");
  }

  private static void refused(String text, String message) {
    assertThatThrownBy(() -> AlertLabels.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message);
  }
}
