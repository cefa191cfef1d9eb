package io.pharos.rollout;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.gate.ManualClock;
import io.pharos.gate.deployment.Announcements;
import io.pharos.gate.deployment.DeploymentRegister;
import io.pharos.gate.deployment.InMemoryDeployments;
import io.pharos.gate.deployment.PolicySet;
import io.pharos.gate.deployment.Strategy;
import io.pharos.migration.MigrationResult;
import io.pharos.migration.MigrationTask;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// A rollout service on a virtual clock with an agent that obeys at once, and gates with states
/// that a test sets.
public final class RolloutRig {
  static final Instant START = Instant.parse("2026-03-01T12:00:00Z");
  public static final String CANARY =
      """
      version: "1"
      service: shop
      env: production
      strategy: canary
      watch: 1m
      short_watch: true
      start_within: 1m
      """;

  public final ManualClock clock = new ManualClock(START);
  final InMemoryDeployments deployments = new InMemoryDeployments();
  final InMemoryRollouts store = new InMemoryRollouts();
  public final FakeGates gates = new FakeGates();
  final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  PolicySet<RolloutPolicy> policies;
  public RolloutService service;

  /// The servers that the agent reports.
  final Map<String, ObservedServer> servers = new TreeMap<>();

  /// Whether the agent brings about the desired servers.
  boolean acts = true;

  MigrationResult.Outcome migrates = MigrationResult.Outcome.DONE;
  List<AgentTrouble> trouble = List.of();
  String agent = "host:1:a";
  @Nullable Long epoch;
  @Nullable HeartbeatAnswer told;
  private @Nullable MigrationResult migrated;

  public RolloutRig(String policy) {
    policies = RolloutPolicy.FILES.parse("shop", policy);
    servers.put("blue", new ObservedServer("1.0", true, true, 100));
    servers.put("green", new ObservedServer(null, false, false, 0));
    service = restart();
  }

  /// Restarts the service from the store.
  RolloutService restart() {
    service =
        new RolloutService(
            () -> policies,
            new DeploymentRegister(deployments, clock, registry),
            gates,
            store,
            clock,
            registry);
    return service;
  }

  void announce(String key, String version, String color) {
    new DeploymentRegister(deployments, clock, registry)
        .put(
            Announcements.change(
                key,
                "shop",
                "production",
                version,
                "",
                color.isEmpty() ? Strategy.ROLLING : Strategy.CANARY,
                color,
                "",
                Map.of(),
                null));
  }

  /// Begins the rollout of version 1.1 as green.
  public Rollout start() {
    announce("gh:1", "1.1", "green");
    return ((RolloutService.Started.Created) service.start("gh:1", "pipeline")).rollout();
  }

  /// Sends one heartbeat and brings about the answer.
  RolloutService.Beat beat() {
    var beat =
        service.heartbeat(
            new Heartbeat("shop", "production", agent, epoch, servers, migrated, trouble),
            "agents");
    if (beat instanceof RolloutService.Beat.Granted(HeartbeatAnswer answer)) {
      told = answer;
      epoch = answer.epoch();
      obey(answer);
    }
    return beat;
  }

  private void obey(HeartbeatAnswer answer) {
    MigrationTask migrate = answer.migrate();
    migrated =
        migrate == null || !acts
            ? null
            : new MigrationResult(migrate.version(), migrate.phase(), migrates, "V2");
    DesiredServers desired = answer.desired();
    if (acts && desired != null) {
      desired.servers().forEach(this::bring);
    }
  }

  private void bring(String name, ServerState wanted) {
    ObservedServer seen = servers.get(name);
    String version = wanted.version() == null && seen != null ? seen.version() : wanted.version();
    servers.put(
        name,
        wanted.running()
            ? new ObservedServer(version, true, true, wanted.weight())
            : new ObservedServer(null, false, false, 0));
  }

  /// Advances the clock by seconds, with a heartbeat and a tick in each.
  public void run(int seconds) {
    for (int i = 0; i < seconds; i++) {
      second();
    }
  }

  void second() {
    clock.advance(Duration.ofSeconds(1));
    beat();
    service.tick(clock.instant());
  }

  /// Advances the clock by seconds without an agent.
  public void runAlone(int seconds) {
    for (int i = 0; i < seconds; i++) {
      clock.advance(Duration.ofSeconds(1));
      service.tick(clock.instant());
    }
  }

  public Rollout rollout() {
    return store.last();
  }

  String phase() {
    return rollout().phase().word();
  }

  int weight(String server) {
    Integer weight = servers.get(server).weight();
    return weight == null ? -1 : weight;
  }

  /// Advances the clock until a phase, at most by a number of seconds.
  boolean reaches(String phase, int seconds) {
    for (int i = 0; i < seconds && !phase().equals(phase); i++) {
      second();
    }
    return phase().equals(phase);
  }

  /// Advances the clock until a server has a weight, at most by a number of seconds.
  boolean reaches(String server, int weight, int seconds) {
    for (int i = 0; i < seconds && weight(server) != weight; i++) {
      second();
    }
    return weight(server) == weight;
  }

  RolloutSite site() {
    return store.site("shop", "production").orElseThrow();
  }

  RolloutService.Acted act(OperatorRequest wish) {
    return service.act(rollout().id(), wish, "ann", "since I say so");
  }
}
