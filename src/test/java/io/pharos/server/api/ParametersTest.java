package io.pharos.server.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import jakarta.ws.rs.core.MultivaluedHashMap;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ParametersTest {
  private static Parameters of(String name, String value) {
    var map = new MultivaluedHashMap<String, String>();
    map.add(name, value);
    return new Parameters(map);
  }

  @ParameterizedTest
  @CsvSource({
    "1.5, 1500",
    "15, 15000",
    "1e1, 10000",
    ".5, 500",
    "5m, 300000",
    "1h30m, 5400000",
    "5d, 432000000" // Java reads it as the number 5
  })
  void duration_numberOrNotation_isRead(String text, long millis) {
    assertThat(of("step", text).requireDuration("step")).isEqualTo(Duration.ofMillis(millis));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "x", "5f", "0x1p3", "NaN", "Inf", "1e300", "-", "5 m"})
  void duration_anythingElse_isRefused(String text) {
    assertThatThrownBy(() -> of("step", text).requireDuration("step"))
        .hasMessage(
            "invalid parameter \"step\": cannot parse \"" + text + "\" to a valid duration");
  }

  @ParameterizedTest
  @CsvSource({
    "1435781451.781, 1435781451781",
    "-1.5, -1500",
    "2015-07-01T20:10:51.781Z, 1435781451781",
    "2015-07-01T22:10:51.781+02:00, 1435781451781",
    "-292273086-05-16T16:47:06Z, -10000000000000000",
    "292277025-08-18T07:12:54.999999999Z, 10000000000000000"
  })
  void time_secondsOrRfc3339_isRead(String text, long millis) {
    assertThat(of("time", text).requireTime("time")).isEqualTo(millis);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "noon", "1d", "2015-07-01", "1e20", "NaN"})
  void time_anythingElse_isRefused(String text) {
    assertThatThrownBy(() -> of("time", text).requireTime("time"))
        .hasMessage(
            "invalid parameter \"time\": cannot parse \"" + text + "\" to a valid timestamp");
  }

  @Test
  void values_ofFormAndQuery_areBothThere() {
    var query = new MultivaluedHashMap<String, String>();
    query.add("match[]", "a");
    var form = new MultivaluedHashMap<String, String>();
    form.add("match[]", "b");
    assertThat(new Parameters(query, form).all("match[]")).containsExactly("b", "a");
  }

  @Test
  void switchesAndNumbers_areReadAsGoReadsThem() {
    assertThat(of("exclude_alerts", "T").isOn("exclude_alerts")).isTrue();
    assertThat(of("exclude_alerts", "0").isOn("exclude_alerts")).isFalse();
    assertThat(of("other", "1").isOn("exclude_alerts")).isFalse();
    assertThatThrownBy(() -> of("exclude_alerts", "yes").isOn("exclude_alerts"))
        .hasMessageContaining("expected true or false, found \"yes\"");
    assertThatThrownBy(() -> of("limit", "x").integer("limit"))
        .hasMessage("limit must be a number");
  }
}
