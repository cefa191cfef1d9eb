package io.pharos.rollout;

import io.pharos.rollout.RolloutEvent.What;
import java.time.Duration;
import java.time.Instant;

/// The transitions that a decision causes: the verdict of a gate, or the request of a person or a
/// pipeline.
final class DecisionTransitions {
  private DecisionTransitions() {}

  static Rollout opened(Rollout rollout, RolloutInput.GateOpened opened, Instant now) {
    RolloutPhase.Forward forward = rollout.forward();
    if (forward == null || !isAwaited(rollout, opened.attempt())) {
      return rollout;
    }
    Duration stepSoak = minSoak(rollout, forward);
    return rollout
        .with(
            rollout
                .progress()
                .withGate(
                    opened.gate(),
                    stepSoak.compareTo(opened.minSoak()) < 0 ? opened.minSoak() : stepSoak))
        .event(
            now,
            RolloutEvent.PHAROS,
            What.GATE,
            "The gate " + opened.gate() + " now judges the rollout.");
  }

  /// Returns whether the rollout waits for the gate with this number.
  private static boolean isAwaited(Rollout rollout, int attempt) {
    return rollout.progress().gate() == null && rollout.progress().attempt() == attempt;
  }

  private static Duration minSoak(Rollout rollout, RolloutPhase.Forward forward) {
    return switch (forward) {
      case RolloutPhase.Preparing _ -> Duration.ZERO;
      case RolloutPhase.Step(int index) -> rollout.policy().steps().get(index).soak();
      case RolloutPhase.Watching _ -> rollout.policy().watch();
    };
  }

  static Rollout refused(Rollout rollout, RolloutInput.GateRefused refused, Instant now) {
    RolloutPhase.Forward forward = rollout.forward();
    return forward == null || !isAwaited(rollout, refused.attempt())
        ? rollout
        : inconclusive(rollout, forward, "No gate can be opened: " + refused.why(), now);
  }

  static Rollout judged(Rollout rollout, RolloutInput.Judged judged, Instant now) {
    RolloutPhase.Forward forward = rollout.forward();
    if (forward == null || !judged.gate().equals(rollout.progress().gate())) {
      return rollout;
    }
    String gate = "The gate " + judged.gate();
    return switch (judged.state()) {
      case RUNNING -> rollout;
      case FAIL -> StepTransitions.failed(rollout, gate + " failed: " + judged.summary(), now);
      case INCONCLUSIVE ->
          inconclusive(rollout, forward, gate + " is inconclusive: " + judged.summary(), now);
      case PASS -> {
        if (judged.expired()) {
          yield rollout
              .with(rollout.progress().withoutGate(now))
              .event(
                  now,
                  RolloutEvent.PHAROS,
                  What.GATE,
                  "The pass of the gate "
                      + judged.gate()
                      + " has expired; another gate will be opened.");
        }
        yield judged.used() && rollout.phase().equals(forward) && rollout.isReady(now)
            ? StepTransitions.advance(
                rollout, forward, RolloutEvent.PHAROS, gate + " passed: " + judged.summary(), now)
            : rollout;
      }
    };
  }

  private static Rollout inconclusive(
      Rollout rollout, RolloutPhase.Forward forward, String reason, Instant now) {
    Rollout ungated = rollout.with(rollout.progress().withoutGate(now));
    if (rollout.progress().interrupted()) {
      return ungated.event(
          now,
          RolloutEvent.PHAROS,
          What.GATE,
          reason + " Pharos or its agent was away meanwhile, so another gate will be opened.");
    }
    if (rollout.phase() instanceof RolloutPhase.Held(_, RolloutPhase.Wants wants)
        && wants == RolloutPhase.Wants.DECISION) {
      return ungated.withReason(reason); // the rollout stays held until another gate judges it
    }
    return switch (rollout.policy().onInconclusive()) {
      case HOLD -> StepTransitions.held(ungated, forward, RolloutPhase.Wants.DECISION, reason, now);
      case RETURN -> StepTransitions.failed(ungated, reason, now);
    };
  }

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
    boolean mayResume =
        rollout.phase() instanceof RolloutPhase.Paused
            || (rollout.phase() instanceof RolloutPhase.Held(_, RolloutPhase.Wants wants)
                && wants == RolloutPhase.Wants.DECISION);
    RolloutPhase.Forward within = mayResume ? rollout.forward() : null;
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
    Rollout approved =
        rollout
            .withApproval(rollout.step(within) + 1)
            .switchTo(within, input.by(), What.APPROVED, reason, now);
    return switch (wants) {
      case APPROVAL -> approved.with(rollout.progress().waiting(now));
      case DECISION -> StepTransitions.advance(approved, within, input.by(), reason, now);
    };
  }
}
