package io.pharos.rollout;

import static java.util.Objects.requireNonNull;

/// The phase of a rollout.
public sealed interface RolloutPhase {
  /// Returns the word for this phase in the API and in texts.
  default String word() {
    return switch (this) {
      case Preparing _ -> "PREPARING";
      case Step _ -> "STEP";
      case Watching _ -> "WATCHING";
      case Held _ -> "HELD";
      case Paused _ -> "PAUSED";
      case Returning _ -> "RETURNING";
      case Finishing _ -> "FINISHING";
      case Promoted _ -> "PROMOTED";
      case Returned _ -> "RETURNED";
      case Aborted _ -> "ABORTED";
    };
  }

  /// A phase that continues by itself, unless the rollout is held or paused.
  sealed interface Forward extends RolloutPhase {}

  /// A phase in which the rollout has ended.
  sealed interface End extends RolloutPhase {}

  /// The agent migrates the database and starts the candidate, which has no traffic yet.
  record Preparing() implements Forward {}

  /// The agent sets the weights of a step, and a gate judges them.
  ///
  /// @param index of the step in the policy, from 0
  record Step(int index) implements Forward {
    public Step {
      if (index < 0) {
        throw new IllegalArgumentException("expected a step of at least 0, found " + index);
      }
    }
  }

  /// The candidate has all traffic and is watched; the previous release still runs.
  record Watching() implements Forward {}

  /// Nothing changes until a person decides.
  ///
  /// @param within the phase to continue with
  /// @param wants why the rollout is held
  record Held(Forward within, Wants wants) implements RolloutPhase {
    public Held {
      requireNonNull(within, "within is null");
      requireNonNull(wants, "wants is null");
    }
  }

  /// Why a rollout is held.
  enum Wants {
    /// A gate is inconclusive or cannot be opened: a person must resume, approve or abort.
    DECISION,
    /// The policy requires a person's approval before the next weights.
    APPROVAL
  }

  /// A person paused the rollout. If a gate fails, the traffic is still returned.
  record Paused(Forward within) implements RolloutPhase {
    public Paused {
      requireNonNull(within, "within is null");
    }
  }

  /// The agent returns all traffic to the previous release.
  ///
  /// @param cause why the rollout returns
  record Returning(Cause cause) implements RolloutPhase {
    public Returning {
      requireNonNull(cause, "cause is null");
    }
  }

  /// Why a rollout returns to the previous release.
  enum Cause {
    /// A gate failed, or it was inconclusive and the policy says return, or the candidate did not
    /// start.
    FAILED,
    /// A person or the end of the deployment aborted it.
    ABORTED
  }

  /// The candidate has all traffic permanently: the agent stops the previous release and runs the
  /// last migrations.
  record Finishing() implements RolloutPhase {}

  /// The rollout succeeded: the candidate serves.
  record Promoted() implements End {}

  /// The rollout failed: the previous release serves again.
  record Returned() implements End {}

  /// The previous release serves again, because the rollout was aborted.
  record Aborted() implements End {}
}
