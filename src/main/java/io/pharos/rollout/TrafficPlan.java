package io.pharos.rollout;

import io.pharos.rollout.RolloutPolicy.Kind;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// Computes the desired servers in each phase of a rollout, from the rollout's policy and the
/// servers before the rollout.
///
/// @param order the rollout
/// @param before the servers before the rollout
record TrafficPlan(RolloutOrder order, DesiredServers before) {
  /// The running servers according to an agent's first heartbeat.
  sealed interface Adoption {
    record Known(DesiredServers fleet) implements Adoption {}

    /// The heartbeat lacks a value that a later heartbeat may contain.
    record Unclear(String why) implements Adoption {}

    record Refused(String why) implements Adoption {}
  }

  /// Returns a percentage of a number of servers, rounded up.
  static int share(int servers, int percent) {
    return (servers * percent + 99) / 100;
  }

  /// Reads the running servers of a policy from a heartbeat.
  static Adoption adopt(RolloutPolicy policy, Map<String, ObservedServer> seen) {
    DesiredServers fleet = new DesiredServers(Map.of());
    int serving = 0;
    for (String name : policy.servers()) {
      ObservedServer server = seen.get(name);
      if (server == null) {
        return new Adoption.Refused(
            "The agent found no server %s of the policy %s; it found %s."
                .formatted(name, policy.id(), seen.keySet()));
      }
      Integer weight = server.weight();
      if (weight == null) {
        return new Adoption.Unclear("The agent does not know the weight of " + name + ".");
      }
      if (!server.running()) {
        fleet = fleet.with(name, ServerState.STOPPED);
        continue;
      }
      if (policy.strategy() == Kind.ROLLING && server.version() == null) {
        return new Adoption.Unclear(
            "The agent does not know the version of "
                + name
                + ", so the rollout could not return to that version.");
      }
      serving += weight > 0 ? 1 : 0;
      fleet = fleet.with(name, new ServerState(server.version(), true, weight > 0 ? 100 : 0));
    }
    if (policy.strategy() != Kind.ROLLING && serving > 1) {
      return new Adoption.Refused(
          "Both "
              + String.join(" and ", policy.servers())
              + " have a weight, so it is unknown which of them serves: give all the weight to one.");
    }
    return new Adoption.Known(fleet);
  }

  private boolean isRolling() {
    return order.policy().strategy() == Kind.ROLLING;
  }

  private List<String> servers() {
    return order.policy().servers();
  }

  /// Returns the serving colour; null if there is none, and for a rolling plan.
  @Nullable String active() {
    if (isRolling()) {
      return null;
    }
    return servers().stream().filter(name -> state(name).weight() > 0).findFirst().orElse(null);
  }

  /// Returns the colour on which the release is started.
  String candidate() {
    String active = active();
    if (active == null) {
      return servers().contains(order.color()) ? order.color() : servers().getFirst();
    }
    return servers().stream().filter(name -> !name.equals(active)).findFirst().orElseThrow();
  }

  /// Returns why the announced colour cannot be the candidate; empty if it can.
  String refusal() {
    if (isRolling() || order.color().isEmpty() || order.color().equals(candidate())) {
      return "";
    }
    return "The deployment announces "
        + order.color()
        + " as its candidate, but "
        + (active() == null ? "the servers are " + servers() : active() + " serves")
        + ": announce "
        + candidate()
        + ".";
  }

  /// Returns the colour that the deployment may announce, with the reason.
  String expectedColor() {
    return active() == null
        ? "one of " + String.join(", ", servers())
        : candidate() + ", because " + active() + " serves";
  }

  private ServerState state(String name) {
    return before.server(name).orElse(ServerState.STOPPED);
  }

  private ServerState newRelease(int weight) {
    return new ServerState(order.version(), true, weight);
  }

  /// Returns how many servers of a rolling plan run the release after a step.
  private int updatedCount(int step) {
    return step < 0 ? 0 : share(servers().size(), order.policy().steps().get(step).weight());
  }

