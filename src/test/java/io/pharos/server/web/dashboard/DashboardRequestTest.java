package io.pharos.server.web.dashboard;

import static io.pharos.model.SharedMapper.JSON;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jboss.resteasy.reactive.common.util.MultivaluedTreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DashboardRequestTest {
  private static final Instant NOW = Instant.parse("2026-01-02T00:00:00Z");

  private static DashboardRequest request(String dashboard, String... parameters) throws Exception {
    var map = new MultivaluedTreeMap<String, String>();
    for (int i = 0; i < parameters.length; i += 2) {
      map.add(parameters[i], parameters[i + 1]);
    }
    return DashboardRequest.of(JSON.readTree(dashboard), map, NOW);
  }

  @ParameterizedTest
  @CsvSource({
    "now-6h, now, 2026-01-01T18:00:00Z, 2026-01-02T00:00:00Z",
    "now-2d, now-1d, 2025-12-31T00:00:00Z, 2026-01-01T00:00:00Z",
    "1767225600000, 1767229200000, 2026-01-01T00:00:00Z, 2026-01-01T01:00:00Z",
    "2026-01-01T00:00:00Z, now, 2026-01-01T00:00:00Z, 2026-01-02T00:00:00Z",
  })
  void range_inGrafanasNotation_isRead(String from, String to, Instant since, Instant until)
      throws Exception {
    DashboardRequest request = request("{}", "from", from, "to", to);
    assertThat(request.since()).isEqualTo(since);
    assertThat(request.until()).isEqualTo(until);
    assertThat(request.problems()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "yesterday | now | from=\"yesterday\" is no time, expected now, now-6h",
        "now-1h | later | to=\"later\" is no time",
        "now-99999999999999999999d | now | is no time",
        "now | now-1h | A range has at least a minute",
        "now-30s | now | A range has at least a minute",
        "now-20y | now | at most ten years",
        "999999999999999 | now | A range has",
      })
  void range_thatIsNone_isAnHour_andSaysWhy(String from, String to, String problem)
      throws Exception {
    DashboardRequest request = request("{}", "from", from, "to", to);
    assertThat(Duration.between(request.since(), request.until())).hasHours(1);
    assertThat(request.from()).isEqualTo("now-1h");
    assertThat(request.problems()).singleElement().asString().contains(problem);
  }

  @Test
  void range_thatIsNotGiven_isTheDashboards() throws Exception {
    DashboardRequest request = request("{\"time\":{\"from\":\"now-24h\",\"to\":\"now\"}}");
    assertThat(request.from()).isEqualTo("now-24h");
    assertThat(request.since()).isEqualTo(NOW.minus(Duration.ofDays(1)));
  }

  @ParameterizedTest
  @CsvSource({"10s,10s,0", "off,off,0", "1s,5s,0", "'',30s,0", "often,30s,1"})
  void refresh_isBounded(String text, String read, int problems) throws Exception {
    DashboardRequest request = request("{}", "refresh", text);
    assertThat(request.refreshText()).isEqualTo(read);
    assertThat(request.problems()).hasSize(problems);
  }

  @Test
  void variables_areInTheAddressOfEachLink() throws Exception {
    DashboardRequest request =
        request("{}", "var-job", "a b", "var-job", "c&d", "var-host", "$__all", "other", "x");
    assertThat(request.variables())
        .isEqualTo(Map.of("job", List.of("a b", "c&d"), "host", List.of("$__all")));
    assertThat(request.query("now-7d", "now"))
        .isEqualTo("from=now-7d&to=now&refresh=30s&var-host=%24__all&var-job=a+b&var-job=c%26d");
  }

  @Test
  void rounded_readersOfTheSameSeconds_askTheSame() throws Exception {
    DashboardRequest request =
        request("{}", "from", "1767225603000", "to", "1767229204999")
            .rounded(Duration.ofSeconds(5));
    assertThat(request.since().toEpochMilli()).isEqualTo(1_767_225_600_000L);
    assertThat(request.until().toEpochMilli()).isEqualTo(1_767_229_200_000L);
  }
}
