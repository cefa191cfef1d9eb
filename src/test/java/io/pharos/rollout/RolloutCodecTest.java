package io.pharos.rollout;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class RolloutCodecTest {
  private static final Instant T = Instant.parse("2026-03-01T12:00:00.123456Z");

  private static Rollout rollout(RolloutPhase phase, PhaseProgress progress) {
    RolloutPolicy policy =
        RolloutPolicy.FILES
            .parse(
                "shop",
                """
                version: "1"
                service: shop
                env: prod
                strategy: canary
                steps: [{weight: 5, soak: 90s}, {weight: 100, gate: true}]
                approve: [100]
                """)
            .find("shop", "prod")
            .orElseThrow();
    var fleet =
        new DesiredServers(
            Map.of("blue", new ServerState("1.0", true, 100), "green", ServerState.STOPPED));
    return new Rollout(
        new RolloutOrder("id", "key", "shop", "prod", "1.1", "green", policy, "ci", T),
        fleet,
        null,
        phase,
        T.plusSeconds(1),
        progress,
        Set.of(2, 1),
        List.of(new AgentTrouble("green", "start", "no image")),
        true,
        7,
        "because",
        List.of());
  }

  private static List<Rollout> rollouts() {
    var step = new RolloutPhase.Step(1);
    var full =
        new PhaseProgress(
            T,
            T,
            true,
            Duration.ofMillis(1500),
            Duration.ofMinutes(2),
            false,
            true,
            "gate",
            4,
            2,
            Set.of("a"),
            false);
    var all = new ArrayList<Rollout>();
    for (RolloutPhase phase :
        List.of(
            new RolloutPhase.Preparing(),
            step,
            new RolloutPhase.Watching(),
            new RolloutPhase.Held(step, RolloutPhase.Wants.APPROVAL),
            new RolloutPhase.Paused(new RolloutPhase.Preparing()),
            new RolloutPhase.Returning(RolloutPhase.Cause.FAILED),
            new RolloutPhase.Finishing(),
            new RolloutPhase.Promoted(),
            new RolloutPhase.Returned(),
            new RolloutPhase.Aborted())) {
      all.add(rollout(phase, full));
      all.add(rollout(phase, PhaseProgress.begin(T)));
    }
    return all;
  }

  /// Rollouts of earlier versions must stay readable, and replicas of different versions must
  /// agree.
  @Test
  void encode_heldRollout_isTheStoredText() throws IOException {
    String stored =
        Files.readString(Path.of("src/test/resources/io/pharos/rollout/held.json")).strip();
    assertThat(RolloutCodec.encode(rollouts().get(6))).isEqualTo(stored);
    assertThat(RolloutCodec.rollout(stored)).isEqualTo(rollouts().get(6));
  }

  @Test
  void encode_site_isTheStoredText() {
    var site =
        new RolloutSite(
            "shop",
            "prod",
            3,
            4,
            new Lease("host", 3, T, "agents"),
            rollouts().getFirst().before(),
            null);
    assertThat(RolloutCodec.encode(site))
        .isEqualTo(
            """
            {"revision":4,"fleet":{"blue":{"version":"1.0","running":true,"weight":100},\
            "green":{"version":null,"running":false,"weight":0}},\
            "lease":{"holder":"host","epoch":3,"until":"2026-03-01T12:00:00.123456Z",\
            "token":"agents"}}""");
    assertThat(
            requireNonNull(
                    RolloutCodec.site(
                            "shop",
                            "prod",
                            3,
                            RolloutCodec.encode(site).replace(",\"token\":\"agents\"", ""),
                            null)
                        .lease())
                .token())
        .as("a lease of an earlier version")
        .isNull();
    assertThat(RolloutCodec.encode(RolloutSite.unknown("shop", "prod")))
        .isEqualTo("{\"revision\":0,\"fleet\":null}");
  }

  @Test
  void rollout_ofEncoded_isTheSame() {
    for (Rollout rollout : rollouts()) {
      assertThat(RolloutCodec.rollout(RolloutCodec.encode(rollout))).isEqualTo(rollout);
    }
  }

  @Test
  void rollout_ofOtherTexts_isRefused() {
    for (String text : List.of("", "[]", "{}", "{\"policy\":{}}", "nonsense")) {
      assertThatThrownBy(() -> RolloutCodec.rollout(text))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }
}
