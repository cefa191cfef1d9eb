package io.pharos.rollout;

import static java.util.Objects.requireNonNull;

/// How far a rollout has come.
public sealed interface RolloutPhase {
  /// The word that the API, agents and people use.
  String word();

  /// A phase that goes on by itself, and in which a rollout can be held or paused.
  sealed interface Forward extends RolloutPhase {}

  /// A phase in which a rollout stays.
  sealed interface End extends RolloutPhase {}

  /// The agent migrates and starts the candidate, which has no traffic yet.
  record Preparing() implements Forward {
    @Override
    public String word() {
      return "PREPARING";
    }
  }

  /// The weights of a step are brought about and judged.
  ///
  /// @param index of the step in the policy, from 0
  record Step(int index) implements Forward {
    public Step {
      if (index < 0) {
        throw new IllegalArgumentException(index + ": steps count from 0");
      }
    }

    @Override
    public String word() {
      return "STEP";
    }
  }

  /// The candidate has all traffic and is watched, with what it replaces still beside it.
  record Watching() implements Forward {
    @Override
    public String word() {
      return "WATCHING";
    }
  }

  /// Nothing moves until a person says how to go on.
  ///
  /// @param within where it goes on then
  /// @param wants why it is held
  record Held(Forward within, Wants wants) implements RolloutPhase {
    public Held {
      requireNonNull(within, "within is null");
      requireNonNull(wants, "wants is null");
    }

    @Override
    public String word() {
      return "HELD";
    }
  }

  /// Why a rollout is held.
  enum Wants {
    /// A gate is inconclusive, or can't be opened: resume it, approve it or abort it.
    DECISION,
    /// The policy wants a person's approval before the next weights.
    APPROVAL
  }

  /// Nothing moves because a person said so. A gate that fails still returns the traffic.
  record Paused(Forward within) implements RolloutPhase {
    public Paused {
      requireNonNull(within, "within is null");
    }

    @Override
    public String word() {
      return "PAUSED";
    }
  }

  /// What it replaces is back without traffic of the candidate, or is brought there.
  ///
  /// @param cause why
  record Returning(Cause cause) implements RolloutPhase {
    public Returning {
      requireNonNull(cause, "cause is null");
    }

    @Override
    public String word() {
      return "RETURNING";
    }
  }

  /// Why a rollout returns.
  enum Cause {
    /// A gate failed, was inconclusive by a policy that returns then, or the candidate did not come
    /// up.
    FAILED,
    /// A person, or who ended the deployment, said so.
    ABORTED
  }

  /// The candidate is approved for all traffic; what it replaced is drained and stopped, and the
  /// last migrations run.
  record Finishing() implements RolloutPhase {
    @Override
    public String word() {
      return "FINISHING";
    }
  }

  /// The candidate is what runs.
  record Promoted() implements End {
    @Override
    public String word() {
      return "PROMOTED";
    }
  }

  /// What ran before runs again.
  record Returned() implements End {
    @Override
    public String word() {
      return "RETURNED";
    }
  }

  /// What ran before runs again, since a person said so.
  record Aborted() implements End {
    @Override
    public String word() {
      return "ABORTED";
    }
  }
}
