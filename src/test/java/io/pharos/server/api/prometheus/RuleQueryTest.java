package io.pharos.server.api.prometheus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pharos.promql.value.QueryStats;
import io.pharos.rules.AlertState;
import io.pharos.rules.GroupSnapshot;
import io.pharos.rules.RuleHealth;
import io.pharos.rules.RuleSnapshot;
import io.pharos.rules.hysteresis.Hysteresis;
import io.pharos.server.api.Parameters;
import jakarta.ws.rs.core.MultivaluedHashMap;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RuleQueryTest {
  private static final RuleSnapshot.Evaluation EVALUATION =
      new RuleSnapshot.Evaluation(
          RuleHealth.OK, "", List.of(), Duration.ZERO, null, QueryStats.NONE);

  private static final List<GroupSnapshot> GROUPS =
      List.of(
          group("empty", "two.yml"),
          group("a", "two.yml", alerting("A1", Map.of("severity", "info", "team", "x"))),
          group("b", "one.yml", alerting("A2", Map.of("severity", "{{ $labels.severity }}"))),
          group("a", "one.yml", recording("r1"), alerting("A1", Map.of("severity", "page"))));

  private static GroupSnapshot group(String name, String file, RuleSnapshot... rules) {
    return new GroupSnapshot(
        name, file, Duration.ofMinutes(1), Duration.ZERO, 0, List.of(rules), Duration.ZERO, null);
  }

  private static RuleSnapshot recording(String name) {
    return new RuleSnapshot.Recording(name, "1", false, new TreeMap<>(), EVALUATION);
  }

  private static RuleSnapshot alerting(String name, Map<String, String> labels) {
    return new RuleSnapshot.Alerting(
        name,
        "1",
        false,
        new TreeMap<>(labels),
        EVALUATION,
        AlertState.INACTIVE,
        Duration.ZERO,
        Duration.ZERO,
        new TreeMap<>(),
        List.of(),
        Hysteresis.NONE,
        "",
        Map.of());
  }

  private static RulesResource.RuleQuery.Page page(String parameters) {
    var map = new MultivaluedHashMap<String, String>();
    for (String pair : parameters.isEmpty() ? new String[0] : parameters.split("&")) {
      String[] parts = pair.split("=", 2);
      map.add(parts[0], parts[1]);
    }
    return RulesResource.RuleQuery.of(new Parameters(map)).page(GROUPS);
  }

  private static String texts(RulesResource.RuleQuery.Page page) {
    return String.join(
        " ",
        page.groups().stream()
            .map(
                chosen ->
                    chosen.group().file().charAt(0)
                        + chosen.group().name()
                        + chosen.rules().stream().map(RuleSnapshot::name).toList())
            .toList());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      nullValues = "-",
      textBlock =
          """
          ''                                 | oa[r1, A1] ob[A2] ta[A1]
          type=record                        | oa[r1]
          type=alert                         | oa[A1] ob[A2] ta[A1]
          type=ALERT&file[]=two.yml          | ta[A1]
          rule_name[]=A1                     | oa[A1] ta[A1]
          rule_name[]=A1&rule_name[]=A2      | oa[A1] ob[A2] ta[A1]
          rule_group[]=b                     | ob[A2]
          file[]=two.yml                     | ta[A1]
          file[]=two.yml&rule_group[]=b      | ''
          match[]={severity="page"}          | oa[A1]
          match[]={severity=~".+"}           | oa[A1] ob[A2] ta[A1]
          match[]={severity="{{ $labels.severity }}"} | ob[A2]
          match[]={team="x"}&match[]={severity="page"} | oa[A1] ta[A1]
          match[]={team="x",severity="page"} | ''
          unknown=1                          | oa[r1, A1] ob[A2] ta[A1]
          """)
  void page_holdsWhatIsAskedFor(String parameters, String expected) {
    assertThat(texts(page(parameters))).isEqualTo(expected);
  }

  @Test
  void pages_followEachOtherByTheirTokens() {
    var first = page("group_limit=2");
    assertThat(texts(first)).isEqualTo("oa[r1, A1] ob[A2]");
    assertThat(first.nextToken()).hasSize(40);
    var second = page("group_limit=2&group_next_token=" + first.nextToken());
    assertThat(texts(second)).isEqualTo("ta[A1]");
    assertThat(second.nextToken()).isEmpty();
    assertThat(page("group_limit=3").nextToken()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          type=best              | invalid parameter "type": not supported value "best"
          group_limit=0          | invalid parameter "group_limit": group_limit needs to be greater than 0
          group_limit=-1         | invalid parameter "group_limit": group_limit needs to be greater than 0
          group_limit=x          | invalid parameter "group_limit": group_limit needs to be a valid number
          group_next_token=abc   | invalid parameter "group_next_token": group_limit needs to be present
          group_limit=1&group_next_token=abc | invalid parameter "group_next_token": invalid group_next_token 'abc'
          match[]={              | invalid parameter "match[]"
          exclude_alerts=x       | invalid parameter "exclude_alerts"
          """)
  void badParameter_isRefused(String parameters, String message) {
    assertThatThrownBy(() -> page(parameters)).hasMessageContaining(message);
  }
}
