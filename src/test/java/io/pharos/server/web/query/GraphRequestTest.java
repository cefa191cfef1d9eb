package io.pharos.server.web.query;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.server.web.query.GraphRequest.Display;
import io.pharos.server.web.query.GraphRequest.Panel;
import jakarta.ws.rs.core.MultivaluedHashMap;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GraphRequestTest {
  private static GraphRequest of(String query) {
    var parameters = new MultivaluedHashMap<String, String>();
    for (String pair : query.split("&")) {
      String[] both = pair.split("=", 2);
      parameters.add(both[0], URLDecoder.decode(both[1], StandardCharsets.UTF_8));
    }
    return GraphRequest.of(parameters);
  }

  @Test
  void of_prometheusAddress_isReadWhole() {
    Panel panel =
        of("g0.expr=up+%3D%3D+0&g0.tab=0&g0.stacked=1&g0.show_exemplars=0&g0.range_input=2h"
                + "&g0.end_input=2026-01-31+12%3A00%3A00&g0.moment_input=2026-01-31+11%3A00%3A00"
                + "&g0.step_input=30&g0.since=1769860800")
            .panels()
            .getFirst();
    assertThat(panel)
        .isEqualTo(
            new Panel(
                0,
                "up == 0",
                Duration.ofHours(2),
                Instant.parse("2026-01-31T12:00:00Z"),
                Instant.parse("2026-01-31T11:00:00Z"),
                Duration.ofSeconds(30),
                Display.STACKED,
                false,
                Instant.parse("2026-01-31T12:00:00Z"),
                null,
                java.util.List.of()));
  }

  @Test
  void of_prometheus3Address_isReadToo() {
    Panel panel =
        of("g0.expr=up&g0.show_tree=0&g0.tab=graph&g0.range_input=6h&g0.res_type=fixed"
                + "&g0.res_step=1m&g0.display_mode=stacked&g0.show_exemplars=0")
            .panels()
            .getFirst();
    assertThat(panel.range()).isEqualTo(Duration.ofHours(6));
    assertThat(panel.step()).isEqualTo(Duration.ofMinutes(1));
    assertThat(panel.stacked()).isTrue();
    assertThat(panel.isExplained()).isFalse();
    assertThat(panel.problems()).isEmpty();
    assertThat(of("g0.expr=up&g0.show_tree=1&g0.display_mode=heatmap").panels().getFirst())
        .extracting(Panel::display, Panel::isExplained)
        .containsExactly(Display.HEATMAP, true);
  }

  @Test
  void query_ofARequest_hasAllThatIsNotUsual() {
    GraphRequest request = of("g0.expr=up&g0.show_tree=1&g0.display_mode=heatmap&g1.expr=a%2Bb");
    assertThat(request.query())
        .isEqualTo(
            "g0.expr=up&g0.range_input=1h&g0.display_mode=heatmap&g0.show_tree=1"
                + "&g1.expr=a%2Bb&g1.range_input=1h");
    assertThat(request.address(request.panels().getLast(), "c"))
        .endsWith("&g1.expr=c&g1.range_input=1h");
  }

  @ParameterizedTest
  @CsvSource({
    "g0.range_input=soon, g0.range_input: 'soon' is not a duration such as 1h",
    "g0.range_input=0s, g0.range_input: '0s' is not a duration such as 1h",
    "g0.end_input=noon, g0.end_input: 'noon' is not a time such as 2026-01-31 12:00",
    "g0.end_input=99999999999, g0.end_input: '99999999999' is not a time such as 2026-01-31 12:00",
    "g0.range_input=100y, the range was shortened to ten years",
  })
  void of_whatCantBeRead_isToldAndTheRestShown(String parameter, String problem) {
    Panel panel = of("g0.expr=up&" + parameter).panels().getFirst();
    assertThat(panel.expression()).isEqualTo("up");
    assertThat(panel.problems()).containsExactly(problem);
  }

  @Test
  void of_manyPanels_keepsAsManyAsAPageShows() {
    var query = new StringBuilder("g0.expr=a");
    for (int i = 1; i < 9; i++) {
      query.append("&g").append(i).append(".expr=a").append(i);
    }
    assertThat(of(query.toString()).panels()).hasSize(GraphRequest.MAX_PANELS);
    assertThat(of(query.toString()).more()).isTrue();
    assertThat(of("x=1").panels()).containsExactly(Panel.empty(0));
  }

  @Test
  void address_ofOtherTime_isReadBackAsThat() {
    GraphRequest request =
        of("g0.expr=a%20%2B%20b&g1.expr=c&g1.range_input=1d&g1.since=1769860800");
    Instant end = Instant.parse("2026-01-31T12:00:00Z");
    String address = request.address(request.panels().getFirst(), Duration.ofHours(6), end);
    GraphRequest again = of(URI.create(address).getRawQuery());
    assertThat(again.panels().getFirst().expression()).isEqualTo("a + b");
    assertThat(again.panels().getFirst().range()).isEqualTo(Duration.ofHours(6));
    assertThat(again.panels().getFirst().end()).isEqualTo(end);
    assertThat(again.panels().getLast()).isEqualTo(request.panels().getLast());
  }
}
