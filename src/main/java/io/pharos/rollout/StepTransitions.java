package io.pharos.rollout;

import io.pharos.rollout.RolloutEvent.What;
import io.pharos.rollout.RolloutPolicy.Stage;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;

/// The transitions from one step to the next, and back to the previous release.
final class StepTransitions {
  private StepTransitions() {}

  /// Ends a step without a gate when its minimum time is over.
  static Rollout tick(Rollout rollout, Instant now) {
    return rollout.phase() instanceof RolloutPhase.Step step
            && !rollout.isJudged(step)
            && rollout.isReady(now)
        ? advance(rollout, step, RolloutEvent.PHAROS, "The step has no gate.", now)
        : rollout;
  }

  /// Records the weights of a phase as approved and begins the next phase.
  static Rollout advance(
      Rollout rollout, RolloutPhase.Forward from, String by, String reason, Instant now) {
    int next = rollout.step(from) + 1;
    boolean waits =
        from instanceof RolloutPhase.Step
            && next < rollout.policy().steps().size()
            && awaitsApproval(rollout, next);
    if (waits) {
      return hold(rollout, from, next, now);
    }
    boolean person = !by.equals(RolloutEvent.PHAROS);
    Rollout passed =
        rollout.isJudged(from) || person
            ? rollout.with(rollout.before(), rollout.desired(from))
            : rollout;
    return switch (from) {
      case RolloutPhase.Preparing _ -> begin(passed, 0, by, reason, now);
      case RolloutPhase.Step _ -> begin(passed, next, by, reason, now);
      case RolloutPhase.Watching _ ->
          passed.enter(new RolloutPhase.Finishing(), by, What.MOVED, reason, now);
    };
  }

  private static boolean awaitsApproval(Rollout rollout, int step) {
    RolloutPolicy policy = rollout.policy();
    return policy.approve().contains(policy.steps().get(step).weight())
        && !rollout.approvals().contains(step);
  }

  private static Rollout hold(Rollout rollout, RolloutPhase.Forward within, int next, Instant now) {
    return held(
        rollout,
        within,
        RolloutPhase.Wants.APPROVAL,
        "A person must approve the step to %d %%."
            .formatted(rollout.policy().steps().get(next).weight()),
        now);
  }

  /// Begins a step, or the watch after the last step.
  static Rollout begin(Rollout rollout, int index, String by, String reason, Instant now) {
    RolloutPolicy policy = rollout.policy();
    if (index == policy.steps().size()) {
      return begin(rollout, new RolloutPhase.Watching(), policy.watch(), true, by, reason, now);
    }
    if (awaitsApproval(rollout, index)) {
      return hold(
          rollout,
          index == 0 ? new RolloutPhase.Preparing() : new RolloutPhase.Step(index - 1),
          index,
          now);
    }
    Stage stage = policy.steps().get(index);
    return begin(
        rollout,
        new RolloutPhase.Step(index),
        stage.soak(),
        index == 0 || policy.strategy() != RolloutPolicy.Kind.ROLLING,
        by,
        "The rollout proceeds to " + stage.weight() + " %. " + reason,
        now);
  }

  private static Rollout begin(
      Rollout rollout,
      RolloutPhase.Forward next,
      Duration least,
      boolean placed,
      String by,
      String reason,
      Instant now) {
    return rollout
        .with(rollout.progress().next(now, least, placed))
        .switchTo(next, by, What.MOVED, reason, now);
  }

  /// Returns to the previous release after a failure that Pharos itself detected.
  static Rollout failed(Rollout rollout, String reason, Instant now) {
    return returning(rollout, RolloutPhase.Cause.FAILED, RolloutEvent.PHAROS, reason, now);
  }

  /// Holds the rollout until a person decides.
  static Rollout held(
      Rollout rollout,
      RolloutPhase.Forward within,
      RolloutPhase.Wants wants,
      String reason,
      Instant now) {
    return rollout.switchTo(
        new RolloutPhase.Held(within, wants), RolloutEvent.PHAROS, What.HELD, reason, now);
  }

  /// Returns to the previous release.
  static Rollout returning(
      Rollout rollout, RolloutPhase.Cause cause, String by, String reason, Instant now) {
    if (rollout.before() == null || !rollout.instructed()) {
      return rollout.enter(end(cause), by, What.ENDED, "Nothing was changed. " + reason, now);
    }
    boolean unchanged = rollout.step() < 0 && !rollout.progress().migrated();
    int reach = unchanged ? 0 : rollout.plan().reach(rollout.phase());
    Rollout back =
        rollout.enter(new RolloutPhase.Returning(cause), by, What.RETURNING, reason, now);
    return back.with(back.progress().withWayBack(reach, Set.of()))
        .with(rollout.before(), rollout.plan().back());
  }

  static RolloutPhase.End end(RolloutPhase.Cause cause) {
    return switch (cause) {
      case FAILED -> new RolloutPhase.Returned();
      case ABORTED -> new RolloutPhase.Aborted();
    };
  }
}
