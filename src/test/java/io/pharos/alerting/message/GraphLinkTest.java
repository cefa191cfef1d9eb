package io.pharos.alerting.message;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GraphLinkTest {
  private static final Instant NOW = Instant.parse("2026-01-31T12:00:30Z");
  private static final String GRAPH =
      "https://pharos.example.org/graph?g0.expr=up+%3D%3D+0&g0.tab=1";

  @Test
  void of_firingAlert_leavesRoomBeforeAndAfter() {
    assertThat(EpisodeLinks.graph(GRAPH, NOW.minusSeconds(120), null, NOW))
        .isEqualTo(
            GRAPH + "&g0.range_input=1h33m&g0.end_input=2026-01-31T13:01:00Z&g0.since=1769860710");
  }

  @Test
  void of_resolvedAlert_showsTheEpisodeToItsEnd() {
    Instant until = NOW.minusSeconds(3600);
    assertThat(EpisodeLinks.graph(GRAPH, until.minusSeconds(7200), until, NOW))
        .endsWith(
            "&g0.range_input=4h31m&g0.end_input=2026-01-31T11:31:00Z&g0.since=1769850030"
                + "&g0.until=1769857230");
  }

  @Test
  void of_alertOfMonths_isShownByItsEnd() {
    assertThat(EpisodeLinks.graph(GRAPH, NOW.minusSeconds(90 * 86_400), null, NOW))
        .contains("&g0.range_input=15d&");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "https://grafana.example.org/alerting/1/view",
        "https://p.example.org/graph?g0.expr=up&g0.range_input=1h",
        "https://p.example.org/graph?g0.expr=up#g0"
      })
  void of_addressOfAnotherKind_staysAsItIs(String url) {
    assertThat(EpisodeLinks.graph(url, NOW, null, NOW)).isEqualTo(url);
  }
}
