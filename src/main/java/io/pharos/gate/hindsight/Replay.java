package io.pharos.gate.hindsight;

import static io.pharos.model.SharedMapper.JSON;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.pharos.gate.AuditRow;
import io.pharos.gate.Gate;
import io.pharos.gate.GateFact;
import io.pharos.gate.GateHistory;
import io.pharos.gate.GateRun;
import io.pharos.gate.GateState;
import io.pharos.gate.Verdict;
import io.pharos.gate.judge.CheckReport;
import io.pharos.gate.judge.Observation;
import io.pharos.gate.judge.ReasonCode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The result of judging the stored observations of a gate again, each by the policy and the time
/// of its first judgement.
///
/// Texts are compared too, but a different text does not change `agrees`, because the wording
/// differs between versions of Pharos.
///
/// @param intact whether [Verification] detects no change of the stored gate
/// @param state the gate's state after all observations
/// @param code the reason of that state
/// @param agrees whether each observation gives the stored state, code and values of all checks. Of
///   all observations but the last, only a hash of the values is stored, and versions up to 0.2 did
///   not store it. The end of a cancelled or superseded gate is not compared
/// @param difference describes the first difference, which is a different text if `agrees` is true;
///   empty if there is none
public record Replay(
    boolean intact, GateState state, ReasonCode code, boolean agrees, String difference) {
  /// Judges a stored gate again.
  public static Replay of(StoredGate stored) {
    boolean intact = !(Verification.of(stored) instanceof Verification.Broken);
    Gate gate;
    try {
      gate = new Gate(stored.run().policy(), stored.judgedDeployment(), stored.run().openedAt());
    } catch (IllegalArgumentException | IllegalStateException e) {
      return new Replay(
          false,
          GateState.RUNNING,
          ReasonCode.WAITING,
          false,
          "the gate cannot be judged: " + e.getMessage());
    }
    return new Course(stored, gate).run(intact);
  }

  /// Judges observation by observation.
  private static final class Course {
    private static final String SUMMARY = "summary";
    private static final String CHECK_VALUES = "check_values";
    private static final List<String> TEXTS = List.of("text", "notes");

    /// The fields that must be equal; all other fields are texts.
    private static final Set<String> VERDICT = Set.of("state", "code", CHECK_VALUES);

    private final GateRun run;
    private final Gate gate;
    private final List<AuditRow> trail;
    private final List<GateFact> observed;
    private GateState state = GateState.RUNNING;
    private ReasonCode code = ReasonCode.WAITING;
    private Optional<String> difference = Optional.empty();
    private Optional<String> textDifference = Optional.empty();

    Course(StoredGate stored, Gate gate) {
      this.run = stored.run();
      this.gate = gate;
      this.trail = stored.trail();
      this.observed =
          stored.facts().stream().filter(fact -> fact.kind().equals(GateFact.OBSERVED)).toList();
    }

    Replay run(boolean intact) {
      var observations = new ArrayList<Observation>();
      boolean readable = true;
      for (AuditRow row : trail) {
        try {
          observations.add(Observation.fromJson(row.observation()));
        } catch (IllegalArgumentException e) { // the observation was changed
          readable = false;
          differ("observation " + row.seq() + " is unreadable: " + e.getMessage());
          break;
        }
        Verdict verdict = gate.judge(observations, row.at(), state);
        state = verdict.state();
        code = verdict.code();
        compare(verdict, observations.size());
      }
      if (trail.isEmpty() && (run.state() == GateState.PASS || run.state() == GateState.FAIL)) {
        differ("/state: stored " + run.state() + " without an observation");
      }
      return new Replay(
          intact && readable,
          state,
          code,
          difference.isEmpty(),
          difference.or(() -> textDifference).orElse(""));
    }

    private void differ(String description) {
      difference = difference.or(() -> Optional.of(description));
    }

    /// Compares the last verdict with the gate's row, and each earlier verdict with the fact of its
    /// observation.
    private void compare(Verdict verdict, int step) {
      if (step == trail.size()) {
        compareEnd(verdict);
      } else if (step <= observed.size()) {
        GateFact fact = observed.get(step - 1);
        Map<String, String> then = GateHistory.standing(fact);
        GateHistory.judged(verdict)
            .forEach((field, again) -> compare(step, field, then.get(field), again));
        String again = GateHistory.checkValues(CheckReport.of(verdict.checks()));
        GateHistory.checkValues(fact)
            .ifPresent(stored -> compare(step, CHECK_VALUES, stored, again));
      }
    }

    private void compare(int step, String field, @Nullable String stored, String again) {
      if (again.equals(stored)) {
        return;
      }
      String text =
          "observation %d of %d: /%s: stored %s, judged again %s"
              .formatted(step, trail.size(), field, stored, again);
      if (VERDICT.contains(field)) {
        differ(text);
      } else {
        textDifference = textDifference.or(() -> Optional.of(text));
      }
    }

    /// Returns whether a cancellation or a newer gate changed the gate's state after its last
    /// observation.
    private boolean endedWithoutObservation() {
      if (observed.isEmpty()) {
        return run.code() == ReasonCode.CANCELLED || run.code() == ReasonCode.SUPERSEDED;
      }
      Map<String, String> then = GateHistory.standing(observed.getLast());
      return !run.code().name().equals(then.get("code"))
          || !run.state().name().equals(then.get("state"));
    }

    /* Cancelling or superseding a gate keeps the checks of the last observation in its row, but
     * replaces the summary. */
    private void compareEnd(Verdict verdict) {
      ObjectNode stored = JSON.createObjectNode();
      ObjectNode again = JSON.createObjectNode();
      if (!endedWithoutObservation()) {
        stored
            .put("state", run.state().name())
            .put("code", run.code().name())
            .put(SUMMARY, run.summary());
        again
            .put("state", state.name())
            .put("code", code.name())
            .put(SUMMARY, GateHistory.judged(verdict).get(SUMMARY));
      } else if (observed.isEmpty() && state != GateState.RUNNING && state != GateState.PASS) {
        differ("/state: stored %s, judged again %s".formatted(run.state(), state));
      }
      stored.set("checks", tree(run.checks()));
      again.set("checks", tree(CheckReport.of(verdict.checks())));
      if (stored.toString().equals(again.toString())) {
        return;
      }
      Optional<String> text =
          HindsightJson.difference("", stored, again)
              .or(() -> Optional.of("the values are equal, but the JSON texts differ"));
      textDifference = textDifference.or(() -> text);
      HindsightJson.difference("", withoutTexts(stored), withoutTexts(again))
          .ifPresent(this::differ);
    }

    private static JsonNode withoutTexts(ObjectNode node) {
      node.remove(SUMMARY);
      node.path("checks").forEach(check -> ((ObjectNode) check).remove(TEXTS));
      return node;
    }

    private static JsonNode tree(List<CheckReport> checks) {
      return JSON.valueToTree(checks);
    }
  }
}
