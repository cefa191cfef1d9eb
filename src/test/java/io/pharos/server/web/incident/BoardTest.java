package io.pharos.server.web.incident;

import static io.pharos.server.web.incident.CurrentAlerts.START;
import static io.pharos.server.web.incident.CurrentAlerts.alert;
import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.model.LabelMatcher;
import io.pharos.model.Labels;
import java.util.List;
import org.junit.jupiter.api.Test;

class BoardTest {
  private static Board board(CurrentAlert... alerts) {
    return Board.of(START, List.of(alerts));
  }

  private static List<String> names(List<Incident> incidents) {
    return incidents.stream().map(incident -> incident.worst().name()).toList();
  }

  @Test
  void board_alertsOfOneGroup_areOneIncidentWithTheMostUrgentFirst() {
    CurrentAlert pending = alert(Standing.PENDING, Labels.of("alertname", "Down", "instance", "a"));
    CurrentAlert firing = alert(Standing.FIRING, Labels.of("alertname", "Down", "instance", "b"));
    Board board = board(pending, firing);
    assertThat(board.incidents()).hasSize(1);
    assertThat(board.incidents().getFirst().alerts()).containsExactly(firing, pending);
    assertThat(board.incidents().getFirst().standing()).isEqualTo(Standing.FIRING);
  }

  @Test
  void board_incidents_areOrderedByStandingThenSeverity() {
    CurrentAlert warning =
        alert(Standing.FIRING, Labels.of("alertname", "Slow", "severity", "warning"));
    CurrentAlert critical =
        alert(Standing.FIRING, Labels.of("alertname", "Down", "severity", "critical"));
    CurrentAlert silenced =
        alert(Standing.SILENCED, Labels.of("alertname", "Quiet", "severity", "critical"));
    assertThat(names(board(silenced, warning, critical).incidents()))
        .containsExactly("Down", "Slow", "Quiet");
  }

  @Test
  void board_inhibitedIncident_isAConsequenceOfItsCause() {
    CurrentAlert cause = alert(Standing.FIRING, "BackendDown");
    CurrentAlert second = alert(Standing.INHIBITED, "ProbeFailing", cause);
    CurrentAlert third = alert(Standing.INHIBITED, "NoTraffic", second);
    Board board = board(third, second, cause);
    assertThat(names(board.incidents())).containsExactly("BackendDown");
    assertThat(names(board.incidents().getFirst().consequences())).containsExactly("ProbeFailing");
    assertThat(names(board.all().toList()))
        .containsExactly("BackendDown", "ProbeFailing", "NoTraffic");
  }

  @Test
  void board_incidentWithOneAlertThatIsNotInhibited_isNoConsequence() {
    CurrentAlert cause = alert(Standing.FIRING, "BackendDown");
    CurrentAlert inhibited =
        alert(Standing.INHIBITED, Labels.of("alertname", "Slow", "job", "a"), cause);
    CurrentAlert firing = alert(Standing.FIRING, Labels.of("alertname", "Slow", "job", "b"));
    assertThat(names(board(cause, inhibited, firing).incidents()))
        .containsExactlyInAnyOrder("BackendDown", "Slow");
  }

  @Test
  void board_alertsThatInhibitEachOther_areAllShown() {
    CurrentAlert one = alert(Standing.INHIBITED, "One");
    CurrentAlert two = alert(Standing.INHIBITED, "Two", one);
    CurrentAlert oneByTwo = alert(Standing.INHIBITED, "One", two);
    Board board = board(oneByTwo, two);
    assertThat(names(board.all().toList())).containsExactlyInAnyOrder("One", "Two");
    assertThat(board.incidents()).hasSize(1);
  }

  @Test
  void board_inhibitedByAnAlertThatEnded_isShownByItself() {
    CurrentAlert ended = alert(Standing.FIRING, "BackendDown");
    assertThat(names(board(alert(Standing.INHIBITED, "Slow", ended)).incidents()))
        .containsExactly("Slow");
  }

  @Test
  void board_watchdog_isAHeartbeatAndNoIncident() {
    Board board = board(alert(Standing.FIRING, "Watchdog"));
    assertThat(board.incidents()).isEmpty();
    assertThat(board.heartbeats()).extracting(CurrentAlert::name).containsExactly("Watchdog");
  }

  @Test
  void find_idOfAGroupOrAnAlert_findsTheIncident() {
    CurrentAlert down = alert(Standing.FIRING, "Down");
    Board board = board(down);
    Incident incident = board.incidents().getFirst();
    assertThat(board.find(incident.id())).contains(incident);
    assertThat(board.find(down.fingerprint())).isEmpty();
    assertThat(board.ofAlert(down.fingerprint())).contains(incident);
  }

  @Test
  void heartbeatNames_asARegularExpression_matchTheNamesOfHeartbeatsOnly() {
    var matcher =
        LabelMatcher.of(LabelMatcher.Type.REGEX, "alertname", Board.heartbeatNames(), false);
    for (String name : List.of("Watchdog", "watchdog", "DeadMansSwitch", "Watchdogs", "Down", "")) {
      assertThat(matcher.matches(name)).as(name).isEqualTo(Board.isHeartbeat(name));
    }
  }
}
