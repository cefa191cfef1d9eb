package io.pharos.rollout;

import static java.util.Objects.requireNonNull;

import io.pharos.gate.deployment.PolicySet;
import java.time.Duration;
import java.util.List;
import java.util.Set;

/// How a release of a service in an environment gets its traffic. The file's format is in
/// docs/format/rollouts.md.
///
/// @param id the file's name without its ending
/// @param version as its authors number it
/// @param hash SHA-256 of the file, 64 hex digits
/// @param text the file itself, so that a rollout keeps the policy that it began with
/// @param servers their names at the load balancer; two unless the strategy is rolling
/// @param steps in order, the last of them for all traffic
/// @param watch how long the new version is watched with all traffic
/// @param approve weights of steps before which a person must approve
/// @param startWithin how long servers may take to be as a step wants them
/// @param lease how long an agent that is not heard of keeps its lease
/// @param drain how long a server without weight goes on before it is stopped
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
  /// Which servers the new version gets.
  public enum Kind {
    /// The other one of two colours, with a growing share.
    CANARY("canary"),
    /// The other one of two colours, all at once.
    BLUE_GREEN("blue-green"),
    /// All of them, one batch after the other.
    ROLLING("rolling");

    private final String text;

    Kind(String text) {
      this.text = text;
    }

    /// The word that files use.
    public String text() {
      return text;
    }

    /// The kind that a word names.
    ///
    /// @throws IllegalArgumentException when it is none of them
    static Kind parse(String text) {
      for (Kind kind : values()) {
        if (kind.text.equals(text)) {
          return kind;
        }
      }
      throw new IllegalArgumentException("not one of them");
    }
  }

  /// What happens to a step whose gate is inconclusive.
  public enum OnInconclusive {
    HOLD,
    RETURN
  }

  /// One step.
  ///
  /// @param weight percent of the traffic, or of the servers, that the new version has
  /// @param gate whether a gate must pass before the next step
  /// @param soak how long the servers must have been so
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
    if (steps.isEmpty() || steps.getLast().weight() != 100) {
      throw new IllegalArgumentException(steps + ": the last step has the weight 100");
    }
  }
}
