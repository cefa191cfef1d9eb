package io.pharos.rollout;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.gate.ReleaseWorld;
import io.pharos.gate.deployment.Announcement;
import io.pharos.gate.deployment.DeploymentRegister;
import io.pharos.gate.deployment.Intent;
import io.pharos.gate.deployment.PolicySet;
import io.pharos.gate.deployment.Strategy;
import io.pharos.migration.MigrationResult;
import io.pharos.migration.MigrationTask;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Whole rollouts by the shipped policies, judged by the shipped gate on the traffic that the
/// rollout gives to each colour.
@Tag("slow")
class PromotionTest {
  private static final String STAGING = "remotegpu-staging.yml";
  private static final String PRODUCTION = "remotegpu.yml";

  private final ReleaseWorld world = new ReleaseWorld(true, 0);
  private final InMemoryRollouts store = new InMemoryRollouts();
  private final Map<String, ObservedServer> servers = new TreeMap<>();
  private final List<String> phases = new ArrayList<>();
  private @Nullable Long epoch;
  private @Nullable MigrationResult migrated;

  private static String policy(String file) throws IOException {
    return Files.readString(Path.of("deploy", "rollouts", file));
  }

  /// Runs a rollout of v2 as green to its end, at most for three hours.
  ///
  /// @param each what happens in each step
  private Rollout end(String policy, Consumer<Rollout> each) {
    PolicySet<RolloutPolicy> policies = RolloutPolicy.FILES.parse("p", policy);
    String env = policy.contains("env: staging") ? "staging" : "production";
    servers.put("blue", new ObservedServer("v1", true, true, 100));
    servers.put("green", new ObservedServer(null, false, false, 0));
    while (world.clock.instant().isBefore(ReleaseWorld.START)) {
      world.step();
    }
    var registry = new SimpleMeterRegistry();
    var register = new DeploymentRegister(world.deployments, world.clock, registry);
    register.put(
        new Announcement(
            "k",
            "remotegpu",
            env,
            "v2",
            "",
            Strategy.CANARY,
            "green",
            "",
            "",
            "",
            Intent.CHANGE,
            Map.of(),
            null));
    var service =
        new RolloutService(
            () -> policies,
            register,
            new ServiceGates(world.service()),
            store,
            world.clock,
            registry);
    assertThat(service.start("k", "ci")).isInstanceOf(RolloutService.Started.Created.class);
    Instant end = ReleaseWorld.START.plus(Duration.ofHours(3));
    while (!(store.last().phase() instanceof RolloutPhase.End)
        && world.clock.instant().isBefore(end)) {
      world.step();
      var beat =
          service.heartbeat(
              new Heartbeat("remotegpu", env, "host:1:a", epoch, servers, migrated, List.of()),
              "agents");
      if (beat instanceof RolloutService.Beat.Granted(HeartbeatAnswer answer)) {
        epoch = answer.epoch();
        MigrationTask task = answer.migrate();
        migrated =
            task == null
                ? null
                : new MigrationResult(
                    task.version(), task.phase(), MigrationResult.Outcome.DONE, "V2");
        DesiredServers desired = answer.desired();
        if (desired != null) {
          desired.servers().forEach(this::bring);
        }
      }
      double all = weight("blue") + weight("green");
      world.share = all == 0 ? 0 : weight("green") / all;
      world.tick();
      service.tick(world.clock.instant());
      String phase = store.last().phase().word() + " " + weight("green");
      if (phases.isEmpty() || !phases.getLast().endsWith(phase)) {
        phases.add(world.since().toSeconds() + " s " + phase);
      }
      each.accept(store.last());
    }
    return store.last();
  }

  private int weight(String color) {
    Integer weight = servers.get(color).weight();
    return weight == null ? 0 : weight;
  }

  private void bring(String name, ServerState wanted) {
    var backend = name.equals("green") ? world.green : world.blue;
    ObservedServer seen = servers.get(name);
    String version = wanted.version() == null ? seen.version() : wanted.version();
    if (wanted.running() && !seen.running()) {
      backend.restart(String.valueOf(version));
    }
    backend.up = wanted.running();
    servers.put(
        name,
        wanted.running()
            ? new ObservedServer(version, true, true, wanted.weight())
            : new ObservedServer(null, false, false, 0));
  }

  @ParameterizedTest
  @ValueSource(strings = {STAGING, PRODUCTION})
  void goodRelease_isPromoted(String file) throws IOException {
    Rollout end = end(policy(file), _ -> {});
    assertThat(end.phase()).as(phases + " " + end.why()).isInstanceOf(RolloutPhase.Promoted.class);
  }

  @Test
  void goodRelease_isPromoted_byTheStepsThatBlueGreenHasWithoutSteps() throws IOException {
    String steps = "strategy: canary\nsteps:\n  - {weight: 50}\n";
    assertThat(policy(STAGING)).contains(steps);
    Rollout end = end(policy(STAGING).replace(steps, "strategy: blue-green\n"), _ -> {});
    assertThat(end.phase()).as(phases + " " + end.why()).isInstanceOf(RolloutPhase.Promoted.class);
  }

  @Test
  void goodRelease_isPromoted_ifTheLastStepGivesItAllTraffic() throws IOException {
    Rollout end = end(policy(PRODUCTION).replace("{weight: 90}", "{weight: 100}"), _ -> {});
    assertThat(end.phase()).as(phases + " " + end.why()).isInstanceOf(RolloutPhase.Promoted.class);
  }

  @Test
  void badRelease_isReturned() throws IOException {
    Rollout end = end(policy(PRODUCTION), _ -> world.green.refused = 0.3);
    assertThat(end.phase()).as(phases + " " + end.why()).isInstanceOf(RolloutPhase.Returned.class);
    assertThat(end.why()).contains("client_answers: ");
  }

  @Test
  void badRelease_isNotPromoted_ifTheOnlyStepGivesItAllTraffic() throws IOException {
    Rollout end =
        end(
            policy(STAGING).replace("{weight: 50}", "{weight: 100}"),
            _ -> world.green.refused = 0.3);
    assertThat(end.phase()).as(phases + " " + end.why()).isInstanceOf(RolloutPhase.Returned.class);
    assertThat(end.why()).contains("give the baseline traffic too");
  }

  @Test
  void releaseThatIsBadWithAllTraffic_isNotPromoted_ifTheLastStepGivesIt() throws IOException {
    Rollout end =
        end(
            policy(PRODUCTION).replace("{weight: 90}", "{weight: 100}"),
            _ -> world.green.refused = weight("green") == 100 ? 0.3 : 0);
    assertThat(end.phase())
        .as(phases + " " + end.why())
        .isNotInstanceOf(RolloutPhase.Promoted.class);
  }
}
