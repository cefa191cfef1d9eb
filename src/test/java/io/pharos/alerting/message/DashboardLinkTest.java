package io.pharos.alerting.message;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.model.Labels;
import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DashboardLinkTest {
  private static final Instant NOW = Instant.parse("2026-01-31T12:00:30Z");
  private static final Instant SINCE = NOW.minusSeconds(120);
  private static final String GRAFANA = "https://grafana.example.org/g";
  private static final String TIME = "from=1769858880000&to=now";

  private static Labels alert(String instance) {
    return Labels.of("alertname", "X", "job", "api", "instance", instance);
  }

  private static String link(String annotation, List<Labels> alerts) {
    return EpisodeLinks.dashboard(annotation, GRAFANA, alerts, SINCE, null, NOW);
  }

  @Test
  void of_path_getsGrafanasAddressTheAlertsVariablesAndItsTime() {
    assertThat(link("/d/service", List.of(alert("10.0.0.7:80"))))
        .isEqualTo(GRAFANA + "/d/service?var-job=api&var-instance=10.0.0.7%3A80&" + TIME);
  }

  @Test
  void of_episodeThatIsOver_endsSoonAfterIt() {
    assertThat(
            EpisodeLinks.dashboard(
                "/d/service", GRAFANA, List.of(Labels.empty()), SINCE, NOW.minusSeconds(60), NOW))
        .isEqualTo(GRAFANA + "/d/service?from=1769858880000&to=1769862600000");
  }

  @Test
  void of_severalAlerts_namesAllTheirInstances() {
    assertThat(link("/d/service", List.of(alert("b:1"), alert("a:1"), alert("b:1"))))
        .contains("?var-job=api&var-instance=a%3A1&var-instance=b%3A1&from=");
  }

  @Test
  void of_alertWithoutALabel_leavesItsVariableAlone() {
    assertThat(link("/d/service", List.of(alert("a:1"), Labels.of("job", "api"))))
        .contains("?var-job=api&from=");
  }

  @Test
  void of_moreInstancesThanAnAddressHolds_showsAll() {
    List<Labels> many = IntStream.range(0, 11).mapToObj(i -> alert("h" + i + ":1")).toList();
    assertThat(link("/d/service", many)).contains("?var-job=api&from=");
  }

  @Test
  void of_pathWithParameters_keepsThem() {
    assertThat(link("/d/service?var-job=a&from=now-1h&to=now", List.of(alert("i:1"))))
        .isEqualTo(GRAFANA + "/d/service?var-job=a&from=now-1h&to=now&var-instance=i%3A1");
  }

  @Test
  void of_labelWithSignsOfAnAddress_staysOneValue() {
    assertThat(link("/d/service", List.of(Labels.of("job", "a&to=1 #x"))))
        .contains("?var-job=a%26to%3D1%20%23x&from=");
  }

  @Test
  void of_pathWithoutAGrafana_isNoLink() {
    assertThat(EpisodeLinks.dashboard("/d/service", "", List.of(alert("i:1")), SINCE, null, NOW))
        .isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "https://elsewhere.example.org/d/x", "//elsewhere.example.org/d/x"})
  void of_anythingElse_staysAsItIs(String annotation) {
    assertThat(link(annotation, List.of(alert("i:1")))).isEqualTo(annotation);
  }
}
