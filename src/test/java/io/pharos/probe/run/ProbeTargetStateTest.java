package io.pharos.probe.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pharos.probe.FailureThreshold;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProbeTargetStateTest {
  /// Whether it is up (`u`) or down (`d`) after each result, or not decided (`.`).
  private static String played(String downAfter, int upAfter, String results) {
    var standing = new ProbeTargetState(FailureThreshold.parse(downAfter), upAfter);
    var states = new StringBuilder();
    for (int i = 0; i < results.length(); i++) {
      standing.record(results.charAt(i) == '+');
      states.append(
          switch (standing.state()) {
            case UNDECIDED -> '.';
            case UP -> 'u';
            case DOWN -> 'd';
          });
    }
    return states.toString();
  }

  @ParameterizedTest
  @CsvSource({
    "1, 1, +-+-, udud",
    "3, 1, --+---+, ..uuudu",
    "3, 2, ---+-++-, ..ddddu" + "u",
    "2 of 3, 1, -+-+--, .uuudd",
    "3 of 5, 3, -+-+-+++, ....dddu",
    "2, 20, --+++++++++++++++++++-, .d" + "dddddddddddddddddddd",
  })
  void saw_results_standAsTheThresholdsSay(
      String downAfter, int upAfter, String results, String expected) {
    assertThat(played(downAfter, upAfter, results)).isEqualTo(expected);
  }

  @Test
  void saw_changes_flapUntilThereAreFew() {
    var standing = new ProbeTargetState(FailureThreshold.ONE, 1);
    var states = new StringBuilder();
    String results = "+-+-+-+" + "+".repeat(20);
    for (int i = 0; i < results.length(); i++) {
      standing.record(results.charAt(i) == '+');
      states.append(standing.isFlapping() ? 'f' : '.');
    }

    assertThat(states.toString()).matches("\\.{6}f+\\.+");
    assertThat(states.charAt(20)).isEqualTo('f');
  }

  @ParameterizedTest
  @CsvSource({"0", "3 of 2", "1 of 21", "x", "3 of", "-1"})
  void parse_noThreshold_isRefused(String text) {
    assertThatThrownBy(() -> FailureThreshold.parse(text))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
