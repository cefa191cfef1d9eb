package io.pharos.rollout;

import static java.util.Objects.requireNonNull;

import io.pharos.gate.deployment.PolicySet;
import java.time.Duration;
import java.util.List;
import java.util.Set;

/// The steps in which a rollout shifts traffic to a release of a service in an environment.
/// docs/format/rollouts.md describes the file.
///
/// @param id the file's name without its extension
/// @param version the version that its authors gave the policy
/// @param hash SHA-256 of the file, 64 hex digits
/// @param text the text of the file, which each rollout stores: later changes of the file do not
///   affect the rollout
/// @param servers names at the load balancer; two unless the strategy is rolling
/// @param steps in order
/// @param watch how long the new version is watched with the weights of the last step
/// @param approve weights of steps before which a person must approve
/// @param startWithin maximum time in which servers must reach the desired state
/// @param lease duration of an agent's lease after its last heartbeat
/// @param drain how long a server without weight runs before it is stopped
public record RolloutPolicy(
    String id,
    String version,
    String hash,
    String text,
    String service,
    String env,
    Kind strategy,
    List<String> servers,
    List<Stage> steps,
    Duration watch,
    OnInconclusive onInconclusive,
    Set<Integer> approve,
    Duration startWithin,
    Duration lease,
    Duration drain)
    implements PolicySet.Policy {
  /// The format of policy files.
  public static final PolicySet.Format<RolloutPolicy> FILES = RolloutPolicies::parse;

  /// The servers on which a rollout starts the new version.
  public enum Kind {
    /// The colour that does not serve, with a growing share of the traffic.
    CANARY("canary"),
    /// The colour that does not serve, with all traffic at once.
    BLUE_GREEN("blue-green"),
    /// All servers, one batch after another.
    ROLLING("rolling");

    private final String text;

    Kind(String text) {
      this.text = text;
    }

    /// Returns the least weight of the last step. Colours may share the traffic while the release
    /// is watched, so that its gate has a baseline to compare with.
    int leastLastWeight() {
      return this == ROLLING ? 100 : 50;
    }

    /// Returns the word for this kind in files.
    public String text() {
      return text;
    }

    /// Parses a word; throws [IllegalArgumentException] when the word is unknown.
    static Kind parse(String text) {
      for (Kind kind : values()) {
        if (kind.text.equals(text)) {
          return kind;
        }
      }
      throw new IllegalArgumentException("not one of them");
    }
  }

  /// What a rollout does when the gate of a step is inconclusive.
  public enum OnInconclusive {
    HOLD,
    RETURN
  }

  /// One step.
  ///
  /// @param weight percent of the traffic, or of the servers, for the new version
  /// @param gate whether a gate must pass before the next step
  /// @param soak minimum time with these weights
  public record Stage(int weight, boolean gate, Duration soak) {
    public Stage {
      requireNonNull(soak, "soak is null");
    }
  }

  public RolloutPolicy {
    requireNonNull(id, "id is null");
    requireNonNull(strategy, "strategy is null");
    requireNonNull(onInconclusive, "onInconclusive is null");
    servers = List.copyOf(servers);
    steps = List.copyOf(steps);
    approve = Set.copyOf(approve);
    if (steps.isEmpty() || steps.getLast().weight() < strategy.leastLastWeight()) {
      throw new IllegalArgumentException(
          "expected a weight of at least %d for the last of the steps %s"
              .formatted(strategy.leastLastWeight(), steps));
    }
  }
}
