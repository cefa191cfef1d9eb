package io.pharos.server.web.release;

import io.pharos.rollout.Rollout;
import io.pharos.rollout.RolloutPhase;
import io.pharos.rollout.RolloutPolicy;
import io.pharos.server.web.design.PageTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What happens next in a rollout, and when.
///
/// @param text empty after the end
/// @param at the earliest time, or the latest if the text says so; null if it depends on a person
record RolloutNext(String text, @Nullable PageTime at) {
  static RolloutNext of(Rollout rollout, Instant now) {
    RolloutPolicy policy = rollout.order().policy();
    return switch (rollout.phase()) {
      case RolloutPhase.Preparing _ ->
          rollout.before() == null
              ? new RolloutNext("The agent reports the running servers.", null)
              : new RolloutNext(
                  "The agent "
                      + (rollout.migrate() == null ? "" : "migrates the database, then ")
                      + "starts the new version without traffic. It returns unless that is done before",
                  PageTime.of(rollout.waitingSince().plus(policy.startWithin()), now));
      case RolloutPhase.Step(int index) -> ofStep(rollout, after(policy, index), now);
      case RolloutPhase.Watching _ ->
          ofStep(rollout, "the previous release is stopped, and the rollout has succeeded", now);
      case RolloutPhase.Held(RolloutPhase.Forward within, RolloutPhase.Wants wants) ->
          switch (wants) {
            case APPROVAL ->
                new RolloutNext(
                    "Nothing changes until a person approves ("
                        + after(policy, index(within))
                        + ") or aborts.",
                    null);
            case DECISION ->
                new RolloutNext(
                    "Nothing changes until a person decides: resume judges again, approve goes on without a PASS, abort returns.",
                    null);
          };
      case RolloutPhase.Paused _ ->
          new RolloutNext("Nothing changes until a person resumes or aborts.", null);
      case RolloutPhase.Returning _ ->
          new RolloutNext("The agent gives all traffic back to the previous release.", null);
      case RolloutPhase.Finishing _ ->
          new RolloutNext(
              "The agent stops the previous release and runs the last migrations.", null);
      case RolloutPhase.End _ -> new RolloutNext("", null);
    };
  }

  private static int index(RolloutPhase.Forward within) {
    return switch (within) {
      case RolloutPhase.Preparing _ -> -1;
      case RolloutPhase.Step(int index) -> index;
      case RolloutPhase.Watching _ -> Integer.MAX_VALUE - 1;
    };
  }

  /// Returns what follows a step.
  private static String after(RolloutPolicy policy, int index) {
    List<RolloutPolicy.Stage> steps = policy.steps();
    if (index + 1 >= steps.size()) {
      return "the watch begins, for " + PageTime.span(policy.watch());
    }
    int weight = steps.get(index + 1).weight();
    return (policy.approve().contains(weight) ? "a person must approve, then " : "")
        + "the new version gets "
        + weight
        + " %";
  }

  private static RolloutNext ofStep(Rollout rollout, String then, Instant now) {
    if (!rollout.matches()) {
      return new RolloutNext(
          "The agent sets the servers. A person must decide, or the rollout returns, unless that is done before",
          PageTime.of(rollout.waitingSince().plus(rollout.order().policy().startWithin()), now));
    }
    String condition =
        !rollout.isJudged()
            ? "Without a gate "
            : rollout.gate() == null
                ? "A gate opens; after its PASS "
                : "After a PASS of the gate ";
    Duration left = rollout.least().minus(rollout.soaked());
    return left.isPositive()
        ? new RolloutNext(condition + then + ", at the earliest", PageTime.of(now.plus(left), now))
        : new RolloutNext(condition + then + ".", null);
  }
}
