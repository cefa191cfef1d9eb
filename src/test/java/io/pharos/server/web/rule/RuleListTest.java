package io.pharos.server.web.rule;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.promql.value.QueryStats;
import io.pharos.rules.AlertState;
import io.pharos.rules.GroupSnapshot;
import io.pharos.rules.RuleHealth;
import io.pharos.rules.RuleSnapshot;
import io.pharos.rules.hysteresis.Hysteresis;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RuleListTest {
  private static final Instant NOW = Instant.parse("2026-01-31T12:00:00Z");
  private static final String GAP =
      "unknown because of a fault of Pharos or its machine: {job=\"a\"} since then";

  private static RuleSnapshot.Evaluation evaluation(RuleHealth health, String error, long millis) {
    return new RuleSnapshot.Evaluation(
        health,
        error,
        List.of(),
        Duration.ofMillis(millis),
        NOW.minusSeconds(3),
        new QueryStats(Duration.ofMillis(millis), 1204, 10));
  }

  private static RuleSnapshot alert(
      String name, String query, AlertState state, RuleSnapshot.Evaluation evaluation) {
    return new RuleSnapshot.Alerting(
        name,
        query,
        false,
        new TreeMap<>(Map.of("severity", "critical")),
        evaluation,
        state,
        Duration.ofMinutes(5),
        Duration.ZERO,
        new TreeMap<>(),
        List.of(),
        Hysteresis.NONE,
        "",
        Map.of());
  }

  private static RuleSnapshot quiet(String name) {
    return alert(name, "up == 0", AlertState.INACTIVE, evaluation(RuleHealth.OK, "", 2));
  }

  private static RuleSnapshot failing(String name, String error) {
    return alert(name, "up == 0", AlertState.INACTIVE, evaluation(RuleHealth.ERR, error, 2));
  }

  private static GroupSnapshot group(String name, RuleSnapshot... rules) {
    return group(name, Duration.ofMillis(40), NOW.minusSeconds(3), rules);
  }

  private static GroupSnapshot group(
      String name, Duration took, Instant last, RuleSnapshot... rules) {
    return new GroupSnapshot(
        name,
        "/etc/rules/" + name + ".yml",
        Duration.ofSeconds(30),
        Duration.ZERO,
        0,
        List.of(rules),
        took,
        last);
  }

  private static RuleList list(RuleSearch search, GroupSnapshot... groups) {
    return RuleList.of(List.of(groups), search, NOW);
  }

  private static RuleList list(GroupSnapshot... groups) {
    return list(RuleSearch.of(null, null, null), groups);
  }

  @Test
  void list_allEvaluated_saysHowManyAndFoldsAll() {
    RuleList list = list(group("a", quiet("A"), quiet("B")), group("b", quiet("C")));

    assertThat(list.verdict().state()).isEqualTo("ok");
    assertThat(list.verdict().sentence()).isEqualTo("3 rules, all evaluated in the last 3 s.");
    assertThat(list.groups()).noneMatch(RuleList.Group::open);
    assertThat(list.failing()).isEmpty();
  }

  @Test
  void list_withoutRules_isNotWell() {
    assertThat(list().verdict())
        .isEqualTo(new RuleList.Verdict("unknown", "No rule watches anything.", ""));
  }

  @Test
  void list_failingRule_isNamedInTheFirstSentenceAndItsGroupIsFirstAndOpen() {
    RuleList list =
        list(
            group("a", quiet("A")),
            group("b", quiet("B"), failing("Broken", "found duplicate series")));

    assertThat(list.verdict().state()).isEqualTo("firing");
    assertThat(list.verdict().sentence()).isEqualTo("1 of 3 rules cannot be evaluated: Broken.");
    assertThat(list.failing())
        .extracting(RuleRow::name, RuleRow::error)
        .containsExactly(org.assertj.core.groups.Tuple.tuple("Broken", "found duplicate series"));
    assertThat(list.groups()).extracting(RuleList.Group::name).containsExactly("b", "a");
    assertThat(list.groups()).extracting(RuleList.Group::open).containsExactly(true, false);
    assertThat(list.groups().getFirst().rows().getFirst().name()).isEqualTo("Broken");
  }

  @Test
  void list_ownTrouble_isUnknownAndNeverFailedOrFine() {
    RuleList list = list(group("a", failing("Blind", GAP)));

    assertThat(list.verdict().state()).isEqualTo("unknown");
    assertThat(list.verdict().sentence()).startsWith("The state of 1 of 1 rule is unknown: Blind");
    assertThat(list.groups().getFirst().state()).isEqualTo("unknown");
  }

  @Test
  void list_ruleThatWasNotEvaluatedYet_isUnknown() {
    RuleSnapshot fresh =
        alert("Fresh", "up", AlertState.INACTIVE, evaluation(RuleHealth.UNKNOWN, "", 0));

    assertThat(list(group("a", fresh)).verdict().state()).isEqualTo("unknown");
  }

  @ParameterizedTest
  @CsvSource({"31, 3, Slow", "1, 62, Late"})
  void list_groupBehindItsInterval_isSaid(long took, long ago, String word) {
    RuleList list = list(group("a", Duration.ofSeconds(took), NOW.minusSeconds(ago), quiet("A")));

    assertThat(list.verdict().state()).isEqualTo("unknown");
    assertThat(list.verdict().sentence()).isEqualTo("1 group of rules is late.");
    assertThat(list.groups().getFirst().late()).startsWith(word);
    assertThat(list.groups().getFirst().open()).isTrue();
  }

  @Test
  void list_groupWithinItsInterval_isNotLate() {
    assertThat(
            list(group("a", Duration.ofSeconds(30), NOW.minusSeconds(90), quiet("A")))
                .groups()
                .getFirst()
                .late())
        .isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "cpu, HighCpu",
    "HIGHCPU, HighCpu",
    "node_load, HighCpu",
    "severity critical disk, DiskFull",
    "disks.yml, DiskFull",
    "cpu disk, ''"
  })
  void search_words_areFoundInNameExpressionLabelsGroupAndFile(String text, String found) {
    RuleList list =
        list(
            RuleSearch.of(text, null, null),
            group(
                "hosts",
                alert(
                    "HighCpu",
                    "node_load > 1",
                    AlertState.INACTIVE,
                    evaluation(RuleHealth.OK, "", 1))),
            group("disks", quiet("DiskFull")));

    assertThat(
            list.groups().stream()
                .flatMap(group -> group.rows().stream())
                .map(RuleRow::name)
                .reduce("", String::concat))
        .isEqualTo(found);
    assertThat(list.groups()).allMatch(RuleList.Group::open);
  }

  @Test
  void search_state_showsOnlyRulesInIt() {
    RuleSnapshot firing = alert("Fires", "up", AlertState.FIRING, evaluation(RuleHealth.OK, "", 1));
    RuleList list = list(RuleSearch.of("", "firing", null), group("a", quiet("A"), firing));

    assertThat(list.found()).isEqualTo("1 rule matches.");
    assertThat(list.groups().getFirst().rows()).extracting(RuleRow::name).containsExactly("Fires");
  }

  @Test
  void search_byCost_listsTheMostExpensiveFirst() {
    RuleSnapshot dear =
        alert("Dear", "up", AlertState.INACTIVE, evaluation(RuleHealth.OK, "", 300));
    RuleList list = list(RuleSearch.of("", "", "cost"), group("a", quiet("A"), dear));

    assertThat(list.groups()).isEmpty();
    assertThat(list.costs()).extracting(RuleRow::name).containsExactly("Dear", "A");
    assertThat(list.costs().getFirst())
        .extracting(RuleRow::took, RuleRow::samples, RuleRow::share)
        .containsExactly("300 ms", "1,204 samples", "1.0 % of the time");
  }

  @Test
  void list_moreRulesThanAPageHolds_saysSo() {
    RuleSnapshot[] many =
        IntStream.range(0, 1001).mapToObj(i -> quiet("R" + i)).toArray(RuleSnapshot[]::new);
    RuleList list = list(group("a", many));

    assertThat(list.omitted())
        .isEqualTo("1,000 rules of 1,001 rules are shown. Search for the others.");
    assertThat(list.groups().getFirst().rows()).hasSize(1000);
    assertThat(list.verdict().sentence()).startsWith("1,001 rules");
  }
}
