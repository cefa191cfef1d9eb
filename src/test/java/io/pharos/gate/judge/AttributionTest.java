package io.pharos.gate.judge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pharos.gate.deployment.Announcement;
import io.pharos.gate.deployment.Deployment;
import io.pharos.gate.deployment.Intent;
import io.pharos.gate.deployment.InvalidFieldException;
import io.pharos.gate.deployment.Strategy;
import io.pharos.gate.policy.Check;
import io.pharos.gate.policy.ComparisonSide;
import io.pharos.gate.policy.GatePolicy;
import io.pharos.gate.policy.PolicyText;
import io.pharos.model.Labels;
import java.time.Instant;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AttributionTest {
  private static final String BY_COLOR =
      """
      {version: 1, service: s, env: e, checks: {
        version: {selector: 'build_info{color="$color"}'},
        probes: {names: [health-$color]},
        error_bound: {total: 'a{color="$color"}', bad: 'b{color="$color"}', p_max: 0.05}}}
      """;
  private static final String OF_ALL =
      """
      {version: 1, service: s, env: e, checks: {
        version: none,
        error_bound: {total: a, bad: 'b{instance="c:1"}', p_max: 0.05}}}
      """;

  private static GatePolicy policy(String text) {
    return GatePolicy.FILES.parse("p", text).find("s", "e").orElseThrow();
  }

  private static Deployment deployment(Strategy strategy, String color, String candidate) {
    return Deployment.begin(
        new Announcement(
            "k",
            "s",
            "e",
            "v2",
            "",
            strategy,
            color,
            candidate,
            "",
            "",
            Intent.CHANGE,
            Map.of(),
            null),
        Instant.EPOCH);
  }

  @Test
  void require_checkOfAllBesideAnother_isRefused() {
    assertThatThrownBy(
            () -> Attribution.require(policy(OF_ALL), deployment(Strategy.CANARY, "green", "")))
        .isInstanceOf(InvalidFieldException.class)
        .hasMessageContaining("deployment.strategy")
        .hasMessageContaining("error_bound of the gate policy p uses none of")
        .hasMessageContaining("canary");
  }

  @Test
  void require_allThereIs_isTheCandidate() {
    assertThatCode(() -> Attribution.require(policy(OF_ALL), deployment(Strategy.RECREATE, "", "")))
        .doesNotThrowAnyException();
  }

  @Test
  void require_announcedMatchersInTheSelector_nameIt() {
    var policy = policy(OF_ALL.replace("total: a", "total: 'a{x=\"y\",instance=\"c:1\"}'"));
    assertThatCode(
            () -> Attribution.require(policy, deployment(Strategy.CANARY, "", "instance=\"c:1\"")))
        .doesNotThrowAnyException();
    assertThatThrownBy(
            () -> Attribution.require(policy, deployment(Strategy.CANARY, "", "instance=\"d:1\"")))
        .isInstanceOf(InvalidFieldException.class);
  }

  @ParameterizedTest
  @CsvSource({
    "color, green, CANDIDATE",
    "color, blue, OTHER",
    "version, v2, CANDIDATE",
    "version, v1, OTHER",
    "probe, health-green, CANDIDATE",
    "probe, health-blue, OTHER",
    "probe, port, SHARED",
    "instance, c:1, CANDIDATE",
    "instance, redis:6379, SHARED",
    "job, backend, SHARED"
  })
  void whose_oneLabel_saysIt(String label, String value, AlertAttribution expected) {
    var attribution =
        new Attribution(policy(BY_COLOR), deployment(Strategy.CANARY, "green", ""), Set.of("c:1"));
    assertThat(attribution.attribute(Labels.of("alertname", "A", label, value)))
        .isEqualTo(expected);
  }

  @Test
  void mayCount_alertOfWhichOnlySomeLabelsAreKnown_unlessTheyExcludeIt() {
    var policy =
        policy(
            """
            {version: 1, service: s, env: e, checks: {
              version: none,
              alerts: {matchers: ['service="shop"', 'color=~"$color|"'],
                severities: [critical], ignore: ['alertname="Watchdog",cluster="a"']}}}
            """);
    var check = (Check.Alerts) policy.checks().getLast();
    var attribution = new Attribution(policy, deployment(Strategy.CANARY, "green", ""), Set.of());
    assertThat(attribution.mayCount(check, Map.of())).isTrue();
    assertThat(attribution.mayCount(check, Map.of("severity", "critical"))).isTrue();
    assertThat(attribution.mayCount(check, Map.of("severity", "warning"))).isFalse();
    assertThat(attribution.mayCount(check, Map.of("service", "other"))).isFalse();
    assertThat(attribution.mayCount(check, Map.of("color", "blue"))).isFalse();
    assertThat(attribution.mayCount(check, Map.of("alertname", "Watchdog"))).isTrue();
    assertThat(attribution.mayCount(check, Map.of("alertname", "Watchdog", "cluster", "a")))
        .isFalse();
  }

  @Test
  void whose_contradiction_isAnothers() {
    var attribution =
        new Attribution(policy(BY_COLOR), deployment(Strategy.CANARY, "green", ""), Set.of("c:1"));
    assertThat(attribution.attribute(Labels.of("color", "blue", "instance", "c:1")))
        .isEqualTo(AlertAttribution.OTHER);
  }

  @Test
  void whose_nothingBeside_isTheServices() {
    var attribution =
        new Attribution(policy(OF_ALL), deployment(Strategy.RECREATE, "", ""), Set.of());
    assertThat(attribution.attribute(Labels.of("job", "backend")))
        .isEqualTo(AlertAttribution.SERVICE);
  }

  @Test
  void baseline_isTheOtherColourOrWhatWasAnnounced() {
    var text = new PolicyText("a{color=\"$color\"}");
    var blue = deployment(Strategy.CANARY, "blue", "");
    assertThat(text.hasBaseline(blue)).isTrue();
    assertThat(text.expand(blue, ComparisonSide.BASELINE)).isEqualTo("a{color=\"green\"}");
    var red =
        Deployment.begin(
            new Announcement(
                "k",
                "s",
                "e",
                "v2",
                "",
                Strategy.CANARY,
                "red",
                "color=\"red\",zone=\"a\"",
                "color=\"black\",zone=\"b\"",
                "",
                Intent.CHANGE,
                Map.of(),
                null),
            Instant.EPOCH);
    assertThat(text.expand(red, ComparisonSide.BASELINE)).isEqualTo("a{color=\"black\"}");
    assertThat(new PolicyText("a{$candidate}").expand(red, ComparisonSide.BASELINE))
        .isEqualTo("a{color=\"black\",zone=\"b\"}");
    assertThat(new PolicyText("a{version=\"$version\"}").hasBaseline(red)).isFalse();
    assertThat(text.hasBaseline(deployment(Strategy.CANARY, "red", ""))).isFalse();
  }
}