  /// Returns the servers while the release is started on the servers of a step. These servers have
  /// no weight.
  DesiredServers placing(int step) {
    if (!isRolling()) {
      return before.with(candidate(), newRelease(0));
    }
    DesiredServers fleet = rolled(updatedCount(step - 1));
    for (String name : servers().subList(updatedCount(step - 1), updatedCount(step))) {
      fleet = fleet.with(name, newRelease(0));
    }
    return fleet;
  }

  /// Returns the servers of a step with their weights.
  DesiredServers weighted(int step) {
    return isRolling()
        ? rolled(updatedCount(step))
        : colored(order.policy().steps().get(step).weight());
  }

  private DesiredServers rolled(int updatedCount) {
    DesiredServers fleet = before;
    for (String name : servers().subList(0, updatedCount)) {
      fleet = fleet.with(name, newRelease(100));
    }
    return fleet;
  }

  private DesiredServers colored(int weight) {
    String active = active();
    if (active == null) {
      return before.with(candidate(), newRelease(weight == 0 ? 0 : 100));
    }
    return before
        .with(candidate(), newRelease(weight))
        .with(active, state(active).withWeight(100 - weight));
  }

  /// Returns the servers after all steps, with the previous release still running.
  DesiredServers full() {
    return weighted(order.policy().steps().size() - 1);
  }

  /// Returns the servers after the rollout.
  DesiredServers finished() {
    String active = active();
    return active == null
        ? full()
        : before
            .with(candidate(), newRelease(100))
            .with(active, new ServerState(state(active).version(), false, 0));
  }

  /// Returns the servers after a complete return to the previous release.
  DesiredServers back() {
    return isRolling() ? before : before.with(candidate(), ServerState.STOPPED);
  }

  /// Returns the servers during the return to the previous release.
  ///
  /// @param reach number of servers of a rolling plan that were changed
  /// @param returned servers that run the previous release again
  DesiredServers returning(int reach, Set<String> returned) {
    if (!isRolling()) {
      return back();
    }
    DesiredServers fleet = before;
    List<String> returningNow = returningNow(reach, returned);
    for (String name : servers().subList(0, reach)) {
      if (returned.contains(name)) {
        continue;
      }
      fleet =
          fleet.with(
              name, returningNow.contains(name) ? state(name).withWeight(0) : newRelease(100));
    }
    return fleet;
  }

  /// Returns the servers that now return. If all servers were changed, half of them return first,
  /// while the other half serves.
  private List<String> returningNow(int reach, Set<String> returned) {
    List<String> changed = servers().subList(0, reach);
    if (reach < servers().size()) {
      return changed;
    }
    List<String> first = changed.subList(0, (reach + 1) / 2);
    return returned.containsAll(first) ? changed : first;
  }

  /// Returns `returned` and the returning servers that, according to a heartbeat, run the previous
  /// release again.
  Set<String> returned(int reach, Set<String> returned, Map<String, ObservedServer> seen) {
    if (!isRolling()) {
      return returned;
    }
    var arrived = new TreeSet<>(returned);
    for (String name : returningNow(reach, returned)) {
      ObservedServer server = seen.get(name);
      if (server != null && state(name).withWeight(0).matches(server, true)) {
        arrived.add(name);
      }
    }
    return arrived;
  }

  /// Returns how many servers of a rolling plan a phase has changed.
  int reach(RolloutPhase phase) {
    if (!isRolling()) {
      return 0;
    }
    return switch (phase) {
      case RolloutPhase.Preparing _ -> updatedCount(0);
      case RolloutPhase.Step(int index) -> updatedCount(index);
      case RolloutPhase.Held(RolloutPhase.Forward within, _) -> reach(within);
      case RolloutPhase.Paused(RolloutPhase.Forward within) -> reach(within);
      case RolloutPhase.Watching _,
          RolloutPhase.Finishing _,
          RolloutPhase.Returning _,
          RolloutPhase.End _ ->
          servers().size();
    };
  }
}
