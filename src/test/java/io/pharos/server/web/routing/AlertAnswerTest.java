package io.pharos.server.web.routing;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.alerting.dispatch.AlertOverview;
import io.pharos.alerting.dispatch.NotifierRig;
import io.pharos.config.alertmanager.AlertmanagerConfig;
import io.pharos.model.Labels;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class AlertAnswerTest {
  private static final String CONFIG =
      """
      route:
        receiver: a
        group_by: [alertname]
        group_wait: 30s
        group_interval: 5m
        repeat_interval: 4h
        routes:
        - {receiver: b, matchers: [team="db"]}
        - {receiver: nobody, matchers: [team="none"]}
        - {receiver: a, matchers: [team="night"], active_time_intervals: [never]}
      inhibit_rules:
      - {source_matchers: [severity="critical"], target_matchers: [severity="warning"], equal: [host]}
      receivers:
      - {name: a, webhook_configs: [{url: 'http://x/'}]}
      - {name: b, webhook_configs: [{url: 'http://x/'}]}
      - {name: nobody}
      time_intervals: [{name: never, time_intervals: [{years: ['1999']}]}]
      """;

  private final NotifierRig rig = new NotifierRig(CONFIG);
  private Set<String> silent = Set.of();
  private Set<String> policies = Set.of();

  private AlertAnswer ask(String... labels) {
    AlertmanagerConfig config = rig.dispatcher.config();
    AlertOverview.Outlook outlook = rig.dispatcher.outlook(Labels.of(labels));
    return AlertAnswer.of(
        Labels.of(labels),
        outlook,
        config,
        outlook.silencedBy().stream().flatMap(id -> rig.silences.get(id).stream()).toList(),
        silent,
        policies,
        Map.of("a", "receiver-1"),
        source -> "/incidents/" + source.get("alertname"),
        rig.time.instant());
  }

  @Test
  void answer_ofANewGroup_saysWhoAndWhen() {
    AlertAnswer answer = ask("alertname", "X", "team", "db");
    assertThat(answer.sentence())
        .isEqualTo("Pharos would tell b (webhook) 30 s after the alert starts.");
    assertThat(answer.state()).isEqualTo("ok");
    AlertAnswer.Destination goal = answer.destinations().getFirst();
    assertThat(goal.group()).containsExactly("alertname=\"X\"");
    assertThat(goal.again()).isEqualTo("every 4 h while nothing changes; changes within 5 min");
    assertThat(answer.path()).extracting(PathRow::isGoal).containsExactly(false, true);
    assertThat(answer.path().getFirst().others())
        .extracting(PathRow.Other::reason)
        .contains("not tried: the route before it matches and does not continue");
    assertThat(ask("alertname", "X").path().getFirst().others().getFirst().reason())
        .isEqualTo("the alert does not have team=\"db\"");
  }

  @Test
  void answer_ofAGroupThatIsThere_waitsForItsNextMessage() {
    rig.fire("X");
    AlertAnswer answer = ask("alertname", "X", "host", "2");
    assertThat(answer.destinations().getFirst().size()).isEqualTo("1 alert in it now");
    assertThat(answer.sentence())
        .isEqualTo(
            "Pharos would tell a (webhook) with the next message about the group, within 5 min.");
  }

  @Test
  void answer_ofASilencedAlert_namesTheSilence() {
    rig.silence("alertname=\"X\"", Duration.ofHours(2));
    AlertAnswer answer = ask("alertname", "X");
    assertThat(answer.sentence()).isEqualTo("Nobody would be told now: a silence matches.");
    assertThat(answer.state()).isEqualTo("unknown");
    assertThat(answer.holds().getFirst().state()).isEqualTo("silenced");
    assertThat(answer.holds().getFirst().text()).contains("ends in 2 h");
  }

  @Test
  void answer_ofAnInhibitedAlert_namesTheRuleAndItsSource() {
    String[] warning = {"alertname", "Slow", "severity", "warning", "host", "1"};
    assertThat(ask(warning).holds().getFirst().text()).endsWith("none fires now");
    assertThat(ask(warning).state()).isEqualTo("ok");
    rig.post(
        "Down",
        Labels.of("severity", "critical", "host", "1"),
        rig.time.instant(),
        rig.time.instant().plusSeconds(600));
    AlertAnswer answer = ask(warning);
    assertThat(answer.sentence()).isEqualTo("Nobody would be told now: another alert inhibits it.");
    assertThat(answer.holds().getFirst().text())
        .contains("severity=\"critical\"", "with the same host", "Down");
    assertThat(answer.holds().getFirst().link()).isEqualTo("/incidents/Down");
  }

  @Test
  void answer_ofAPolicyWithoutIntegrations_saysThatItIsTold() {
    String receiver = ask("alertname", "X", "team", "none").destinations().getFirst().receiver();
    policies = Set.of(receiver);
    assertThat(ask("alertname", "X", "team", "none").sentence())
        .startsWith("Pharos would tell " + receiver + " (policy)");
  }

  @Test
  void answer_withoutAWayOut_saysThatNobodyIsTold() {
    assertThat(ask("alertname", "X", "team", "none").sentence())
        .isEqualTo("Nobody would be told: the receiver has no integrations.");
    assertThat(ask("alertname", "X", "team", "night").sentence())
        .isEqualTo("Nobody would be told now: a time interval mutes the route.");
    silent = Set.of("b");
    assertThat(ask("alertname", "X", "team", "db").sentence())
        .isEqualTo("Nobody would be told: the receiver has no working integration.");
    assertThat(ask("alertname", "X", "team", "db").state()).isEqualTo("unknown");
  }
}
