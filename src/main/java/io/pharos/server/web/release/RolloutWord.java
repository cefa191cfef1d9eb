package io.pharos.server.web.release;

import io.pharos.rollout.Rollout;
import io.pharos.rollout.RolloutPhase;

/// The phase of a rollout on pages.
///
/// @param css class in the style sheet, which gives it its shape and colour
/// @param word the word for people
record RolloutWord(String css, String word) {
  static RolloutWord of(Rollout rollout) {
    int steps = rollout.order().policy().steps().size();
    return switch (rollout.phase()) {
      case RolloutPhase.Preparing _ -> new RolloutWord("running", "preparing");
      case RolloutPhase.Step(int index) ->
          new RolloutWord("running", "step %d of %d".formatted(index + 1, steps));
      case RolloutPhase.Watching _ -> new RolloutWord("running", "watching");
      case RolloutPhase.Finishing _ -> new RolloutWord("running", "finishing");
      case RolloutPhase.Held _ -> new RolloutWord("held", "waits for a person");
      case RolloutPhase.Paused _ -> new RolloutWord("held", "paused");
      case RolloutPhase.Returning _ -> new RolloutWord("returned", "returning");
      case RolloutPhase.Promoted _ -> new RolloutWord("success", "promoted");
      case RolloutPhase.Returned _ -> new RolloutWord("returned", "returned");
      case RolloutPhase.Aborted _ -> new RolloutWord("returned", "aborted");
    };
  }

  /// Whether nothing continues until a person decides.
  static boolean waitsForPerson(Rollout rollout) {
    return rollout.phase() instanceof RolloutPhase.Held
        || rollout.phase() instanceof RolloutPhase.Paused;
  }
}
