package io.pharos.rollout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pharos.config.yaml.ConfigException;
import io.pharos.rollout.RolloutPolicy.Kind;
import io.pharos.rollout.RolloutPolicy.OnInconclusive;
import io.pharos.rollout.RolloutPolicy.Stage;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class RolloutPoliciesTest {
  private static final String HEAD = "version: '1'\nservice: shop\nenv: [staging, production]\n";

  private static RolloutPolicy parse(String rest) {
    return RolloutPolicy.FILES.parse("shop", HEAD + rest).find("shop", "production").orElseThrow();
  }

  @Test
  void canary_withNothingElse_hasItsDefaults() {
    RolloutPolicy policy = parse("strategy: canary\n");
    assertThat(policy.servers()).containsExactly("blue", "green");
    assertThat(policy.steps())
        .containsExactly(
            new Stage(5, true, Duration.ZERO),
            new Stage(25, true, Duration.ZERO),
            new Stage(50, true, Duration.ZERO),
            new Stage(100, false, Duration.ZERO));
    assertThat(policy.watch()).isEqualTo(Duration.ofMinutes(15));
    assertThat(policy.onInconclusive()).isEqualTo(OnInconclusive.HOLD);
    assertThat(policy.startWithin()).isEqualTo(Duration.ofMinutes(5));
    assertThat(policy.lease()).isEqualTo(RolloutSite.LEASE);
    assertThat(policy.drain()).isEqualTo(Duration.ofSeconds(10));
    assertThat(policy.hash()).hasSize(64);
  }

  @Test
  void everyKey_isUnderstood() {
    RolloutPolicy policy =
        parse(
            """
            strategy: blue-green
            servers: [a, b]
            steps: [{weight: 0, soak: 1m}, {weight: 100, gate: true}]
            watch: 5s
            short_watch: true
            on_fail: return
            on_inconclusive: return
            approve: [100]
            start_within: 30s
            lease: 2s
            drain: 0s
            """);
    assertThat(policy.strategy()).isEqualTo(Kind.BLUE_GREEN);
    assertThat(policy.servers()).containsExactly("a", "b");
    assertThat(policy.steps())
        .containsExactly(
            new Stage(0, false, Duration.ofMinutes(1)), new Stage(100, true, Duration.ZERO));
    assertThat(policy.watch()).isEqualTo(Duration.ofSeconds(5));
    assertThat(policy.approve()).containsExactly(100);
  }

  @Test
  void rolling_withoutSteps_replacesOneAfterTheOther() {
    RolloutPolicy policy = parse("strategy: rolling\nservers: [a, b, c, d, e, f, g]\n");
    assertThat(policy.steps().stream().map(step -> TrafficPlan.share(7, step.weight())))
        .containsExactly(1, 2, 3, 4, 5, 6, 7);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          strategy: red                                         | one of canary, blue-green, rolling
          strategy: rolling                                     | the key "servers" is missing
          {strategy: canary, servers: [a]}                      | expected two servers, found 1
          {strategy: canary, servers: [a, a]}                   | found a server twice
          {strategy: canary, servers: [a, b/c]}                 | name of a server
          {strategy: canary, steps: []}                         | 1 to 20 steps
          {strategy: canary, steps: [{weight: 5}]}              | expected 50 to 100 for the last step, found 5
          {strategy: canary, steps: [{weight: 5}, {weight: 5}, {weight: 100}]} | expected more than the weight 5
          {strategy: canary, steps: [{weight: 101}]}            | 0 to 100
          {strategy: canary, steps: [{soak: 1m}]}               | "weight"
          {strategy: canary, steps: [{weight: 100, x: 1}]}      | x
          {strategy: canary, watch: 5m}                         | a duration from 10m to 30m
          {strategy: canary, watch: 31m, short_watch: true}     | a duration from 1s to 30m
          {strategy: canary, on_fail: hold}                     | always gets the traffic back
          {strategy: canary, on_inconclusive: allow}            | one of hold, return
          {strategy: canary, approve: [10]}                     | expected the weight of a step
          {strategy: canary, lease: 1s}                         | a duration from 2s to 1m
          {strategy: canary, nonsense: 1}                       | nonsense
          {strategy: rolling, servers: [a, b], steps: [{weight: 100}]} | at least one of the 2 servers, but not all
          {strategy: rolling, servers: [a, b], steps: [{weight: 0}, {weight: 100}]} | at least one of the 2 servers
          """)
  void policy_thatIsNone_isRefused(String rest, String expected) {
    String text =
        rest.startsWith("{")
            ? rest.substring(0, 1) + "version: '1', service: shop, env: e, " + rest.substring(1)
            : HEAD + rest;
    assertThatThrownBy(() -> RolloutPolicy.FILES.parse("shop", text))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(expected);
  }

  @Test
  void shippedPolicies_areUnderstood() {
    assertThat(RolloutPolicy.FILES.read(Path.of("deploy/rollouts")).all())
        .extracting(RolloutPolicy::strategy)
        .containsOnly(Kind.CANARY);
  }
}
