package io.pharos.server.web.incident;

import static io.pharos.server.web.incident.CurrentAlerts.START;
import static io.pharos.server.web.incident.CurrentAlerts.alert;
import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.model.Labels;
import java.util.List;
import org.junit.jupiter.api.Test;

class IncidentFilterTest {
  private static final CurrentAlert CAUSE =
      alert(Standing.FIRING, Labels.of("alertname", "Down", "job", "api"));
  private static final CurrentAlert CONSEQUENCE =
      alert(Standing.INHIBITED, Labels.of("alertname", "Slow", "job", "web"), CAUSE);
  private static final CurrentAlert OTHER =
      alert(Standing.PENDING, Labels.of("alertname", "Full", "job", "api"));
  private static final Board BOARD = Board.of(START, List.of(CAUSE, CONSEQUENCE, OTHER));

  private static List<String> shown(String filter, String state) {
    return IncidentFilter.of(filter, state).apply(BOARD.incidents()).stream()
        .map(incident -> incident.worst().name())
        .toList();
  }

  @Test
  void filter_none_showsAll() {
    assertThat(shown("", "")).containsExactly("Down", "Full");
  }

  @Test
  void filter_matchers_showMatchingIncidentsAndCausesOfMatchingConsequences() {
    assertThat(shown("alertname=\"Full\", job=~\"a.*\"", "")).containsExactly("Full");
    assertThat(shown("job=\"web\"", "")).containsExactly("Down");
    assertThat(shown("job=\"none\"", "")).isEmpty();
  }

  @Test
  void filter_standing_showsItsIncidents() {
    assertThat(shown("", "pending")).containsExactly("Full");
    assertThat(shown("", "no such state")).containsExactly("Down", "Full");
  }

  @Test
  void filter_wrongMatchers_saysWhyAndShowsAll() {
    IncidentFilter filter = IncidentFilter.of("job=~\"(\"", null);
    assertThat(filter.problem()).startsWith("The filter is not valid: ").contains("Expected");
    assertThat(filter.apply(BOARD.incidents())).hasSize(2);
  }

  @Test
  void suggestions_addPairsToTheFilter() {
    assertThat(IncidentFilter.of("", null).suggestions(IncidentFilter.pairs(BOARD)))
        .first()
        .isEqualTo("job=\"api\"");
    assertThat(IncidentFilter.of("job=\"api\"", null).suggestions(IncidentFilter.pairs(BOARD)))
        .contains("job=\"api\", alertname=\"Down\"")
        .doesNotContain("job=\"api\", job=\"api\"");
  }

  @Test
  void sections_ofALabel_areInTheOrderOfTheMostUrgent() {
    CurrentAlert without = alert(Standing.PENDING, Labels.of("alertname", "Odd"));
    Board board = Board.of(START, List.of(without, OTHER, CAUSE));
    assertThat(IncidentFilter.sections(board.incidents(), "job"))
        .extracting(IncidentFilter.Section::title)
        .containsExactly("job api", "job (none)");
    assertThat(IncidentFilter.sections(board.incidents(), "")).hasSize(1);
    assertThat(IncidentFilter.sections(List.of(), "job")).isEmpty();
  }
}
