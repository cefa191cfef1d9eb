package io.pharos.rollout.agent;

import io.pharos.rollout.AgentTrouble;
import io.pharos.rollout.DesiredServers;
import io.pharos.rollout.HeartbeatAnswer;
import io.pharos.rollout.ServerState;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;

/// Gives the traffic to an idle server of the approved release when the load balancer reports that
/// no server with a weight serves. It waits neither for Pharos nor for the agent's round. Safe for
/// two threads: the round's and the one that looks.
final class Failover {
  /// What may be done now.
  ///
  /// @param fleet servers of the rollout
  /// @param spares those that run the approved release
  private record Duty(Set<String> fleet, Set<String> spares) {
    static final Duty NONE = new Duty(Set.of(), Set.of());
  }

  /* A look sends the load balancer three commands at most, and waits up to 2 s for each answer. The
   * rest covers a pause of the machine. */
  private static final Duration MAX_PAUSE = Duration.ofSeconds(10);

  private final LoadBalancer balancer;
  private final LongSupplier nanos;
  private final Consumer<String> say;
  private final Set<String> down = ConcurrentHashMap.newKeySet();
  private volatile Duty duty = Duty.NONE;
  private volatile long lastLook;
  private boolean failed; // only the thread that looks reads it

  /// @param nanos monotonic clock
  Failover(LoadBalancer balancer, LongSupplier nanos, Consumer<String> say) {
    this.balancer = balancer;
    this.nanos = nanos;
    this.say = say;
    lastLook = nanos.getAsLong();
  }

  /// Returns that no look has ended for too long, for the heartbeat; empty if looks are made.
  Optional<AgentTrouble> pause() {
    Duration pause = Duration.ofNanos(nanos.getAsLong() - lastLook);
    return pause.compareTo(MAX_PAUSE) <= 0
        ? Optional.empty()
        : Optional.of(
            new AgentTrouble(
                "",
                "failover",
                "the last look for servers that are down was %d s ago, expected several per second; restart the agent"
                    .formatted(pause.toSeconds())));
  }

  /// Watches the servers of an answer.
  void watch(HeartbeatAnswer answer) {
    DesiredServers desired = answer.desired();
    DesiredServers approved = answer.approved();
    duty =
        desired == null || approved == null
            ? Duty.NONE
            : new Duty(
                desired.servers().keySet(),
                approved.servers().entrySet().stream()
                    .filter(entry -> isSpare(entry.getValue(), desired.server(entry.getKey())))
                    .map(Map.Entry::getKey)
                    .collect(Collectors.toSet()));
  }

  private static boolean isSpare(ServerState approved, Optional<ServerState> desired) {
    return approved.running()
        && desired.isPresent()
        && desired.get().running()
        && Objects.equals(approved.version(), desired.get().version());
  }

  /// Does nothing until the next answer.
  void rest() {
    duty = Duty.NONE;
  }

  /// Returns whether this agent took a server out of service because it was down.
  boolean tookOut(String server) {
    return down.contains(server);
  }

  /// Forgets the servers that are in service again.
  void update(Map<String, BalancedServer> servers) {
    down.removeIf(name -> servers.containsKey(name) && servers.get(name).ready());
  }

  /// Looks once, and acts if no server with a weight serves. A look that fails changes nothing; the
  /// first of several failures is told.
  void look() {
    try {
      lookAndAct();
    } finally {
      lastLook = nanos.getAsLong();
    }
  }

  private void lookAndAct() {
    Duty now = duty;
    if (now.spares().isEmpty()) {
      return;
    }
    try {
      var servers = new TreeMap<>(balancer.servers());
      servers.keySet().retainAll(now.fleet());
      var loaded = servers.values().stream().filter(server -> server.weight() > 0).toList();
      boolean served =
          loaded.stream()
              .anyMatch(server -> server.ready() && server.check() != BalancedServer.Check.DOWN);
      Optional<BalancedServer> spare =
          served || loaded.isEmpty()
              ? Optional.empty()
              : servers.values().stream()
                  .filter(server -> server.weight() == 0 && server.ready() && server.healthy())
                  .filter(server -> now.spares().contains(server.name()))
                  .findFirst();
      if (spare.isPresent()) {
        Set<String> names = loaded.stream().map(BalancedServer::name).collect(Collectors.toSet());
        loaded.stream()
            .filter(server -> !server.withdrawn())
            .forEach(server -> down.add(server.name()));
        say.accept(names + " do not serve: all traffic goes to " + spare.get().name());
        balancer.failOver(spare.get().name(), names);
      }
      failed = false;
    } catch (IOException _) { // the next look tries again
    } catch (RuntimeException e) {
      if (!failed) {
        say.accept("a look for servers that are down failed and is repeated: " + e);
      }
      failed = true;
    }
  }
}
