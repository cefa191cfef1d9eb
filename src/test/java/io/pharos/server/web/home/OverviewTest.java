package io.pharos.server.web.home;

import static io.pharos.server.web.incident.CurrentAlerts.START;
import static io.pharos.server.web.incident.CurrentAlerts.alert;
import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.promql.value.QueryStats;
import io.pharos.rules.GroupSnapshot;
import io.pharos.rules.RuleHealth;
import io.pharos.rules.RuleSnapshot;
import io.pharos.server.web.incident.Board;
import io.pharos.server.web.incident.CurrentAlert;
import io.pharos.server.web.incident.Standing;
import io.pharos.trouble.Trouble;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class OverviewTest {
  private static GroupSnapshot group(RuleHealth health, @Nullable Instant last) {
    var evaluation =
        new RuleSnapshot.Evaluation(
            health, "", List.of(), Duration.ofMillis(1), last, QueryStats.NONE);
    return new GroupSnapshot(
        "group",
        "rules.yml",
        Duration.ofSeconds(15),
        Duration.ZERO,
        0,
        List.of(new RuleSnapshot.Recording("one", "1", false, new TreeMap<>(), evaluation)),
        Duration.ofMillis(1),
        last);
  }

  private static final GroupSnapshot GOOD = group(RuleHealth.OK, START.minusSeconds(3));

  private static Overview.Facts facts(List<GroupSnapshot> groups, CurrentAlert... alerts) {
    return new Overview.Facts(
        Board.of(START, List.of(alerts)),
        groups,
        List.of(),
        Set.of(),
        0,
        Optional.of(START.minus(Duration.ofHours(76))),
        START.minus(Duration.ofDays(5)));
  }

  @Test
  void overview_nothingFires_isWellSinceTheLastAlert() {
    Overview overview = Overview.of(facts(List.of(GOOD), alert(Standing.FIRING, "Watchdog")));
    assertThat(overview)
        .isEqualTo(
            new Overview(
                "ok", "All is well for 3 d 4 h.", List.of("1 rules, the last evaluated 3 s ago.")));
  }

  @Test
  void overview_noAlertRecorded_claimsOnlyTheTimeSinceTheStart() {
    var facts = facts(List.of(GOOD));
    var unrecorded =
        new Overview.Facts(
            facts.board(),
            facts.groups(),
            List.of(),
            Set.of(),
            0,
            Optional.empty(),
            START.minusSeconds(120));
    assertThat(Overview.of(unrecorded).sentence())
        .isEqualTo("All is well since the start 2 min ago.");
  }

  @Test
  void overview_incidents_namesTheirNumberAndTheWorst() {
    Overview overview =
        Overview.of(
            facts(
                List.of(GOOD),
                alert(Standing.FIRING, "Down"),
                alert(Standing.FIRING, "Worse"),
                alert(Standing.SILENCED, "Quiet"),
                alert(Standing.PENDING, "Soon")));
    assertThat(overview.state()).isEqualTo("firing");
    assertThat(overview.sentence()).isEqualTo("2 incidents, the worst: Down. summary of Down");
    assertThat(overview.more()).containsExactly("Not notified: 1 pending, 1 silenced.");
  }

  @Test
  void overview_onlySilencedAlerts_saysWhatIsNotNotified() {
    Overview overview = Overview.of(facts(List.of(GOOD), alert(Standing.SILENCED, "Quiet")));
    assertThat(overview.state()).isEqualTo("ok");
    assertThat(overview.more()).contains("Not notified: 1 silenced.");
  }

  @Test
  void overview_ownTrouble_isUnknownAndNeverWell() {
    var none = facts(List.of());
    assertThat(Overview.of(none).state()).isEqualTo("unknown");
    assertThat(Overview.of(none).sentence())
        .startsWith("No rules are loaded, and no heartbeat of others arrives");
    assertThat(Overview.of(facts(List.of(group(RuleHealth.UNKNOWN, null)))).sentence())
        .isEqualTo("No rule has been evaluated yet.");
    assertThat(Overview.of(facts(List.of(GOOD, group(RuleHealth.ERR, START)))).sentence())
        .isEqualTo("Pharos cannot evaluate 1 of 2 rules: one.");
    assertThat(
            Overview.of(facts(List.of(GOOD, group(RuleHealth.OK, START.minusSeconds(120)))))
                .sentence())
        .isEqualTo("1 of 2 groups of rules stand still.");
    var blind =
        new Overview.Facts(
            none.board(),
            List.of(GOOD),
            List.of(new Trouble(Trouble.Kind.values()[0], "the disk is full.", START)),
            Set.of("on-call"),
            3,
            Optional.empty(),
            START);
    assertThat(Overview.of(blind).state()).isEqualTo("unknown");
    assertThat(Overview.of(blind).sentence()).isEqualTo("Pharos is in trouble: the disk is full.");
    assertThat(Overview.of(blind).more())
        .contains(
            "Pharos cannot see 3 targets.",
            "Nobody gets the alerts for on-call, which has no working integration.");
  }

  @Test
  void overview_rulesOfOthersWithTheirHeartbeat_isWell() {
    Overview overview = Overview.of(facts(List.of(), alert(Standing.FIRING, "Watchdog")));
    assertThat(overview.state()).isEqualTo("ok");
    assertThat(overview.more())
        .containsExactly("Others evaluate the rules, and their heartbeat arrives.");
  }

  @Test
  void overview_incidentAndTrouble_saysBoth() {
    Overview overview =
        Overview.of(
            facts(List.of(GOOD, group(RuleHealth.ERR, START)), alert(Standing.FIRING, "Down")));
    assertThat(overview.state()).isEqualTo("firing");
    assertThat(overview.more()).contains("Pharos cannot evaluate 1 of 2 rules: one.");
  }
}
