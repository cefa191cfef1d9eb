package io.pharos.server.app.health;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.alerting.heartbeat.Condition;
import io.pharos.promql.value.QueryStats;
import io.pharos.rules.GroupSnapshot;
import io.pharos.rules.RuleHealth;
import io.pharos.rules.RuleSnapshot;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// When Pharos is well enough to say so to others.
class OwnConditionTest {
  private List<String> danger = List.of();
  private List<GroupSnapshot> groups = List.of(group(RuleHealth.OK));
  private Optional<Duration> failing = Optional.empty();
  private final OwnCondition condition =
      new OwnCondition(() -> danger, () -> groups, () -> failing);

  private static GroupSnapshot group(RuleHealth... healths) {
    return new GroupSnapshot(
        "g",
        "f.yml",
        Duration.ofSeconds(15),
        Duration.ZERO,
        0,
        Stream.of(healths).map(OwnConditionTest::rule).toList(),
        Duration.ZERO,
        null);
  }

  private static RuleSnapshot rule(RuleHealth health) {
    return new RuleSnapshot.Recording(
        "r",
        "up",
        false,
        new TreeMap<>(),
        new RuleSnapshot.Evaluation(
            health,
            health == RuleHealth.ERR ? "the server does not answer" : "",
            List.of(),
            Duration.ZERO,
            null,
            QueryStats.NONE));
  }

  @Test
  void oneRuleThatWorks_isWell() {
    groups = List.of(group(RuleHealth.ERR, RuleHealth.OK), group(RuleHealth.UNKNOWN));
    assertThat(condition.get()).isEqualTo(new Condition.Well());
  }

  @Test
  void noRules_isWell() {
    groups = List.of();
    assertThat(condition.get()).isEqualTo(new Condition.Well());
  }

  @Test
  void noRuleEvaluatedYet_isStarting() {
    groups = List.of(group(RuleHealth.UNKNOWN));
    assertThat(condition.get()).isEqualTo(new Condition.Starting());
  }

  @Test
  void allRulesFail_isUnwell() {
    groups = List.of(group(RuleHealth.ERR, RuleHealth.ERR), group(RuleHealth.UNKNOWN));
    assertThat(condition.get())
        .isEqualTo(
            new Condition.Unwell(List.of("no rule can be evaluated: the server does not answer")));
  }

  @Test
  void criticalTrouble_isUnwell() {
    danger = List.of("the disk of /data is full");
    assertThat(condition.get()).isEqualTo(new Condition.Unwell(danger));
  }

  @Test
  void failingDeliveries_areUnwellAfterFiveMinutes() {
    failing = Optional.of(Duration.ofSeconds(299));
    assertThat(condition.get()).isEqualTo(new Condition.Well());
    failing = Optional.of(Duration.ofSeconds(301));
    assertThat(condition.get())
        .isEqualTo(new Condition.Unwell(List.of("no notification was delivered for 5m")));
  }
}
