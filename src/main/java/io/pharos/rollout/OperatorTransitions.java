package io.pharos.rollout;

import io.pharos.rollout.RolloutEvent.What;
import java.time.Instant;

/// The transitions that a person or a pipeline requests.
final class OperatorTransitions {
  private OperatorTransitions() {}

  static Rollout requested(Rollout rollout, RolloutInput.Requested input, Instant now) {
    return switch (input.request()) {
      case PAUSE ->
          rollout.phase() instanceof RolloutPhase.Forward forward
              ? rollout.switchTo(
                  new RolloutPhase.Paused(forward), input.by(), What.PAUSED, input.reason(), now)
              : rollout;
      case RESUME -> resume(rollout, input, now);
      case APPROVE -> approve(rollout, input, now);
      case ABORT ->
          rollout.forward() == null
              ? rollout
              : StepTransitions.returning(
                  rollout,
                  RolloutPhase.Cause.ABORTED,
                  input.by(),
                  "Aborted: " + input.reason(),
                  now);
    };
  }

  private static Rollout resume(Rollout rollout, RolloutInput.Requested input, Instant now) {
    RolloutPhase.Forward within =
        switch (rollout.phase()) {
          case RolloutPhase.Paused(RolloutPhase.Forward paused) -> paused;
          case RolloutPhase.Held(RolloutPhase.Forward held, RolloutPhase.Wants wants)
              when wants == RolloutPhase.Wants.DECISION ->
              held;
          case RolloutPhase.Held _,
              RolloutPhase.Forward _,
              RolloutPhase.Returning _,
              RolloutPhase.Finishing _,
              RolloutPhase.End _ ->
              null;
        };
    return within == null
        ? rollout
        : rollout
            .with(rollout.progress().waiting(now))
            .switchTo(within, input.by(), What.RESUMED, input.reason(), now);
  }

  private static Rollout approve(Rollout rollout, RolloutInput.Requested input, Instant now) {
    if (!(rollout.phase()
        instanceof RolloutPhase.Held(RolloutPhase.Forward within, RolloutPhase.Wants wants))) {
      return rollout;
    }
    String reason = "Approved: " + input.reason();
    Rollout allowed =
        rollout
            .withApproval(rollout.step(within) + 1)
            .switchTo(within, input.by(), What.APPROVED, reason, now);
    return switch (wants) {
      case APPROVAL -> allowed.with(rollout.progress().waiting(now));
      case DECISION -> StepTransitions.advance(allowed, within, input.by(), reason, now);
    };
  }
}
